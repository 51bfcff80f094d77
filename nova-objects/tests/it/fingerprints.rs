//! Contracts change only together with their versions.

use std::path::Path;

use nova_objects::testing::assert_fingerprints;

use crate::shelf::fingerprints;

#[test]
fn the_contracts_of_the_shelf_are_the_recorded_ones() {
    assert_fingerprints(&fingerprints(), "tests/it/fingerprints.json");
}

/// What the test says when the recorded text of Part is `recorded`.
fn verdict(recorded: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("prints.json");
    let mut prints = serde_json::Map::new();
    for own in fingerprints() {
        prints.insert(own.name().to_owned(), own.to_string().into());
    }
    prints["Part"] = recorded.into();
    std::fs::write(&path, serde_json::to_string(&prints).unwrap()).unwrap();
    panic_text(&path)
}

fn panic_text(path: &Path) -> String {
    let failed = std::panic::catch_unwind(|| assert_fingerprints(&fingerprints(), path)).unwrap_err();
    failed.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_change_without_a_new_version_fails_with_instructions() {
    let text = verdict("1.1-00000000000000000000000000000000");
    assert!(
        text.contains("Part 1.1 changed and the version did not") && text.contains("raise the minor"),
        "{text}"
    );
}

#[test]
fn a_new_version_only_asks_to_record_it() {
    let text = verdict("1.0-00000000000000000000000000000000");
    assert!(text.contains("NOVA_UPDATE_FINGERPRINTS=1 to record it"), "{text}");
}
