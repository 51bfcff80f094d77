//! A short text that changes when a contract changes.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

use crate::action::{ActionSpec, Remotable};
use crate::object::VersionedObject;
use crate::spec::{FieldSpec, ObjectSpec};
use nova_rpc::Version;

/// What an object promises, in one line: its version, and a hash of its fields and actions.
///
/// The hash covers, per field, name, type, nullability, default, since and read-only, and per action its name and
/// signature; not their order. [`testing::assert_fingerprints`](crate::testing::assert_fingerprints) compares them with
/// a file.
#[doc(alias = "object_data")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    name: &'static str,
    version: Version,
    hash: String,
}

impl Fingerprint {
    /// The fingerprint of an object without actions.
    pub fn of<O: VersionedObject>() -> Self {
        Self::new(O::SPEC, &[])
    }

    /// The fingerprint of an object with its actions.
    pub fn with_actions<O: Remotable>() -> Self {
        Self::new(O::SPEC, O::ACTIONS)
    }

    fn new(spec: &'static ObjectSpec, actions: &[ActionSpec]) -> Self {
        Self { name: spec.name, version: spec.version, hash: hash(spec, actions) }
    }

    /// The name of the object.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The version of the object.
    pub fn version(&self) -> Version {
        self.version
    }
}

/// `1.22-` and the hash.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.version, self.hash)
    }
}

fn hash(spec: &ObjectSpec, actions: &[ActionSpec]) -> String {
    let mut lines: Vec<String> =
        spec.fields.iter().map(field_line).chain(actions.iter().map(action_line)).collect();
    lines.sort_unstable();
    let digest = Sha256::digest(lines.join("\n"));
    digest.iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn field_line(field: &FieldSpec) -> String {
    let FieldSpec { name, since, nullable, read_only, default, .. } = field;
    let default = default.unwrap_or("none");
    format!(
        "field {name}: {} nullable={nullable} default={default} since={since} read_only={read_only}",
        field.describe()
    )
}

fn action_line(action: &ActionSpec) -> String {
    let kind = if action.on_object { "object" } else { "class" };
    format!("{kind} action {}{}", action.name, action.signature)
}
