//! The architecture as data: who may name whom, and who must not reach what.
//!
//! Packages that are planned have their row before they have their code: the arrows were decided first.

use super::graph::Graph;

/// One package and those of our packages it may name. What is not listed is forbidden.
pub(super) struct Row {
    pub(super) package: &'static str,
    pub(super) may_name: &'static [&'static str],
}

/// Packages that must reach none of some others, and why.
pub(super) struct Unreachable {
    pub(super) from: &'static [&'static str],
    to: &'static [&'static str],
    why: &'static str,
}

/// A package in this folder may name anything: nothing ships from it.
const TESTS: &str = "tests/";

const fn row(package: &'static str, may_name: &'static [&'static str]) -> Row {
    Row { package, may_name }
}

/// Who may name whom.
pub(super) const ROWS: &[Row] = &[
    // The libraries, from the bottom up.
    row("nova-core", &[]),
    row("nova-http", &["nova-core"]),
    row("nova-rpc-macros", &[]),
    row("nova-rpc", &["nova-core", "nova-rpc-macros"]),
    row("nova-objects-macros", &[]),
    row("nova-objects", &["nova-core", "nova-rpc", "nova-objects-macros"]),
    row("nova-objects-catalog", &["nova-core", "nova-rpc", "nova-objects"]),
    row("nova-objects-db", &["nova-core", "nova-objects", "nova-objects-catalog"]),
    row("nova-virt", &["nova-core"]),
    row("nova-virt-libvirt", &["nova-core", "nova-virt"]),
    // What the example services share.
    // What scheduler and conductor claim for a server group: docs/decisions/0019.
    row("nova-neighbours", &["nova-core"]),
    row("nova-rpcapi", &["nova-core", "nova-rpc", "nova-objects", "nova-objects-catalog", "nova-neighbours"]),
    row("nova-compute-api", COMPUTE_API),
    // Services that hold `Remote`: the database is a conductor away.
    row("nova-compute", COMPUTE),
    row("nova-console-proxy", REMOTE_SERVICE),
    // Services that hold `Local`.
    row("nova-scheduler", LOCAL_SERVICE),
    row(
        "nova-placement",
        &[
            "nova-core",
            "nova-http",
            "nova-objects",
            "nova-objects-catalog",
            "nova-objects-db",
            "nova-neighbours",
        ],
    ),
    row("nova-conductor", LOCAL_SERVICE),
    row("nova-api", API),
    row("nova-manage", MANAGE),
    row("nova-all-in-one", ALL_IN_ONE),
    // A service of a user, with nothing of compute in it: no catalogue.
    row("hello-manager", &["nova-core", "nova-http", "nova-rpc", "nova-objects", "nova-objects-db"]),
];

/// Its local implementation writes a request and its operation in one transaction: docs/decisions/0005.
const COMPUTE_API: &[&str] = &[
    "nova-core",
    "nova-rpc",
    "nova-objects",
    "nova-objects-catalog",
    "nova-objects-db",
    "nova-rpcapi",
    "nova-neighbours",
];

const REMOTE_SERVICE: &[&str] = &[
    "nova-core",
    "nova-http",
    "nova-rpc",
    "nova-objects",
    "nova-objects-catalog",
    "nova-rpcapi",
    "nova-neighbours",
];

const COMPUTE: &[&str] = &[
    "nova-core",
    "nova-http",
    "nova-rpc",
    "nova-objects",
    "nova-objects-catalog",
    "nova-virt",
    "nova-virt-libvirt",
    "nova-rpcapi",
    "nova-neighbours",
];

const LOCAL_SERVICE: &[&str] = &[
    "nova-core",
    "nova-http",
    "nova-rpc",
    "nova-objects",
    "nova-objects-catalog",
    "nova-objects-db",
    "nova-rpcapi",
    "nova-neighbours",
];

/// It repairs placement's books, by the rules of the scheduler: docs/decisions/0018.
const MANAGE: &[&str] = &[
    "nova-core",
    "nova-objects",
    "nova-objects-catalog",
    "nova-objects-db",
    "nova-rpcapi",
    "nova-neighbours",
    "nova-placement",
    "nova-scheduler",
];

const API: &[&str] = &[
    "nova-core",
    "nova-http",
    "nova-rpc",
    "nova-objects",
    "nova-objects-catalog",
    "nova-objects-db",
    "nova-rpcapi",
    "nova-neighbours",
    "nova-compute-api",
];

const ALL_IN_ONE: &[&str] = &[
    "nova-core",
    "nova-http",
    "nova-rpc",
    "nova-objects",
    "nova-objects-catalog",
    "nova-objects-db",
    "nova-virt",
    "nova-rpcapi",
    "nova-neighbours",
    "nova-compute-api",
    "nova-compute",
    "nova-console-proxy",
    "nova-scheduler",
    "nova-placement",
    "nova-conductor",
    "nova-api",
];

const DATABASE: &[&str] = &["nova-objects-db", "sea-orm", "sea-orm-migration", "sqlx", "sqlx-core"];
const HTTP: &[&str] = &["nova-http", "axum", "hyper", "tower-http", "reqwest"];
const MESSAGING: &[&str] = &["nova-rpc", "lapin", "async-nats", "rmp-serde"];

/// Who must not reach what, however far away.
pub(super) const UNREACHABLE: &[Unreachable] = &[
    Unreachable {
        from: &[
            "nova-core",
            "nova-http",
            "nova-rpc",
            "nova-objects",
            "nova-objects-catalog",
            "nova-virt",
            "nova-rpcapi",
            "nova-neighbours",
            "nova-compute",
            "nova-console-proxy",
        ],
        to: DATABASE,
        why: "it holds no database: that a compute host cannot touch one is a fact of linking",
    },
    Unreachable {
        from: &["nova-core", "nova-virt", "nova-virt-libvirt"],
        to: HTTP,
        why: "who needs only managers or drivers does not pay for an HTTP stack",
    },
    Unreachable {
        from: &["nova-core", "nova-http", "nova-virt", "nova-virt-libvirt"],
        to: MESSAGING,
        why: "who needs only managers, REST or drivers does not pay for messaging",
    },
    Unreachable {
        from: &["nova-core"],
        to: &["tower"],
        why: "core defines ports; stacks of layers are above it",
    },
    Unreachable {
        from: &["hello-manager"],
        to: &["nova-virt", "nova-rpcapi", "nova-compute-api"],
        why: "it shows that a service needs nothing of compute",
    },
];

impl Unreachable {
    /// Each forbidden path, as a line to show.
    pub(super) fn breaches(&self, graph: &Graph) -> Vec<String> {
        let pairs = self.from.iter().flat_map(|from| self.to.iter().map(move |to| (from, to)));
        let paths = pairs.filter_map(|(from, to)| graph.path(from, to));
        paths.map(|path| format!("  {} ({})", path.join(" -> "), self.why)).collect()
    }
}

/// Our packages that have no row and do not lie among the tests.
pub(super) fn strangers<'a>(graph: &'a Graph, rows: &[Row]) -> Vec<&'a str> {
    let known = |name: &str| rows.iter().any(|row| row.package == name);
    graph
        .ours()
        .filter(|(name, folder)| !folder.starts_with(TESTS) && !known(name))
        .map(|(name, _)| name)
        .collect()
}

