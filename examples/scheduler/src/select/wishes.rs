//! Where a request wants to go, whatever the filters say.

use nova_objects_catalog::{Destination, RequestSpec};

use crate::explain::ExplainReport;
use crate::filter::keep;
use crate::host::HostState;

/// Keeps the hosts that the request names, or does not name.
pub(super) fn narrow(hosts: &mut Vec<HostState>, spec: &RequestSpec, report: &mut ExplainReport) {
    if let Some(destination) = spec.destination() {
        keep(hosts, "requested_destination", report, |host| is_destination(destination, host));
    }
    if let Some(zone) = spec.availability_zone.present() {
        keep(hosts, "availability_zone", report, |host| host.availability_zone == *zone);
    }
    if let Some(ignored) = some_names(spec.ignore_hosts.present()) {
        keep(hosts, "ignore_hosts", report, |host| !names(ignored, &host.facts.host));
    }
    if let Some(forced) = some_names(spec.force_hosts.present()) {
        keep(hosts, "force_hosts", report, |host| names(forced, &host.facts.host));
    }
    if let Some(forced) = some_names(spec.force_nodes.present()) {
        keep(hosts, "force_nodes", report, |host| forced.contains(&host.facts.node));
    }
}

/// Whether an administrator said where to go: then no filter is asked. What must fit is claimed all the same.
pub(super) fn is_forced(spec: &RequestSpec) -> bool {
    some_names(spec.force_hosts.present()).is_some() || some_names(spec.force_nodes.present()).is_some()
}

/// The one host that will do, and perhaps the node on it.
pub(super) fn sole_host(spec: &RequestSpec) -> Option<(&str, Option<&str>)> {
    let named = spec.destination().and_then(|destination| Some((destination, destination.host.value()?)));
    match (named, spec.force_hosts.present().map(Vec::as_slice)) {
        (Some((destination, host)), _) => Some((host, destination.node.present().map(String::as_str))),
        (None, Some([host])) => Some((host, None)),
        _ => None,
    }
}

fn is_destination(destination: &Destination, host: &HostState) -> bool {
    let cell = destination.cell.present().and_then(|cell| cell.uuid.value());
    destination.host.value().is_none_or(|name| *name == host.facts.host)
        && destination.node.present().is_none_or(|node| *node == host.facts.node)
        && cell.is_none_or(|cell| *cell == host.cell_uuid)
}

fn some_names(names: Option<&Vec<String>>) -> Option<&Vec<String>> {
    names.filter(|names| !names.is_empty())
}

fn names(names: &[String], host: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{host, spec};

    fn left(spec: &RequestSpec) -> Vec<String> {
        let mut hosts = vec![host("a"), host("b"), host("c")];
        let mut report = ExplainReport::default();
        report.begin_round();
        narrow(&mut hosts, spec, &mut report);
        hosts.iter().map(|host| host.facts.host.clone()).collect()
    }

    fn asking(ask: impl FnOnce(&mut RequestSpec)) -> RequestSpec {
        let mut spec = spec(1, 1, 1);
        ask(&mut spec);
        spec
    }

    #[test]
    fn hosts_are_kept_and_left_out_as_the_request_names_them_whatever_the_case() {
        assert_eq!(left(&spec(1, 1, 1)), ["a", "b", "c"]);
        assert_eq!(left(&asking(|it| it.ignore_hosts.set(vec!["B".to_owned()]))), ["a", "c"]);
        assert_eq!(left(&asking(|it| it.ignore_hosts.set(vec![]))), ["a", "b", "c"]);
        assert_eq!(left(&asking(|it| it.force_hosts.set(vec!["C".to_owned()]))), ["c"]);
        assert_eq!(left(&asking(|it| it.force_nodes.set(vec!["a".to_owned()]))), ["a"]);
        assert_eq!(left(&asking(|it| it.availability_zone.set("nova".to_owned()))), ["a", "b", "c"]);
        assert_eq!(left(&asking(|it| it.availability_zone.set("mars".to_owned()))), [""; 0]);
    }

    #[test]
    fn a_destination_is_one_host_and_may_be_one_node() {
        let to = |node: Option<&str>| {
            let mut destination = Destination::empty();
            destination.host.set("b");
            destination.node.set(node.map(str::to_owned));
            asking(|it| it.requested_destination.set(destination))
        };
        assert_eq!(left(&to(None)), ["b"]);
        assert_eq!(left(&to(Some("b"))), ["b"]);
        assert_eq!(left(&to(Some("other"))), [""; 0]);
        assert_eq!(sole_host(&to(Some("b"))), Some(("b", Some("b"))));
        assert!(!is_forced(&to(None)));
    }
}
