//! The workspace on disk: its root, its text files, what Cargo knows about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::hygiene::source::Source;

/// Where the workspace's `Cargo.toml` lies.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("tests/it lies two folders down")
}

/// Every text file a contributor could have written, sorted by path.
///
/// Walks the disk instead of asking git, so that a file is checked before it is added, and so that a checkout owned
/// by another user, or no checkout at all, is checked too. Left out: hidden folders other than `.ci` and `.cargo`,
/// Cargo's target folders (known by their cache tag) and Python's caches.
pub(crate) fn sources() -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    found.iter().filter_map(|path| read(&root, path)).collect()
}

/// What `cargo metadata` says with all features on: the widest graph any build can have on this platform.
pub(crate) fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--all-features", "--filter-platform", &platform()])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// The platform this machine builds for, such as `x86_64-unknown-linux-gnu`.
fn platform() -> String {
    let output = Command::new(env!("CARGO")).arg("-vV").current_dir(root()).output().expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("cargo names its host").to_owned()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let entry = entry.expect("a folder of the workspace can be read");
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_file() {
            found.push(entry.path());
        } else if kind.is_dir() && !is_left_out(&entry.path()) {
            walk(&entry.path(), found);
        }
    }
}

fn is_left_out(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let hidden = name.starts_with('.') && !matches!(name, ".ci" | ".cargo");
    hidden || name == "__pycache__" || folder.join("CACHEDIR.TAG").exists()
}

fn read(root: &Path, path: &Path) -> Option<Source> {
    let text = fs::read_to_string(path).ok()?;
    let path = path.strip_prefix(root).expect("found below the root").to_str()?;
    Some(Source::new(path, text))
}
