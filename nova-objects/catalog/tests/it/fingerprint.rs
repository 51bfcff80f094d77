//! Contracts change only with their versions.

use nova_objects::{Fingerprint, VersionedObject, testing};

use crate::actions;
use crate::for_type;
use crate::golden::NAMES;

#[test]
fn contracts_change_only_with_their_versions() {
    let mut fingerprints = actions::fingerprints();
    let acted_on: Vec<_> = fingerprints.iter().map(Fingerprint::name).collect();
    let plain = NAMES.iter().filter(|name| !acted_on.contains(name));
    fingerprints.extend(plain.map(|name| for_type!(*name, fingerprint())));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fingerprints.json");
    testing::assert_fingerprints(&fingerprints, path);
}

fn fingerprint<O: VersionedObject>() -> Fingerprint {
    Fingerprint::of::<O>()
}
