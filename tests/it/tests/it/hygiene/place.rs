//! Rules about where things come from: a clone must build anywhere.

use super::Rule;
use crate::workspace;

/// Parts of addresses that are true on one machine only. Split, so that this file does not contain them.
const ONE_MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("arti", "factory"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("proxy.", "golang.org"),
    concat!("files.", "pythonhosted.org"),
];

const MACHINE: Rule = Rule {
    breach: "the name of a registry host, or a path of one machine",
    instead: "use Cargo's default registry without naming it, and paths below the repository or a temporary folder",
    lines: |source| lines_with(&source.text, |line| ONE_MACHINE.iter().any(|part| has_address(line, part))),
};

const NEIGHBOUR: Rule = Rule {
    breach: "something outside the repository (the `shared` folder beside it)",
    instead: "copy the data into tests/golden with a note of where it came from",
    lines: |source| lines_with(&source.text, |line| line.contains(concat!("..", "/shared"))),
};

const OWN_LINTS: Rule = Rule {
    breach: "a package that does not use the workspace's lints",
    instead: "add `[lints]` with `workspace = true` to its Cargo.toml",
    lines: |source| {
        let is_package = source.path.ends_with("Cargo.toml") && has_line(&source.text, "[package]");
        if is_package && !uses_workspace_lints(&source.text) { vec![1] } else { Vec::new() }
    },
};

fn lines_with(text: &str, is_breach: impl Fn(&str) -> bool) -> Vec<usize> {
    text.lines().zip(1..).filter(|(line, _)| is_breach(line)).map(|(_, number)| number).collect()
}

/// Whether `line` has `part`; a part that begins a path must not follow a name, as in `docs/home/`.
fn has_address(line: &str, part: &str) -> bool {
    let follows_a_name = |at: usize| {
        let before = line[..at].chars().next_back();
        part.starts_with('/')
            && before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}'))
    };
    line.match_indices(part).any(|(at, _)| !follows_a_name(at))
}

fn has_line(text: &str, wanted: &str) -> bool {
    text.lines().any(|line| line.trim() == wanted)
}

fn uses_workspace_lints(manifest: &str) -> bool {
    let mut section = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    let inside =
        section.by_ref().take_while(|line| !line.starts_with('[')).any(|line| line == "workspace = true");
    inside || has_line(manifest, "lints.workspace = true")
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    MACHINE.check();
}

#[test]
fn a_path_of_one_machine_is_seen() {
    let path = format!("ok\nlet a = \"{}main\";", ONE_MACHINE[0]);
    assert_eq!(MACHINE.breaches("a.sh", &path), [2]);
    assert_eq!(
        MACHINE.breaches("a.toml", &format!("registry = \"sparse+https://{}/\"", ONE_MACHINE[4])),
        [1]
    );
    assert_eq!(
        MACHINE.breaches("a.md", &format!("docs{}x and net{}", ONE_MACHINE[1], &ONE_MACHINE[0][1..])),
        [0; 0]
    );
}

#[test]
fn no_file_reads_beyond_the_repository() {
    NEIGHBOUR.check();
}

#[test]
fn a_file_beyond_the_repository_is_seen() {
    let text = format!("include_str!(\"../..{}/shared/x.json\")", "/..");
    assert_eq!(NEIGHBOUR.breaches("a.rs", &text), [1]);
    assert_eq!(NEIGHBOUR.breaches("a.rs", "mod shared;"), [0; 0]);
}

#[test]
fn every_package_uses_the_lints_of_the_workspace() {
    let manifests = workspace::sources().into_iter().filter(|source| source.path.ends_with("Cargo.toml"));
    assert!(manifests.count() > 1, "no package found: the walk is broken");
    OWN_LINTS.check();
}

#[test]
fn a_package_without_the_lints_is_seen() {
    let with = "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n";
    assert_eq!(OWN_LINTS.breaches("a/Cargo.toml", with), [0; 0]);
    assert_eq!(OWN_LINTS.breaches("a/Cargo.toml", "[package]\nname = \"a\"\n"), [1]);
    assert_eq!(
        OWN_LINTS.breaches("a/Cargo.toml", "[package]\n[lints]\n[dependencies]\nworkspace = true"),
        [1]
    );
    assert_eq!(OWN_LINTS.breaches("Cargo.toml", "[workspace]\nmembers = []\n"), [0; 0]);
}
