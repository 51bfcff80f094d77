//! Where other members of the request's server group are.

use nova_objects_catalog::{GroupPolicy, RequestSpec};

use super::Filter;
use crate::host::HostState;

/// Passes hosts that have fewer members of an anti-affinity group than its `max_server_per_host` (1 if it does not say),
/// and the host that the instance is on already.
///
/// It decides by what placement said when the request came. That no two requests break the policy together is up to their
/// claims.
#[derive(Clone, Copy, Debug)]
pub struct ServerGroupAntiAffinityFilter;

impl Filter for ServerGroupAntiAffinityFilter {
    fn name(&self) -> &str {
        "ServerGroupAntiAffinityFilter"
    }

    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
        let Some(group) = request.instance_group.present() else { return true };
        match group.group_policy() {
            Ok(GroupPolicy::AntiAffinity { max_server_per_host: most }) => {
                is_there(host, request)
                    || u32::try_from(host.group_members.len()).is_ok_and(|there| there < most.get())
            }
            Ok(GroupPolicy::Affinity | GroupPolicy::SoftAffinity | GroupPolicy::SoftAntiAffinity) => true,
            Err(_) => false,
        }
    }
}

/// Passes the hosts of an affinity group, or every host while it has none.
#[derive(Clone, Copy, Debug)]
pub struct ServerGroupAffinityFilter;

impl Filter for ServerGroupAffinityFilter {
    fn name(&self) -> &str {
        "ServerGroupAffinityFilter"
    }

    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
        let Some(group) = request.instance_group.present() else { return true };
        match group.group_policy() {
            Ok(GroupPolicy::Affinity) => {
                let hosts = group.hosts.present().map(Vec::as_slice).unwrap_or_default();
                hosts.is_empty() || hosts.contains(&host.facts.host)
            }
            Ok(
                GroupPolicy::AntiAffinity { .. } | GroupPolicy::SoftAffinity | GroupPolicy::SoftAntiAffinity,
            ) => true,
            Err(_) => false,
        }
    }
}

fn is_there(host: &HostState, request: &RequestSpec) -> bool {
    let own = request.instance_uuid.value().and_then(|uuid| uuid.parse());
    own.is_some_and(|own| host.group_members.contains(&own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{group_of, host, spec};
    use uuid::Uuid;

    fn asking(policy: GroupPolicy, hosts: &[&str]) -> RequestSpec {
        let mut request = spec(1, 1, 1);
        request.instance_uuid.load(Uuid::from_u128(9));
        request.instance_group.load(Some(group_of(policy, hosts)));
        request
    }

    /// A host with so many other members.
    fn with(members: u128) -> HostState {
        let mut host = host("a");
        host.group_members = (100..100 + members).map(Uuid::from_u128).collect();
        host
    }

    fn at_most(most: u32) -> GroupPolicy {
        GroupPolicy::AntiAffinity { max_server_per_host: most.try_into().unwrap() }
    }

    #[test]
    fn a_host_with_as_many_members_as_may_be_does_not_do_unless_the_instance_is_one_of_them() {
        for (most, members, expected) in
            [(1, 0, true), (1, 1, false), (2, 1, true), (2, 2, false), (3, 9, false)]
        {
            let request = asking(at_most(most), &["a"]);
            let passes = ServerGroupAntiAffinityFilter.passes(&with(members), &request);
            assert_eq!(passes, expected, "{members} of {most}");
            let mut own = with(members);
            own.group_members.insert(Uuid::from_u128(9));
            assert!(ServerGroupAntiAffinityFilter.passes(&own, &request), "it is there already");
        }
    }

    #[test]
    fn members_go_where_others_are_and_the_first_one_anywhere() {
        for (hosts, expected) in [(&[][..], true), (&["a"], true), (&["b", "a"], true), (&["b"], false)] {
            let request = asking(GroupPolicy::Affinity, hosts);
            assert_eq!(ServerGroupAffinityFilter.passes(&with(0), &request), expected, "{hosts:?}");
        }
    }

    #[test]
    fn each_filter_is_for_its_own_policy_only_and_no_policy_passes_none() {
        use GroupPolicy::{Affinity, SoftAffinity, SoftAntiAffinity};
        for policy in [SoftAffinity, SoftAntiAffinity, Affinity] {
            assert!(ServerGroupAntiAffinityFilter.passes(&with(9), &asking(policy, &["b"])), "{policy:?}");
        }
        for policy in [SoftAffinity, SoftAntiAffinity, at_most(1)] {
            assert!(ServerGroupAffinityFilter.passes(&with(9), &asking(policy, &["b"])), "{policy:?}");
        }
        let none = spec(1, 1, 1);
        let mut unknown = asking(Affinity, &[]);
        if let Ok(Some(group)) = unknown.instance_group.nested_mut() {
            group.policy.load(Some("legacy".to_owned()));
        }
        for filter in [&ServerGroupAntiAffinityFilter as &dyn Filter, &ServerGroupAffinityFilter] {
            assert!(filter.passes(&with(9), &none), "{}", filter.name());
            assert!(!filter.passes(&with(0), &unknown), "{}", filter.name());
        }
    }
}
