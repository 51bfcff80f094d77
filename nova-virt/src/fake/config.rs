//! What a fake host pretends to have.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::host::{CpuInfo, GuestKind, HostResources, Inventory, Usage};
use crate::names::{ResourceClass, Trait};

/// The size and kind of a fake host.
///
/// # Example: two small nodes that refuse what does not fit
/// ```
/// use nova_virt::Usage;
/// use nova_virt::fake::{FakeConfig, Oversell};
///
/// let config = FakeConfig::new("rack-1")
///     .nodes(["rack-1-a", "rack-1-b"])
///     .capacity(Usage { vcpus: 2, memory_mb: 8192, disk_gb: 100 })
///     .oversell(Oversell::Refuse);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FakeConfig {
    pub(super) nodes: Vec<String>,
    pub(super) capacity: Usage,
    pub(super) reserved: Usage,
    pub(super) traits: BTreeSet<Trait>,
    pub(super) oversell: Oversell,
    #[serde(default)]
    pub(super) powers: OptionalPowers,
}

/// Which of the optional powers a fake host has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OptionalPowers {
    #[default]
    All,
    None,
}

/// What a fake host does with a machine for which it has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oversell {
    /// Makes it: placement decides, and an audit shall see when it decided wrongly.
    #[default]
    Record,
    /// Refuses it, as a hypervisor without overcommitment does.
    Refuse,
}

impl FakeConfig {
    /// One node of that name, as large as Nova's fake one: 1000 processors, 800 000 MiB, 600 000 GiB.
    pub fn new(node: impl Into<String>) -> Self {
        Self {
            nodes: vec![node.into()],
            capacity: Usage { vcpus: 1000, memory_mb: 800_000, disk_gb: 600_000 },
            reserved: Usage::default(),
            traits: BTreeSet::new(),
            oversell: Oversell::default(),
            powers: OptionalPowers::All,
        }
    }

    /// Has these nodes instead, each of the same size.
    pub fn nodes<N: Into<String>>(self, nodes: impl IntoIterator<Item = N>) -> Self {
        Self { nodes: nodes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Each node is so large.
    pub fn capacity(self, capacity: Usage) -> Self {
        Self { capacity, ..self }
    }

    /// Each node keeps so much for itself.
    pub fn reserved(self, reserved: Usage) -> Self {
        Self { reserved, ..self }
    }

    /// Each node has these traits.
    pub fn traits(self, traits: impl IntoIterator<Item = Trait>) -> Self {
        Self { traits: traits.into_iter().collect(), ..self }
    }

    /// What becomes of a machine for which there is no room.
    pub fn oversell(self, oversell: Oversell) -> Self {
        Self { oversell, ..self }
    }

    /// Has none of the [optional powers](crate::Powers): it neither pauses nor suspends.
    pub fn without_powers(self) -> Self {
        Self { powers: OptionalPowers::None, ..self }
    }

    pub(super) fn has_node(&self, node: &str) -> bool {
        self.nodes.iter().any(|own| own == node)
    }

    /// What of `wanted` is too much beside `used`: the class, what was wanted and what is left.
    pub(super) fn lacks(&self, used: Usage, wanted: Usage) -> Option<(ResourceClass, u64, u64)> {
        let left = |capacity: u64, reserved: u64, used: u64| capacity.saturating_sub(reserved + used);
        let (capacity, reserved) = (self.capacity, self.reserved);
        [
            (ResourceClass::VCPU, wanted.vcpus, left(capacity.vcpus, reserved.vcpus, used.vcpus)),
            (
                ResourceClass::MEMORY_MB,
                wanted.memory_mb,
                left(capacity.memory_mb, reserved.memory_mb, used.memory_mb),
            ),
            (ResourceClass::DISK_GB, wanted.disk_gb, left(capacity.disk_gb, reserved.disk_gb, used.disk_gb)),
        ]
        .into_iter()
        .find(|(_, wanted, left)| wanted > left)
    }

    pub(super) fn resources(&self, node: &str, used: Usage, running: u32) -> HostResources {
        let free_disk =
            i64::try_from(self.capacity.disk_gb).unwrap_or(i64::MAX).saturating_sub_unsigned(used.disk_gb);
        HostResources {
            node: node.to_owned(),
            uuid: None,
            hypervisor_type: "fake".to_owned(),
            hypervisor_version: 1_000_000,
            host_ip: None,
            cpu: CpuInfo { arch: "x86_64".to_owned(), ..CpuInfo::default() },
            guests: vec![GuestKind {
                arch: "x86_64".to_owned(),
                hypervisor: "fake".to_owned(),
                vm_mode: "hvm".to_owned(),
            }],
            inventories: self.inventories(),
            traits: self.traits.clone(),
            used,
            running,
            disk_available_least: Some(free_disk),
        }
    }

    fn inventories(&self) -> BTreeMap<ResourceClass, Inventory> {
        let (capacity, reserved) = (self.capacity, self.reserved);
        [
            (ResourceClass::VCPU, Inventory::new(capacity.vcpus, reserved.vcpus)),
            (ResourceClass::MEMORY_MB, Inventory::new(capacity.memory_mb, reserved.memory_mb)),
            (ResourceClass::DISK_GB, Inventory::new(capacity.disk_gb, reserved.disk_gb)),
        ]
        .into_iter()
        .filter(|(_, inventory)| inventory.total > 0)
        .collect()
    }
}
