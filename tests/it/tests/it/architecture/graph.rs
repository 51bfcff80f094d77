//! The dependency graph as `cargo metadata` tells it, reduced to names and normal edges.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

/// Packages and their normal dependencies, by name.
///
/// Several versions of one package are one node: a rule about a package is about all of its versions.
#[derive(Debug, Default)]
pub(super) struct Graph {
    edges: BTreeMap<String, BTreeSet<String>>,
    /// The folder of each package of ours, below the workspace's root.
    ours: BTreeMap<String, String>,
}

impl Graph {
    /// Reads what `cargo metadata --format-version 1` prints.
    pub(super) fn of(metadata: &Value) -> Self {
        let packages = list(&metadata["packages"]);
        let names: BTreeMap<&str, &str> =
            packages.iter().map(|it| (text(&it["id"]), text(&it["name"]))).collect();
        let mut graph = Self::default();
        for node in list(&metadata["resolve"]["nodes"]) {
            let normal = list(&node["deps"]).iter().filter(|dep| is_normal(dep));
            let to = normal.map(|dep| names[text(&dep["pkg"])].to_owned());
            graph.edges.entry(names[text(&node["id"])].to_owned()).or_default().extend(to);
        }
        let root = text(&metadata["workspace_root"]);
        let members: BTreeSet<_> = list(&metadata["workspace_members"]).iter().map(text).collect();
        for package in packages.iter().filter(|it| members.contains(text(&it["id"]))) {
            let folder = text(&package["manifest_path"]).trim_start_matches(root).trim_start_matches('/');
            graph
                .ours
                .insert(text(&package["name"]).to_owned(), folder.trim_end_matches("Cargo.toml").to_owned());
        }
        graph
    }

    /// Our packages, each with its folder.
    pub(super) fn ours(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ours.iter().map(|(name, folder)| (name.as_str(), folder.as_str()))
    }

    /// Those of our packages that `package` names.
    pub(super) fn ours_named_by(&self, package: &str) -> impl Iterator<Item = &str> {
        let named = self.edges.get(package).into_iter().flatten();
        named.map(String::as_str).filter(|name| self.ours.contains_key(*name))
    }

    /// A shortest path of normal edges between two packages, both ends included.
    pub(super) fn path<'a>(&'a self, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut open = VecDeque::from([from]);
        while let Some(here) = open.pop_front() {
            if here == to {
                return Some(way_back(&came_from, here));
            }
            for next in self.edges.get(here).into_iter().flatten() {
                if !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, here);
                    open.push_back(next);
                }
            }
        }
        None
    }
}

fn way_back<'a>(came_from: &BTreeMap<&'a str, &'a str>, end: &'a str) -> Vec<&'a str> {
    let mut path = vec![end];
    let mut here = end;
    while came_from[here] != here {
        here = came_from[here];
        path.push(here);
    }
    path.reverse();
    path
}

fn is_normal(dep: &Value) -> bool {
    list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("cargo metadata has a list here")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata has a text here")
}

/// A graph of our packages `ours` with `edges`, each `(from, to, kind)`; a kind is "normal", "dev" or "build".
#[track_caller]
pub(super) fn sample(ours: &[&str], edges: &[(&str, &str, &str)]) -> Graph {
    use serde_json::json;

    let names: BTreeSet<&str> =
        edges.iter().flat_map(|(from, to, _)| [*from, *to]).chain(ours.iter().copied()).collect();
    let dep = |(_, to, kind): &(&str, &str, &str)| {
        let kind = if *kind == "normal" { Value::Null } else { json!(kind) };
        json!({"pkg": to, "dep_kinds": [{"kind": kind}]})
    };
    let node = |name: &&str| {
        let deps: Vec<_> = edges.iter().filter(|(from, ..)| from == name).map(dep).collect();
        json!({"id": name, "deps": deps})
    };
    Graph::of(&json!({
        "workspace_root": "/src",
        "workspace_members": ours,
        "packages": names.iter().map(|it| json!({"id": it, "name": it, "manifest_path": format!("/src/{it}/Cargo.toml")}))
            .collect::<Vec<_>>(),
        "resolve": {"nodes": names.iter().map(node).collect::<Vec<_>>()},
    }))
}

#[test]
fn a_path_is_found_through_normal_edges_only() {
    let graph =
        sample(&["a"], &[("a", "b", "normal"), ("b", "c", "normal"), ("a", "d", "dev"), ("b", "e", "build")]);
    assert_eq!(graph.path("a", "c"), Some(vec!["a", "b", "c"]));
    assert_eq!(graph.path("a", "d"), None);
    assert_eq!(graph.path("a", "e"), None);
}

#[test]
fn only_packages_of_the_workspace_are_ours() {
    let graph = sample(&["a", "b"], &[("a", "b", "normal"), ("a", "serde", "normal")]);
    assert_eq!(graph.ours_named_by("a").collect::<Vec<_>>(), ["b"]);
    assert_eq!(graph.ours().collect::<Vec<_>>(), [("a", "a/"), ("b", "b/")]);
}
