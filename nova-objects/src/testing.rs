//! The tests every crate of objects wants.
//!
//! # Example: a test module
//! ```no_run
//! use nova_objects::{Field, Fingerprint, Meta, VersionedObject, testing};
//!
//! #[derive(VersionedObject, Clone, Debug, PartialEq)]
//! #[object(namespace = "shelf", version = "1.2")]
//! pub struct Widget {
//!     pub meta: Meta,
//!     pub name: Field<String>,
//!     #[object(since = "1.2")]
//!     pub colour: Field<Option<String>>,
//! }
//!
//! # fn sample() -> Widget { Widget::empty() }
//! // #[test]
//! fn contracts_change_only_with_their_versions() {
//!     testing::assert_fingerprints(&[Fingerprint::of::<Widget>()], "tests/fingerprints.json");
//! }
//!
//! // #[test]
//! fn every_object_goes_back_to_every_version() {
//!     testing::assert_back_levels(&sample());
//! }
//!
//! // #[test]
//! fn both_formats_say_the_same() {
//!     testing::assert_round_trips(&sample());
//! }
//! # contracts_change_only_with_their_versions(); every_object_goes_back_to_every_version(); both_formats_say_the_same();
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use nova_rpc::Format;

use crate::fingerprint::Fingerprint;
use crate::object::VersionedObject;
use crate::types::In;
use nova_rpc::Version;

/// Set to `1`, this environment variable makes [`assert_fingerprints`] write the file, where that is allowed.
pub const UPDATE_VARIABLE: &str = "NOVA_UPDATE_FINGERPRINTS";

/// Compares contracts with the file at `path`, which is checked in.
///
/// # Panics
/// When a contract changed and its version did not; and when the file does not have exactly these objects at these
/// versions, unless [`UPDATE_VARIABLE`] is set: then the file is written anew.
pub fn assert_fingerprints(fingerprints: &[Fingerprint], path: impl AsRef<Path>) {
    let path = path.as_ref();
    let recorded = read(path);
    let current: BTreeMap<String, String> =
        fingerprints.iter().map(|own| (own.name().to_owned(), own.to_string())).collect();
    let silent: Vec<_> = fingerprints
        .iter()
        .filter(|own| recorded.get(own.name()).is_some_and(|old| changed_silently(own, old)))
        .collect();
    assert!(silent.is_empty(), "{}", explain_silent(&silent, path));
    if recorded == current {
        return;
    }
    assert!(wants_update(), "{}", explain_stale(&recorded, &current, path));
    let text = serde_json::to_string_pretty(&current).expect("a map of texts is JSON");
    std::fs::write(path, text + "\n")
        .unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}

fn wants_update() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for whoever runs the tests, not a setting of a service"
    )]
    let value = std::env::var(UPDATE_VARIABLE);
    value.is_ok_and(|value| value == "1")
}

fn read(path: &Path) -> BTreeMap<String, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is not a file of fingerprints: {error}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => panic!("{} cannot be read: {error}", path.display()),
    }
}

/// Same version, another hash.
fn changed_silently(own: &Fingerprint, recorded: &str) -> bool {
    let recorded_version = recorded.split_once('-').and_then(|(version, _)| version.parse::<Version>().ok());
    recorded_version == Some(own.version()) && own.to_string() != recorded
}

fn explain_silent(silent: &[&Fingerprint], path: &Path) -> String {
    let names: Vec<_> = silent.iter().map(|own| format!("{} {}", own.name(), own.version())).collect();
    format!(
        "the fields or actions of {} changed and the version did not.\nPeers of that version would misread each other: \
         raise the minor version (the major one if old readers cannot follow), mark new fields with `since`, then run \
         the test with {UPDATE_VARIABLE}=1 to record it in {}.",
        names.join(", "),
        path.display()
    )
}

fn explain_stale(
    recorded: &BTreeMap<String, String>,
    current: &BTreeMap<String, String>,
    path: &Path,
) -> String {
    let added = current.iter().filter(|(name, own)| recorded.get(*name) != Some(own)).map(|(name, _)| name);
    let removed = recorded.keys().filter(|name| !current.contains_key(*name));
    let names: Vec<_> = added.chain(removed).map(String::as_str).collect();
    format!(
        "{} does not have {} as they are now; run the test with {UPDATE_VARIABLE}=1 to record it",
        path.display(),
        names.join(", ")
    )
}

/// Brings copies of `sample` down to every minor version of its major, and reads each back from both formats.
///
/// # Panics
/// When a step fails, when a field that is too new is left, or when what was written is not read back the same.
pub fn assert_back_levels<O: VersionedObject>(sample: &O) {
    let newest = O::SPEC.version;
    for minor in (0..=newest.minor).rev() {
        let target = Version::new(newest.major, minor);
        let mut manifest = O::manifest();
        manifest.insert(O::SPEC.name, target);
        let mut old = sample.clone();
        let done = old.make_compatible(&manifest);
        assert!(done.is_ok(), "{} does not go back to {target}: {done:?}", O::SPEC.name);
        let text = serde_json::to_value(&old).expect("a sample has a JSON form");
        assert_eq!(text["nova_object.version"], target.min(sample.meta().version()).to_string());
        for field in O::SPEC.fields.iter().filter(|field| field.since > target) {
            assert!(text["nova_object.data"].get(field.name).is_none(), "{field:?} is left at {target}");
        }
        assert_round_trips(&old);
    }
}

/// Writes and reads `sample` in both formats, which must say the same.
///
/// What the wire does not carry (fractions of a second) may be lost once, and not more.
///
/// # Panics
/// When they do not.
pub fn assert_round_trips<O: VersionedObject>(sample: &O) {
    let once = through(Format::Json, sample);
    let again = through(Format::Json, &once);
    let packed = through(Format::MessagePack, sample);
    assert_eq!(once, again, "JSON does not keep a {}", O::SPEC.name);
    assert_eq!(once, packed, "MessagePack and JSON differ for a {}", O::SPEC.name);
}

fn through<O: VersionedObject>(format: Format, object: &O) -> O {
    let encoded = format.encode(object).unwrap_or_else(|error| panic!("{}: {error:?}", O::SPEC.name));
    let In(back) = encoded.decode().unwrap_or_else(|error| panic!("{}: {error:?}", O::SPEC.name));
    back
}
