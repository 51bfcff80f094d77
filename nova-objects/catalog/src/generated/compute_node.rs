//! `ComputeNode` 1.19. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;
use std::net::IpAddr;

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

use crate::generated::{HVSpec, PciDevicePoolList};

/// A hypervisor and what it has: a service may run several.
#[doc(alias = "nova.objects.compute_node.ComputeNode")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.19")]
pub struct ComputeNode {
    /// The version it is at.
    pub meta: Meta,
    /// How many virtual CPUs one real CPU makes.
    #[object(since = "1.14")]
    pub cpu_allocation_ratio: Field<f64>,
    /// What the CPU is, as JSON text.
    pub cpu_info: Field<Option<String>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// How many instances are being worked on.
    pub current_workload: Field<Option<i64>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// How much disk one real gigabyte makes.
    #[object(since = "1.16")]
    pub disk_allocation_ratio: Field<f64>,
    /// Gigabytes free when every disk has grown to its full size.
    pub disk_available_least: Field<Option<i64>>,
    /// Gigabytes of disk not promised to anyone.
    pub free_disk_gb: Field<Option<i64>>,
    /// Mebibytes of memory not promised to anyone.
    pub free_ram_mb: Field<Option<i64>>,
    /// The host's name.
    #[object(since = "1.7")]
    pub host: Field<Option<String>>,
    /// The address of the host (`my_ip`).
    #[object(since = "1.4")]
    pub host_ip: Field<Option<IpAddr>>,
    /// The name the hypervisor gives itself (Nova's node).
    pub hypervisor_hostname: Field<Option<String>>,
    /// The kind of hypervisor, for example `QEMU`.
    pub hypervisor_type: Field<String>,
    /// Its version as a number.
    pub hypervisor_version: Field<i64>,
    /// The database's number for it.
    pub id: ReadOnly<i64>,
    /// Gigabytes of disk.
    pub local_gb: Field<i64>,
    /// Gigabytes of disk promised.
    pub local_gb_used: Field<i64>,
    /// 1 once a host mapping was made for it, else 0.
    #[object(since = "1.17")]
    pub mapped: Field<i64>,
    /// Mebibytes of memory.
    pub memory_mb: Field<i64>,
    /// Mebibytes of memory promised.
    pub memory_mb_used: Field<i64>,
    /// Measurements, as JSON text.
    pub metrics: Field<Option<String>>,
    /// The NUMA nodes of the host, as JSON text.
    #[object(since = "1.5")]
    pub numa_topology: Field<Option<String>>,
    /// The devices that can be passed through.
    #[object(since = "1.9")]
    pub pci_device_pools: Field<Option<PciDevicePoolList>>,
    /// How much memory one real mebibyte makes.
    #[object(since = "1.14")]
    pub ram_allocation_ratio: Field<f64>,
    /// How many instances it has.
    pub running_vms: Field<Option<i64>>,
    /// The service that runs it; null for new records, which go by host.
    pub service_id: Field<Option<i64>>,
    /// Counts of what runs, by name.
    #[object(since = "1.3")]
    pub stats: Field<Option<BTreeMap<String, Option<String>>>>,
    /// The kinds of guests it can run.
    #[object(since = "1.6")]
    pub supported_hv_specs: Field<Vec<HVSpec>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Its uuid.
    #[object(since = "1.15")]
    pub uuid: ReadOnly<Uuid>,
    /// CPUs of the host.
    pub vcpus: Field<i64>,
    /// Virtual CPUs promised.
    pub vcpus_used: Field<i64>,
}
