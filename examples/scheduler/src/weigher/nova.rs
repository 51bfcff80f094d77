//! Nova's weighers that look at nothing but the host.

use nova_objects_catalog::RequestSpec;

use super::{Bounds, Weigher};
use crate::host::HostState;
use crate::options::FilterSchedulerOptions;

/// A weigher that is a number of the host and a multiplier.
///
/// # Example
/// ```
/// use nova_scheduler::weigher::{HostWeigher, WeigherRegistry};
///
/// let many = HostWeigher::new("PreferManyCpus", 2.0, |host| host.facts.vcpus as f64);
/// let registry = WeigherRegistry::default().with(many);
/// assert_eq!(registry.names().collect::<Vec<_>>(), ["PreferManyCpus"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HostWeigher {
    name: &'static str,
    multiplier: f64,
    bounds: Bounds,
    weight: fn(&HostState) -> f64,
}

impl HostWeigher {
    /// The weigher `name`.
    pub fn new(name: &'static str, multiplier: f64, weight: fn(&HostState) -> f64) -> Self {
        Self { name, multiplier, bounds: Bounds::default(), weight }
    }

    /// Counts 0 and less as 0, so that a host with half as much as the best weighs half, not nothing.
    pub fn from_zero(mut self) -> Self {
        self.bounds.min = Some(0.0);
        self
    }
}

impl Weigher for HostWeigher {
    fn name(&self) -> &str {
        self.name
    }

    fn weight(&self, host: &HostState, _: &RequestSpec) -> f64 {
        (self.weight)(host)
    }

    fn multiplier(&self) -> f64 {
        self.multiplier
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }
}

#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53, and weights need no exactness")]
pub(super) fn all(options: &FilterSchedulerOptions) -> [HostWeigher; 7] {
    let ram = HostWeigher::new("RAMWeigher", options.ram_weight_multiplier, |host| host.free_ram_mb as f64);
    let cpu = HostWeigher::new("CPUWeigher", options.cpu_weight_multiplier, |host| {
        host.facts.vcpus as f64 * host.facts.cpu_allocation_ratio - host.vcpus_used as f64
    });
    let disk =
        HostWeigher::new("DiskWeigher", options.disk_weight_multiplier, |host| host.free_disk_mb as f64);
    let io_ops =
        HostWeigher::new("IoOpsWeigher", options.io_ops_weight_multiplier, |host| host.num_io_ops as f64);
    [
        ram.from_zero(),
        cpu.from_zero(),
        disk.from_zero(),
        io_ops.from_zero(),
        HostWeigher::new("NumInstancesWeigher", options.num_instances_weight_multiplier, |host| {
            host.num_instances as f64
        }),
        HostWeigher::new("HypervisorVersionWeigher", options.hypervisor_version_weight_multiplier, |host| {
            host.facts.hypervisor_version as f64
        }),
        HostWeigher::new("BuildFailureWeigher", -options.build_failure_weight_multiplier, |host| {
            host.failed_builds() as f64
        }),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::{filter_options, host_with, spec};
    use crate::weigher::WeigherRegistry;

    /// Three hosts with numbers that are easy to weigh by hand.
    fn hosts() -> Vec<HostState> {
        let stats = |io: &str, instances: &str, failed: &str| {
            let pairs = [("io_workload", io), ("num_instances", instances), ("failed_builds", failed)];
            BTreeMap::from(pairs.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))))
        };
        let host = |name, vcpus: i64, version: i64, usage: &[(&str, u64, u64)], stats| {
            let change = |node: &mut nova_objects_catalog::ComputeNode| {
                node.vcpus.load(vcpus);
                node.cpu_allocation_ratio.load(4.0);
                node.hypervisor_version.load(version);
                node.stats.load(stats);
            };
            host_with(name, change, usage, &[])
        };
        vec![
            host(
                "a",
                4,
                6,
                &[("VCPU", 16, 8), ("MEMORY_MB", 1000, 800), ("DISK_GB", 40, 30)],
                stats("0", "2", "0"),
            ),
            host(
                "b",
                4,
                7,
                &[("VCPU", 16, 0), ("MEMORY_MB", 1000, 200), ("DISK_GB", 40, 0)],
                stats("4", "6", "0"),
            ),
            host(
                "c",
                8,
                8,
                &[("VCPU", 32, 16), ("MEMORY_MB", 500, 100), ("DISK_GB", 40, 20)],
                stats("1", "4", "1"),
            ),
        ]
    }

    fn weights(weigher: &str, multiplier: &str) -> Vec<(String, f64)> {
        let options = filter_options(&[multiplier]);
        let chain = WeigherRegistry::nova(&options).enable(&[weigher.to_owned()]).unwrap();
        let mut hosts = hosts();
        let weights = chain.order(&mut hosts, &spec(1, 1, 1));
        hosts.iter().map(|host| host.facts.host.clone()).zip(weights).collect()
    }

    #[test]
    fn each_weigher_weighs_as_reckoned_by_hand() {
        type Case = (&'static str, &'static str, [(&'static str, f64); 3]);
        let cases: [Case; 9] = [
            // free 200, 800, 400 of at most 800
            ("RAMWeigher", "", [("b", 1.0), ("c", 0.5), ("a", 0.25)]),
            ("RAMWeigher", "ram_weight_multiplier=-2", [("a", -0.5), ("c", -1.0), ("b", -2.0)]),
            // 4*4-8 = 8, 4*4-0 = 16, 8*4-16 = 16
            ("CPUWeigher", "", [("b", 1.0), ("c", 1.0), ("a", 0.5)]),
            // 10, 40, 20 GiB
            ("DiskWeigher", "", [("b", 1.0), ("c", 0.5), ("a", 0.25)]),
            // 0, 4, 1 times -1
            ("IoOpsWeigher", "", [("a", -0.0), ("c", -0.25), ("b", -1.0)]),
            // 2, 6, 4: no fixed least; multiplier 0 unless set
            (
                "NumInstancesWeigher",
                "num_instances_weight_multiplier=-1",
                [("a", -0.0), ("c", -0.5), ("b", -1.0)],
            ),
            ("NumInstancesWeigher", "", [("a", 0.0), ("b", 0.0), ("c", 0.0)]),
            ("HypervisorVersionWeigher", "", [("c", 1.0), ("b", 0.5), ("a", 0.0)]),
            ("BuildFailureWeigher", "", [("a", -0.0), ("b", -0.0), ("c", -1_000_000.0)]),
        ];
        for (weigher, multiplier, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|(host, weight)| ((*host).to_owned(), *weight)).collect();
            assert_eq!(weights(weigher, multiplier), expected, "{weigher} {multiplier}");
        }
    }

    #[test]
    fn all_default_weighers_together_add_up() {
        // RAM + CPU + disk - io + version - 1e6 * failures
        // a: 0.25 + 0.5 + 0.25 - 0 + 0 = 1.0; b: 1 + 1 + 1 - 1 + 0.5 = 2.5; c: 0.5 + 1 + 0.5 - 0.25 + 1 - 1e6 = -999997.25
        let together = weights("nova.scheduler.weights.all_weighers", "");
        let expected = [("b", 2.5), ("a", 1.0), ("c", -999_997.25)];
        assert_eq!(together, expected.map(|(host, weight)| (host.to_owned(), weight)));
    }

    #[test]
    fn a_single_host_is_not_weighed() {
        let chain = WeigherRegistry::nova(&filter_options(&[])).enable(&["all_weighers".to_owned()]).unwrap();
        let mut one = hosts().split_off(2);
        assert_eq!(chain.order(&mut one, &spec(1, 1, 1)), [0.0]);
    }
}
