//! Hosts and requests for tests of filters and weighers.
//!
//! # Example
//! ```
//! use nova_scheduler::filter::{ComputeFilter, Filter};
//! use nova_scheduler::testing;
//!
//! let mut host = testing::host("node-1");
//! host.up = false;
//! assert!(!ComputeFilter.passes(&host, &testing::spec(1, 512, 10)));
//! ```

use std::sync::Arc;

use nova_core::config::Config;
use nova_neighbours::placement::{Candidate, Provider, ProviderSummary};
use nova_objects_catalog::{
    Architecture, ComputeNode, Flavor, GroupPolicy, HVSpec, HvType, InstanceGroup, RequestSpec, VmMode,
};
use uuid::Uuid;

use crate::host::{HostFacts, HostState, Standing};
use crate::options::FilterSchedulerOptions;

/// A host that is up: QEMU 7.2, which runs x86_64 guests with KVM and i686 guests without.
pub fn host(name: &str) -> HostState {
    host_with(name, |_| {}, &[], &[])
}

/// Such a host with a changed record; what placement says of it by class, as capacity and use; and what an instance
/// would claim of it.
///
/// # Panics
/// When the change takes away the names of the host.
pub fn host_with(
    name: &str,
    change: impl FnOnce(&mut ComputeNode),
    usage: &[(&str, u64, u64)],
    demand: &[(&str, u64)],
) -> HostState {
    let mut node = compute_node(name);
    change(&mut node);
    let facts = HostFacts::read(&node).expect("a host has a uuid and names");
    let summary = |(class, capacity, used): &(&str, u64, u64)| {
        ((*class).to_owned(), ProviderSummary { capacity: *capacity, used: *used })
    };
    let candidate = Candidate {
        provider: Provider { id: facts.uuid, name: facts.node.clone(), generation: 1 },
        resources: demand.iter().map(|(class, amount)| ((*class).to_owned(), *amount)).collect(),
        summary: usage.iter().map(summary).collect(),
        traits: std::collections::BTreeSet::new(),
    };
    let standing = Standing {
        up: true,
        disabled: false,
        cell_uuid: Uuid::from_u128(1).into(),
        availability_zone: "nova".to_owned(),
    };
    HostState::new(Arc::new(facts), standing, &candidate)
}

/// The record of such a host. Its uuid follows from its name.
pub fn compute_node(name: &str) -> ComputeNode {
    let mut node = ComputeNode::empty();
    node.uuid.load(id_of(name));
    node.host.load(Some(name.to_owned()));
    node.hypervisor_hostname.load(Some(name.to_owned()));
    node.hypervisor_type.load("QEMU".to_owned());
    node.hypervisor_version.load(7_002_000);
    node.supported_hv_specs
        .load(vec![guest(Architecture::X86_64, HvType::Kvm), guest(Architecture::I686, HvType::Qemu)]);
    node.cpu_info.load(Some(r#"{"arch": "x86_64", "features": ["aes", "avx"]}"#.to_owned()));
    node.vcpus.load(8);
    node.memory_mb.load(16_384);
    node.local_gb.load(200);
    node
}

/// A request for one instance of that many virtual CPUs, mebibytes of memory and gigabytes of disk.
pub fn spec(vcpus: i64, memory_mb: i64, root_gb: i64) -> RequestSpec {
    let mut flavor = Flavor::empty();
    flavor.vcpus.load(vcpus);
    flavor.memory_mb.load(memory_mb);
    flavor.root_gb.load(root_gb);
    flavor.ephemeral_gb.load(0);
    flavor.swap.load(0);
    flavor.extra_specs.load(std::collections::BTreeMap::new());
    let mut spec = RequestSpec::empty();
    spec.flavor.load(flavor);
    spec.num_instances.load(1);
    spec.project_id.load(Some("project".to_owned()));
    spec.user_id.load(Some("user".to_owned()));
    spec
}

/// A server group with that policy, whose members are on these hosts.
pub fn group_of(policy: GroupPolicy, hosts: &[&str]) -> InstanceGroup {
    let mut group = InstanceGroup::empty();
    group.uuid.load("2d75d73b-71ae-4603-bad7-0ae827270482");
    group.set_group_policy(policy);
    group.hosts.load(Some(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()));
    group
}

/// The options of `[filter_scheduler]` with `name=value` changed. An empty text changes nothing.
///
/// # Panics
/// When there is no such option, or it cannot have the value.
pub fn filter_options(changes: &[&str]) -> Arc<FilterSchedulerOptions> {
    let pairs = changes.iter().filter_map(|change| change.split_once('='));
    let builder = Config::builder().register::<FilterSchedulerOptions>().validate_strict();
    let builder = pairs.fold(builder, |builder, (name, value)| builder.set("filter_scheduler", name, value));
    builder.load().expect("options of the scheduler").get::<FilterSchedulerOptions>()
}

fn guest(arch: Architecture, hv_type: HvType) -> HVSpec {
    let mut spec = HVSpec::empty();
    spec.arch.load(arch);
    spec.hv_type.load(hv_type);
    spec.vm_mode.load(VmMode::Hvm);
    spec
}

fn id_of(name: &str) -> Uuid {
    let mut bytes = *b"a compute node: ";
    for (at, byte) in name.bytes().enumerate() {
        let slot = at % bytes.len();
        bytes[slot] = bytes[slot].wrapping_mul(31).wrapping_add(byte);
    }
    Uuid::from_bytes(bytes)
}
