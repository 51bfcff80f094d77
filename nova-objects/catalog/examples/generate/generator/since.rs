//! Which version brought which field.
//!
//! Recorded back-levels say it: a field that is in the primitive at 1.14 and not at 1.13 came with 1.14. What no
//! recording shows is in the table, and only if it is certain.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::registry::Registry;
use super::table;

/// Object and field → the version that brought it.
pub(crate) struct Since(BTreeMap<(String, String), String>);

type Version = (u32, u32);

impl Since {
    pub(crate) fn read(objects: &Path, registry: &Registry) -> Self {
        let mut since: BTreeMap<_, _> = table::SINCE
            .iter()
            .map(|(object, field, version)| ((object.to_string(), field.to_string()), version.to_string()))
            .collect();
        let entries = fs::read_dir(objects).expect("the recorded objects are in the repository");
        let paths: BTreeSet<_> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
            let text = fs::read_to_string(path).expect("a readable recording");
            let recorded: Value = serde_json::from_str(&text).expect("a recording is JSON");
            learn(&mut since, &recorded, registry);
        }
        Self(since)
    }

    /// The version that brought `field`, if it was not there from the start as far as anyone can tell.
    pub(crate) fn of(&self, object: &str, field: &str) -> Option<&str> {
        self.0.get(&(object.to_owned(), field.to_owned())).map(String::as_str)
    }
}

fn learn(since: &mut BTreeMap<(String, String), String>, recorded: &Value, registry: &Registry) {
    let name = recorded["primitive"]["nova_object.name"].as_str().expect("a primitive has a name");
    if !table::OBJECTS.iter().any(|choice| choice.name == name) {
        return;
    }
    let mut levels: BTreeMap<Version, BTreeSet<&str>> = BTreeMap::new();
    levels.insert(parse(recorded["version"].as_str().expect("a version")), fields(&recorded["primitive"]));
    let older = recorded["backlevel_manifest"].as_object();
    for (version, primitive) in
        older.into_iter().flatten().filter(|(_, primitive)| primitive.get("error").is_none())
    {
        levels.insert(parse(version), fields(primitive));
    }
    let ascending: Vec<_> = levels.iter().collect();
    for pair in ascending.windows(2) {
        let (_, before) = pair[0];
        let ((major, minor), after) = pair[1];
        for field in after.difference(before) {
            assert!(
                registry.class(name).fields.contains_key(*field),
                "{name}.{field} is recorded but unknown"
            );
            since.insert((name.to_owned(), (*field).to_owned()), format!("{major}.{minor}"));
        }
    }
}

fn fields(primitive: &Value) -> BTreeSet<&str> {
    let data = primitive["nova_object.data"].as_object().expect("a primitive has data");
    data.keys().map(String::as_str).collect()
}

fn parse(version: &str) -> Version {
    let (major, minor) = version.split_once('.').expect("versions are major.minor");
    (major.parse().expect("a number"), minor.parse().expect("a number"))
}
