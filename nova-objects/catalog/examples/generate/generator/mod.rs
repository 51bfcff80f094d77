//! From the recorded registry to Rust source, in memory.

mod docs;
mod emit;
mod enums;
mod registry;
mod since;
mod table;
mod types;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::registry::Registry;
use self::since::Since;

/// Where the recorded data is.
pub(crate) fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

/// Where the emitted files go.
pub(crate) fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated")
}

/// The emitted files by name: one for each object of the table, one for all enums, and the module that lists them.
pub(crate) fn generate(golden: &Path) -> BTreeMap<String, String> {
    let registry = Registry::read(&golden.join("object_registry.json"));
    let since = Since::read(&golden.join("objects"), &registry);
    let mut files = BTreeMap::new();
    for choice in table::OBJECTS {
        let class = registry.class(choice.name);
        files.insert(format!("{}.rs", emit::module_name(choice.name)), emit::object(choice, class, &since));
    }
    files.insert("enums.rs".into(), enums::emit(&registry));
    files.insert("known.rs".into(), emit::known());
    files.insert("mod.rs".into(), emit::module(&registry));
    files
}
