//! A contract against its checked-in manifest.

use std::fs;
use std::path::Path;

use crate::interface::Interface;

/// The environment variable that, set to `1`, makes [`assert_manifest`] write manifests.
const UPDATE: &str = "NOVA_UPDATE_MANIFESTS";

/// Fails unless the file at `path` holds the manifest of `interface`.
///
/// A contract whose methods, arguments or types change without a new version breaks peers that are not upgraded at the
/// same moment. So the manifest is checked in, and a test compares:
///
/// ```no_run
/// # use nova_rpc::base::BASE_API;
/// nova_rpc::testing::assert_manifest(&BASE_API, "manifests/base_api.json");
/// ```
///
/// `path` is relative to the package, where cargo runs tests. Running the tests with `NOVA_UPDATE_MANIFESTS=1` writes
/// the file where it is missing, or where the contract's version is not the file's; a contract that changed under the
/// same version is an error all the same.
///
/// # Panics
/// The manifest differs or is missing; the text says what to do.
#[track_caller]
pub fn assert_manifest(interface: &Interface, path: impl AsRef<Path>) {
    #[expect(clippy::disallowed_methods, reason = "a switch of test runs, not a setting of a service")]
    let update = std::env::var(UPDATE).is_ok_and(|value| value == "1");
    if let Err(problem) = check(interface, path.as_ref(), update) {
        panic!("{problem}");
    }
}

fn check(interface: &Interface, path: &Path, update: bool) -> Result<(), String> {
    let expected = manifest(interface);
    let found = fs::read_to_string(path).ok().map(|text| text.replace("\r\n", "\n"));
    let versions_differ = found.as_deref().and_then(version_of) != Some(interface.version.to_string());
    match found {
        Some(found) if found == expected => Ok(()),
        None | Some(_) if update && versions_differ => write(path, &expected),
        None => Err(format!(
            "{name} has no manifest at {path}: run the test with {UPDATE}=1 and check the file in",
            name = interface.name,
            path = path.display(),
        )),
        Some(_) if versions_differ => Err(format!(
            "{name} is version {version} now and its manifest {path} is not: run the test with {UPDATE}=1 and check \
             the file in",
            name = interface.name,
            version = interface.version,
            path = path.display(),
        )),
        Some(found) => Err(format!(
            "{name} changed and is still version {version}. Raise `version` in #[rpc_interface], give what is new \
             `since = \"…\"`, then run the test with {UPDATE}=1. If nothing that travels changed (a type was renamed), \
             delete {path} first. What differs:\n{difference}",
            name = interface.name,
            version = interface.version,
            path = path.display(),
            difference = difference(&found, &expected),
        )),
    }
}

fn manifest(interface: &Interface) -> String {
    let mut text = serde_json::to_string_pretty(interface).expect("an interface is texts and numbers");
    text.push('\n');
    text
}

fn version_of(manifest: &str) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).ok()?;
    Some(manifest.get("version")?.as_str()?.to_owned())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// The lines that are only in one of the two.
fn difference(old: &str, new: &str) -> String {
    let only = |sign: &str, these: &str, those: &str| {
        let lines = these.lines().filter(|line| !those.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    only("-", old, new) + &only("+", new, old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::BASE_API;

    #[test]
    fn a_missing_manifest_is_an_error_until_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/base.json");
        assert!(check(&BASE_API, &path, false).unwrap_err().contains(UPDATE));
        check(&BASE_API, &path, true).unwrap();
        check(&BASE_API, &path, false).unwrap();
    }

    #[test]
    fn a_change_without_a_new_version_is_an_error_even_while_updating() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.json");
        fs::write(&path, manifest(&BASE_API).replace("\"arg\"", "\"argument\"")).unwrap();
        for update in [false, true] {
            let problem = check(&BASE_API, &path, update).unwrap_err();
            assert!(
                problem.contains("still version 1.1")
                    && problem.contains("+ ")
                    && problem.contains("\"arg\""),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_new_version_asks_for_a_new_manifest_and_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.json");
        fs::write(&path, manifest(&BASE_API).replacen("\"version\": \"1.1\"", "\"version\": \"1.0\"", 1))
            .unwrap();
        assert!(check(&BASE_API, &path, false).unwrap_err().contains("is version 1.1 now"));
        check(&BASE_API, &path, true).unwrap();
        check(&BASE_API, &path, false).unwrap();
    }
}
