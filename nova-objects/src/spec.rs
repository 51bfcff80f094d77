//! What is known about an object and its fields without having one.

use std::fmt;

use crate::field::Slot;
use crate::types::FieldType;
use nova_rpc::Version;

/// What is known about a class of objects: emitted by `#[derive(VersionedObject)]`.
#[derive(Debug)]
#[non_exhaustive]
pub struct ObjectSpec {
    /// The name on the wire, for example `Service`.
    pub name: &'static str,
    /// The project the name belongs to, for example `nova`.
    pub namespace: &'static str,
    /// The version this code knows.
    pub version: Version,
    /// The same version as text.
    pub version_text: &'static str,
    /// The fields in order of declaration.
    pub fields: &'static [FieldSpec],
}

impl ObjectSpec {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        namespace: &'static str,
        version: (Version, &'static str),
        fields: &'static [FieldSpec],
    ) -> Self {
        Self { name, namespace, version: version.0, version_text: version.1, fields }
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether this code reads the object of version `version`.
    pub fn can_read(&self, version: Version) -> bool {
        self.version.is_compatible(version)
    }
}

/// What is known about one field.
#[non_exhaustive]
pub struct FieldSpec {
    /// The name of the object.
    pub object: &'static str,
    /// The name of the field on the wire.
    pub name: &'static str,
    /// The version of the object that first had the field; 0.0 when it always did.
    pub since: Version,
    /// Whether null is a value.
    pub nullable: bool,
    /// Whether a value, once there, stays.
    pub read_only: bool,
    /// The default value, as it is written in the source.
    pub default: Option<&'static str>,
    describe: fn() -> String,
}

impl FieldSpec {
    #[doc(hidden)]
    pub const fn new<S: Slot>(
        object: &'static str,
        name: &'static str,
        since: Version,
        default: Option<&'static str>,
    ) -> Self {
        Self {
            object,
            name,
            since,
            nullable: <S::Value as FieldType>::NULLABLE,
            read_only: S::READ_ONLY,
            default,
            describe: <S::Value as FieldType>::describe,
        }
    }

    /// The type in words that do not change from build to build, for fingerprints and messages.
    pub fn describe(&self) -> String {
        (self.describe)()
    }
}

impl fmt::Debug for FieldSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.object, self.name, self.describe())
    }
}
