//! Hosts, as filters and weighers see them.

mod capability;
mod facts;
mod fleet;
mod services;

use std::collections::BTreeSet;
use std::sync::Arc;

use nova_neighbours::placement::{Candidate, ProviderSummary, Resources, class};
use nova_objects::types::Uuid;

pub use self::facts::{FactsError, HostFacts, Supported};
pub(crate) use self::fleet::Fleet;

/// A host that could take the instance: what it is, and what is free on it.
///
/// One value belongs to one request. What is free comes from placement, asked for this request, and not from the
/// host's own record, which is as old as its last report; what an earlier instance of the same request took is taken
/// off. Whatever another request does meanwhile, the claim decides.
///
/// # Example
/// ```
/// # use nova_scheduler::testing;
/// let host = testing::host("node-1");
/// assert_eq!(host.facts.hypervisor_type, "QEMU");
/// assert!(host.up && !host.disabled);
/// ```
#[doc(alias = "nova.scheduler.host_manager.HostState")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostState {
    /// What the host says of itself.
    pub facts: Arc<HostFacts>,
    /// Whether its service works.
    pub up: bool,
    /// Whether an operator took it out of scheduling.
    pub disabled: bool,
    /// The cell it is in.
    pub cell_uuid: Uuid,
    /// The availability zone it is in.
    pub availability_zone: String,
    /// Mebibytes of memory that can still be given away; what is over-committed counts.
    pub free_ram_mb: i64,
    /// Mebibytes of disk that can still be given away.
    pub free_disk_mb: i64,
    /// Virtual CPUs given away.
    pub vcpus_used: i64,
    /// Builds, resizes, migrations and the like in work.
    pub num_io_ops: i64,
    /// Instances on it.
    pub num_instances: i64,
    /// What of it would be claimed for one instance.
    pub demand: Resources,
    /// The members of the request's server group that hold something of it; none for a request without a group.
    pub group_members: BTreeSet<uuid::Uuid>,
}

/// What is known of a host beside its own record.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) up: bool,
    pub(crate) disabled: bool,
    pub(crate) cell_uuid: Uuid,
    pub(crate) availability_zone: String,
}

impl HostState {
    /// The host of `facts` as placement sees it now.
    pub(crate) fn new(facts: Arc<HostFacts>, standing: Standing, candidate: &Candidate) -> Self {
        let of = |class: &str| candidate.summary.get(class);
        let free_disk_mb =
            of(class::DISK_GB).map_or(facts.free_disk_mb, |disk| free(*disk).saturating_mul(1024));
        Self {
            up: standing.up,
            disabled: standing.disabled,
            cell_uuid: standing.cell_uuid,
            availability_zone: standing.availability_zone,
            free_ram_mb: of(class::MEMORY_MB).map_or(facts.free_ram_mb, |memory| free(*memory)),
            free_disk_mb: facts.disk_available_least_mb.map_or(free_disk_mb, |least| least.min(free_disk_mb)),
            vcpus_used: of(class::VCPU).map_or(facts.vcpus_used, |cpus| signed(cpus.used)),
            num_io_ops: facts.count("io_workload"),
            num_instances: facts.count("num_instances"),
            demand: candidate.resources.clone(),
            group_members: BTreeSet::new(),
            facts,
        }
    }

    /// Takes one instance's share off what is free, as if it ran here already.
    #[doc(alias = "consume_from_request")]
    pub(crate) fn consume(&mut self) {
        let take = |class: &str| signed(self.demand.get(class).copied().unwrap_or(0));
        self.free_ram_mb -= take(class::MEMORY_MB);
        self.free_disk_mb -= take(class::DISK_GB).saturating_mul(1024);
        self.vcpus_used += take(class::VCPU);
        self.num_instances += 1;
        self.num_io_ops += 1;
    }

    /// Builds that failed on it lately.
    pub fn failed_builds(&self) -> i64 {
        self.facts.count("failed_builds")
    }
}

fn free(summary: ProviderSummary) -> i64 {
    signed(summary.capacity).saturating_sub(signed(summary.used))
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::testing;

    #[test]
    fn what_placement_says_is_used_wins_over_what_the_host_last_reported() {
        let host = testing::host_with("n", |node| node.vcpus_used.load(3), &[("VCPU", 64, 9)], &[]);
        assert_eq!(host.vcpus_used, 9);
        let host = testing::host_with("n", |node| node.vcpus_used.load(3), &[], &[]);
        assert_eq!(host.vcpus_used, 3);
    }

    #[test]
    fn a_disk_that_is_fuller_than_what_was_promised_has_no_more_than_is_there() {
        let disk = [("DISK_GB", 100, 20)];
        let host = testing::host_with("n", |node| node.disk_available_least.load(Some(7)), &disk, &[]);
        assert_eq!(host.free_disk_mb, 7 * 1024);
        let host = testing::host_with("n", |node| node.disk_available_least.load(Some(900)), &disk, &[]);
        assert_eq!(host.free_disk_mb, 80 * 1024);
    }

    #[test]
    fn an_instance_taken_counts_at_once() {
        let usage = [("VCPU", 16, 2), ("MEMORY_MB", 4096, 1024), ("DISK_GB", 50, 10)];
        let demand = [("VCPU", 2), ("MEMORY_MB", 512), ("DISK_GB", 5)];
        let stats = BTreeMap::from([("num_instances".to_owned(), Some("4".to_owned()))]);
        let mut host = testing::host_with("n", |node| node.stats.load(stats), &usage, &demand);
        host.consume();
        assert_eq!((host.free_ram_mb, host.free_disk_mb), (3072 - 512, 35 * 1024));
        assert_eq!((host.vcpus_used, host.num_instances, host.num_io_ops), (4, 5, 1));
    }
}
