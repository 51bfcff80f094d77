//! What is answered: hosts as Nova's `Selection` objects.

use nova_objects::VersionedObject;
use nova_objects_catalog::{SchedulerLimits, Selection};
use serde_json::json;

use crate::host::HostState;

/// The version of placement's API that the claims in answers are written for.
const CLAIM_VERSION: &str = "1.36";

/// For each chosen host, itself and the first `alternates` hosts of the same cell that were not chosen.
pub(super) fn selections(
    chosen: &[HostState],
    ordered: &[HostState],
    alternates: usize,
) -> Vec<Vec<Selection>> {
    let is_chosen = |host: &HostState| chosen.iter().any(|other| other.facts.uuid == host.facts.uuid);
    let others: Vec<&HostState> = ordered.iter().filter(|host| !is_chosen(host)).collect();
    let with_alternates = |host: &HostState| {
        let same_cell = others.iter().filter(|other| other.cell_uuid == host.cell_uuid);
        std::iter::once(selection(host))
            .chain(same_cell.take(alternates).map(|other| selection(other)))
            .collect()
    };
    chosen.iter().map(with_alternates).collect()
}

fn selection(host: &HostState) -> Selection {
    let mut limits = SchedulerLimits::empty();
    limits.set_defaults();
    let mut selection = Selection::empty();
    selection.allocation_request.set(claim(host));
    selection.allocation_request_version.set(CLAIM_VERSION.to_owned());
    selection.availability_zone.set(host.availability_zone.clone());
    selection.cell_uuid.set(host.cell_uuid.clone());
    selection.compute_node_uuid.set(host.facts.uuid);
    selection.limits.set(limits);
    selection.nodename.set(host.facts.node.clone());
    selection.service_host.set(host.facts.host.clone());
    selection
}

/// What a conductor sends to placement to claim the host.
fn claim(host: &HostState) -> String {
    let resources = json!({ "resources": host.demand });
    json!({ "allocations": { host.facts.uuid.to_string(): resources } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{host, host_with};

    fn names(selections: &[Vec<Selection>]) -> Vec<Vec<String>> {
        let name = |selection: &Selection| selection.service_host.value().cloned().unwrap_or_default();
        selections.iter().map(|hosts| hosts.iter().map(name).collect()).collect()
    }

    #[test]
    fn a_chosen_host_is_nobodys_alternate_and_alternates_come_in_order() {
        let ordered = ["a", "b", "c", "d"].map(host);
        let chosen = [host("b"), host("a")];
        assert_eq!(names(&selections(&chosen, &ordered, 1)), [["b", "c"], ["a", "c"]]);
        assert_eq!(names(&selections(&chosen[..1], &ordered, 9)), [["b", "a", "c", "d"]]);
        assert_eq!(names(&selections(&chosen[..1], &ordered, 0)), [["b"]]);
    }

    #[test]
    fn a_selection_says_host_node_cell_and_the_claim_as_novas_conductor_reads_it() {
        let host = host_with("a", |_| {}, &[], &[("VCPU", 2), ("MEMORY_MB", 512)]);
        let selection = selection(&host);
        let claim: serde_json::Value =
            serde_json::from_str(selection.allocation_request.present().unwrap()).unwrap();
        let id = host.facts.uuid.to_string();
        let expected = json!({"allocations": {&id: {"resources": {"VCPU": 2, "MEMORY_MB": 512}}}});
        assert_eq!(claim, expected);
        assert_eq!(*selection.compute_node_uuid.value().unwrap(), *id.as_str());
        assert_eq!(selection.limits.present().unwrap().memory_mb.value(), Some(&None));
        assert_eq!(selection.availability_zone.present().unwrap(), "nova");
    }
}
