//! Hosts that can do what the flavor's extra specs say.

use nova_objects_catalog::RequestSpec;
use serde_json::Value;

use super::Filter;
use super::operator::Requirement;
use crate::host::HostState;

/// Passes hosts that have what extra specs demand under `capabilities:` or under a name without a scope.
///
/// `capabilities:cpu_info:arch` looks into the JSON of `cpu_info`; a name that is not an attribute of the host is looked
/// up among its stats. Extra specs of other scopes (`hw:`, `resources:`) are not for it. What Nova calls `<range-in>` is
/// not here: it is taken for plain text, and no host passes.
///
/// # Example
/// ```
/// # use nova_scheduler::{filter::{ComputeCapabilitiesFilter, Filter}, testing};
/// let mut request = testing::spec(1, 512, 1);
/// let demand = |spec: &str| [("capabilities:hypervisor_version".to_owned(), spec.to_owned())];
/// request.flavor.nested_mut()?.extra_specs.set(demand(">= 6000000"));
/// assert!(ComputeCapabilitiesFilter.passes(&testing::host("node-1"), &request));
/// request.flavor.nested_mut()?.extra_specs.set(demand(">= 99000000"));
/// assert!(!ComputeCapabilitiesFilter.passes(&testing::host("node-1"), &request));
/// # Ok::<(), nova_objects::Unset>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ComputeCapabilitiesFilter;

impl Filter for ComputeCapabilitiesFilter {
    fn name(&self) -> &str {
        "ComputeCapabilitiesFilter"
    }

    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
        let specs = request.flavor.value().and_then(|flavor| flavor.extra_specs.value());
        specs.into_iter().flatten().all(|(key, demanded)| meets(host, key, demanded))
    }

    fn once_per_request(&self) -> bool {
        true
    }
}

fn meets(host: &HostState, key: &str, demanded: &str) -> bool {
    let path = match key.split_once(':') {
        None => vec![key],
        Some(("capabilities", path)) => path.split(':').collect(),
        Some(_) => return true,
    };
    host.capability(&path).is_some_and(|value| Requirement::parse(demanded).met_by(&text(&value)))
}

/// The text extra specs are compared with; Python's for what is true or false.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::{host_with, spec};

    #[test]
    fn attributes_stats_and_what_is_inside_them_are_compared_and_other_scopes_are_not() {
        let stats = BTreeMap::from([
            ("opt1".to_owned(), Some("1".to_owned())),
            ("deep".to_owned(), Some(r#"{"a": {"b": true}, "list": ["x", "y"]}"#.to_owned())),
        ]);
        let host = host_with("n", |node| node.stats.load(stats), &[("VCPU", 64, 9)], &[]);
        for (key, demanded, passes) in [
            ("opt1", "1", true),
            ("opt1", "2", false),
            ("capabilities:opt1", ">= 1", true),
            ("missing", "1", false),
            ("capabilities:missing", "<in> 1", false),
            ("hw:cpu_policy", "dedicated", true),
            ("resources:VCPU", "4", true),
            ("vcpus_used", "<= 9", true),
            ("vcpus_used", "<= 8", false),
            ("capabilities:hypervisor_type", "s== QEMU", true),
            ("capabilities:cpu_info:arch", "x86_64", true),
            ("capabilities:cpu_info:features", "<in> avx", true),
            ("capabilities:cpu_info:features", "<all-in> aes avx", true),
            ("capabilities:cpu_info:features", "<all-in> aes sgx", false),
            ("capabilities:cpu_info:nothing", "x", false),
            ("capabilities:deep:a:b", "True", true),
            ("capabilities:deep:list", "<all-in> x y", true),
            ("capabilities:opt1:inside", "1", false),
        ] {
            let mut request = spec(1, 1, 1);
            let extra = [(key.to_owned(), demanded.to_owned())];
            request.flavor.nested_mut().unwrap().extra_specs.set(extra);
            assert_eq!(ComputeCapabilitiesFilter.passes(&host, &request), passes, "{key} {demanded}");
        }
    }

    #[test]
    fn all_extra_specs_must_be_met() {
        let host = host_with("n", |_| {}, &[], &[]);
        let mut request = spec(1, 1, 1);
        let extra = [("host".to_owned(), "n".to_owned()), ("hypervisor_type".to_owned(), "Xen".to_owned())];
        request.flavor.nested_mut().unwrap().extra_specs.set(extra);
        assert!(!ComputeCapabilitiesFilter.passes(&host, &request));
        assert!(ComputeCapabilitiesFilter.passes(&host, &spec(1, 1, 1)));
    }
}
