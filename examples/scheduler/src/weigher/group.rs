//! Nova's weighers that look at where other members of the request's server group are.

use nova_objects_catalog::{GroupPolicy, RequestSpec};

use super::Weigher;
use crate::host::HostState;

/// Prefers hosts by the number of members of a group with a soft policy: the more the better, or the fewer.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerGroupWeigher {
    name: &'static str,
    policy: GroupPolicy,
    /// What each member counts.
    each: f64,
    multiplier: f64,
}

impl ServerGroupWeigher {
    pub(super) fn soft_affinity(multiplier: f64) -> Self {
        let name = "ServerGroupSoftAffinityWeigher";
        Self { name, policy: GroupPolicy::SoftAffinity, each: 1.0, multiplier }
    }

    pub(super) fn soft_anti_affinity(multiplier: f64) -> Self {
        let name = "ServerGroupSoftAntiAffinityWeigher";
        Self { name, policy: GroupPolicy::SoftAntiAffinity, each: -1.0, multiplier }
    }
}

impl Weigher for ServerGroupWeigher {
    fn name(&self) -> &str {
        self.name
    }

    #[expect(clippy::cast_precision_loss, reason = "a host has far fewer than 2^53 members")]
    fn weight(&self, host: &HostState, request: &RequestSpec) -> f64 {
        let policy = request.instance_group.present().and_then(|group| group.group_policy().ok());
        if policy == Some(self.policy) { self.each * host.group_members.len() as f64 } else { 0.0 }
    }

    fn multiplier(&self) -> f64 {
        self.multiplier
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::{filter_options, group_of, host, spec};
    use crate::weigher::WeigherRegistry;

    /// The weights of hosts with no, one and four members, by the weigher alone.
    fn weights(weigher: &str, option: &str, policy: GroupPolicy) -> Vec<(String, f64)> {
        let with = |name: &str, members: u128| {
            let mut host = host(name);
            host.group_members = (0..members).map(Uuid::from_u128).collect();
            host
        };
        let mut hosts = vec![with("none", 0), with("one", 1), with("four", 4)];
        let mut request = spec(1, 1, 1);
        request.instance_group.load(Some(group_of(policy, &[])));
        let registry = WeigherRegistry::nova(&filter_options(&[option]));
        let weights = registry.enable(&[weigher.to_owned()]).unwrap().order(&mut hosts, &request);
        hosts.iter().map(|host| host.facts.host.clone()).zip(weights).collect()
    }

    #[test]
    fn members_count_for_a_host_or_against_it_as_reckoned_by_hand() {
        use GroupPolicy::{Affinity, SoftAffinity, SoftAntiAffinity};
        const TOGETHER: &str = "ServerGroupSoftAffinityWeigher";
        const APART: &str = "ServerGroupSoftAntiAffinityWeigher";
        type Case = (&'static str, &'static str, GroupPolicy, [(&'static str, f64); 3]);
        let cases: [Case; 7] = [
            // 0, 1, 4 of 0 to 4
            (TOGETHER, "", SoftAffinity, [("four", 1.0), ("one", 0.25), ("none", 0.0)]),
            (
                TOGETHER,
                "soft_affinity_weight_multiplier=8",
                SoftAffinity,
                [("four", 8.0), ("one", 2.0), ("none", 0.0)],
            ),
            // 0, -1, -4 of -4 to 0
            (APART, "", SoftAntiAffinity, [("none", 1.0), ("one", 0.75), ("four", 0.0)]),
            (
                APART,
                "soft_anti_affinity_weight_multiplier=4",
                SoftAntiAffinity,
                [("none", 4.0), ("one", 3.0), ("four", 0.0)],
            ),
            (TOGETHER, "", SoftAntiAffinity, [("none", 0.0), ("one", 0.0), ("four", 0.0)]),
            (APART, "", SoftAffinity, [("none", 0.0), ("one", 0.0), ("four", 0.0)]),
            (TOGETHER, "", Affinity, [("none", 0.0), ("one", 0.0), ("four", 0.0)]),
        ];
        for (weigher, option, policy, expected) in cases {
            let expected = expected.map(|(host, weight)| (host.to_owned(), weight));
            assert_eq!(weights(weigher, option, policy), expected, "{weigher} {option} {policy:?}");
        }
    }
}
