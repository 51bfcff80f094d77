//! The arrows between packages are the architecture; Cargo's own graph says whether they hold.
//!
//! Only normal edges count: what a test or a build script uses does not end up in a service. The graph is taken with
//! every feature on, so that "cannot reach" holds in any build.

mod graph;
mod table;

use std::sync::LazyLock;

use self::graph::Graph;
use self::table::{ROWS, UNREACHABLE};

/// What to do about an arrow that is not drawn.
const HOW_TO_CHANGE: &str = "An arrow between packages is a design decision. If what you need lies above, define a \
    port below and implement it above. If the arrow itself is right, write docs/decisions/NNNN-….md, then add it to \
    ROWS in tests/it/tests/it/architecture/table.rs and to docs/architecture.md.";

static GRAPH: LazyLock<Graph> = LazyLock::new(|| Graph::of(&crate::workspace::metadata()));

#[test]
fn every_package_has_its_place_in_the_architecture() {
    let strangers = table::strangers(&GRAPH, ROWS);
    assert!(strangers.is_empty(), "not in the table: {strangers:?}\n{HOW_TO_CHANGE}");
}

#[test]
fn packages_name_only_those_the_architecture_lets_them_name() {
    let arrows = table::forbidden_arrows(&GRAPH, ROWS);
    assert!(arrows.is_empty(), "arrows that are not drawn:\n{}\n{HOW_TO_CHANGE}", arrows.join("\n"));
}

#[test]
fn no_package_reaches_what_its_users_must_not_pay_for() {
    let paths: Vec<_> = UNREACHABLE.iter().flat_map(|rule| rule.breaches(&GRAPH)).collect();
    assert!(paths.is_empty(), "paths that must not be:\n{}\n{HOW_TO_CHANGE}", paths.join("\n"));
}

#[test]
fn the_rules_of_reach_speak_of_packages_in_the_table() {
    let known = |name: &str| ROWS.iter().any(|row| row.package == name);
    let unknown: Vec<_> = UNREACHABLE.iter().flat_map(|rule| rule.from).filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "UNREACHABLE names packages without a row: {unknown:?}");
}