/// Each arrow between our packages that no row allows, as a line to show.
pub(super) fn forbidden_arrows(graph: &Graph, rows: &[Row]) -> Vec<String> {
    let arrows = rows.iter().flat_map(|row| graph.ours_named_by(row.package).map(move |to| (row, to)));
    let forbidden = arrows.filter(|(row, to)| !row.may_name.contains(to));
    forbidden.map(|(row, to)| format!("  {} -> {to} (may name: {:?})", row.package, row.may_name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::graph::sample;
    use super::*;

    const SAMPLE: &[Row] = &[row("low", &[]), row("high", &["low"])];

    #[test]
    fn an_arrow_that_is_not_drawn_is_seen() {
        let up = sample(&["low", "high"], &[("high", "low", "normal"), ("low", "high", "normal")]);
        assert_eq!(forbidden_arrows(&up, SAMPLE), ["  low -> high (may name: [])"]);
        let down = sample(&["low", "high"], &[("high", "low", "normal"), ("low", "high", "dev")]);
        assert_eq!(forbidden_arrows(&down, SAMPLE), [""; 0]);
    }

    #[test]
    fn a_package_without_a_row_is_seen() {
        let graph = sample(&["low", "new", "tests/it"], &[]);
        assert_eq!(strangers(&graph, SAMPLE), ["new"]);
    }

    #[test]
    fn a_long_way_to_the_database_is_seen() {
        let rule = Unreachable { from: &["high", "absent"], to: &["sea-orm"], why: "no database" };
        let graph = sample(&["high"], &[("high", "x", "normal"), ("x", "sea-orm", "normal")]);
        assert_eq!(rule.breaches(&graph), ["  high -> x -> sea-orm (no database)"]);
    }

    #[test]
    fn libraries_name_only_libraries_listed_before_them() {
        let position = |name: &str| ROWS.iter().position(|row| row.package == name);
        for row in ROWS {
            for named in row.may_name {
                assert!(
                    position(named) < position(row.package),
                    "{} may name {named}, listed after it",
                    row.package
                );
                assert!(position(named).is_some(), "{} may name {named}, which has no row", row.package);
            }
        }
    }
}
