//! What a host has: the inventory of one node, for placement and for the compute node record.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::names::{ResourceClass, Trait};

/// One node, as `get_available_resource` and `update_provider_tree` describe it in Nova, in one value.
#[doc(alias = "get_available_resource")]
#[doc(alias = "update_provider_tree")]
#[derive(Clone, Debug, PartialEq)]
pub struct HostResources {
    /// The node's name, which is its hypervisor's host name and its resource provider's name.
    pub node: String,
    /// The node's own identity, if the hypervisor has one that outlives a rename.
    pub uuid: Option<Uuid>,
    /// The hypervisor's kind (`QEMU`, `fake`).
    pub hypervisor_type: String,
    /// Its version as a number: 7.2.22 is 7002022.
    pub hypervisor_version: u32,
    /// The address of the host for management.
    pub host_ip: Option<IpAddr>,
    /// Its processors.
    pub cpu: CpuInfo,
    /// The kinds of guests it can run.
    pub guests: Vec<GuestKind>,
    /// What it offers to placement.
    pub inventories: BTreeMap<ResourceClass, Inventory>,
    /// What it is or can do.
    pub traits: BTreeSet<Trait>,
    /// What its machines take now, foreign ones too.
    pub used: Usage,
    /// How many of its machines run now.
    pub running: u32,
    /// The smallest free disk in GiB once all its disks have grown to their full size; `None` if unknown.
    pub disk_available_least: Option<i64>,
}

impl HostResources {
    /// The total of `class`, before reservation and overcommitment; 0 if it has none.
    pub fn total(&self, class: &ResourceClass) -> u64 {
        self.inventories.get(class).map_or(0, |inventory| inventory.total)
    }
}

/// How much of a resource class a node offers, in the terms of placement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// All of it.
    pub total: u64,
    /// What is kept for the host itself.
    pub reserved: u64,
    /// The least one machine can take.
    pub min_unit: u64,
    /// The most one machine can take.
    pub max_unit: u64,
    /// What one machine takes is a multiple of this.
    pub step_size: u64,
    /// How often it may be given out; `None` leaves it to the service's configuration.
    pub allocation_ratio: Option<f64>,
}

impl Inventory {
    /// All of `total` in steps of one, `reserved` of it kept.
    pub fn new(total: u64, reserved: u64) -> Self {
        Self { total, reserved, min_unit: 1, max_unit: total, step_size: 1, allocation_ratio: None }
    }
}

/// What machines take of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Virtual processors.
    pub vcpus: u64,
    /// Memory in MiB.
    pub memory_mb: u64,
    /// Disk in GiB.
    #[doc(alias = "local_gb")]
    pub disk_gb: u64,
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            vcpus: self.vcpus + other.vcpus,
            memory_mb: self.memory_mb + other.memory_mb,
            disk_gb: self.disk_gb + other.disk_gb,
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Self::add)
    }
}

/// A node's processors, as the compute node record holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuInfo {
    /// The architecture (`x86_64`, `aarch64`).
    pub arch: String,
    /// The model, as the hypervisor names it.
    pub model: Option<String>,
    /// The vendor.
    pub vendor: Option<String>,
    /// Sockets, cores per socket and threads per core.
    pub topology: Option<CpuTopology>,
    /// Feature flags, as the hypervisor names them.
    pub features: BTreeSet<String>,
}

/// How a node's processors are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuTopology {
    /// Sockets.
    pub sockets: u32,
    /// Cores per socket.
    pub cores: u32,
    /// Threads per core.
    pub threads: u32,
}

/// A kind of guest that a node can run, in Nova's names.
#[doc(alias = "supported_instances")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GuestKind {
    /// The guest's architecture (`x86_64`).
    pub arch: String,
    /// The kind of hypervisor (`kvm`, `qemu`, `fake`).
    pub hypervisor: String,
    /// What the guest sees (`hvm`, `xen`, `exe`).
    pub vm_mode: String,
}
