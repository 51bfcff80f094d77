//! What a request can ask for and this scheduler does not know how to give.

use nova_objects::types::Out;
use nova_objects_catalog::RequestSpec;
use nova_rpcapi::group::group_claim;

/// The first thing `spec` asks for that is not looked at here. To schedule as if it had not been asked for would break
/// a promise, for example put an instance on a host without the device it needs.
pub(crate) fn asked_for(spec: &RequestSpec) -> Option<&'static str> {
    let destination = spec.destination();
    let aggregates = destination.and_then(|it| it.aggregates.present()).is_some_and(|it| !it.is_empty());
    let forbidden =
        destination.and_then(|it| it.forbidden_aggregates.present()).is_some_and(|it| !it.is_empty());
    let groups = spec.requested_resources.present().is_some_and(|it| !it.is_empty());
    [
        ("server groups without a uuid, or with an unknown policy,", group_claim(spec).is_err()),
        ("NUMA topologies", spec.numa_topology.present().is_some()),
        ("PCI devices", asks_for_devices(spec)),
        ("resources of ports and devices", groups),
        ("aggregates", aggregates || forbidden),
        ("resource provider trees", asks_for_trees(spec)),
    ]
    .into_iter()
    .find_map(|(what, asked)| asked.then_some(what))
}

/// Nova sends a list of requests with every spec; usually it is empty.
fn asks_for_devices(spec: &RequestSpec) -> bool {
    let Some(requests) = spec.pci_requests.present() else { return false };
    let tree = serde_json::to_value(Out(requests)).unwrap_or_default();
    let list = tree.pointer("/nova_object.data/requests").and_then(|it| it.as_array());
    list.is_none_or(|list| !list.is_empty())
}

fn asks_for_trees(spec: &RequestSpec) -> bool {
    let Some(params) = spec.request_level_params.value() else { return false };
    let required = params.root_required.value().is_some_and(|it| !it.is_empty());
    let forbidden = params.root_forbidden.value().is_some_and(|it| !it.is_empty());
    required || forbidden || params.same_subtree.value().is_some_and(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use nova_objects::types::{In, Verbatim};
    use nova_objects_catalog::Destination;

    use super::*;
    use crate::testing::spec;

    fn verbatim(name: &str, data: &str) -> Verbatim {
        let text = format!(
            r#"{{"nova_object.name": "{name}", "nova_object.namespace": "nova", "nova_object.version": "1.0",
                "nova_object.data": {data}}}"#
        );
        serde_json::from_str::<In<Verbatim>>(&text).unwrap().0
    }

    #[test]
    fn an_ordinary_request_of_nova_asks_for_nothing_special() {
        let mut spec = spec(1, 1, 1);
        spec.pci_requests.set(verbatim("InstancePCIRequests", r#"{"requests": []}"#));
        spec.numa_topology.set(None);
        spec.requested_resources.set(vec![]);
        spec.instance_group.set(None);
        assert_eq!(asked_for(&spec), None);
    }

    #[test]
    fn what_would_be_ignored_is_named() {
        let mut group = spec(1, 1, 1);
        group.instance_group.set(nova_objects_catalog::InstanceGroup::empty());
        let mut device = spec(1, 1, 1);
        device.pci_requests.set(verbatim("InstancePCIRequests", r#"{"requests": [1]}"#));
        let mut aggregate = spec(1, 1, 1);
        let mut destination = Destination::empty();
        destination.aggregates.set(vec!["a".to_owned()]);
        aggregate.requested_destination.set(destination);
        let named = [&group, &device, &aggregate].map(asked_for);
        assert_eq!(
            named,
            [
                Some("server groups without a uuid, or with an unknown policy,"),
                Some("PCI devices"),
                Some("aggregates")
            ]
        );
    }
}
