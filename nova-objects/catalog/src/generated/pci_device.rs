//! `PciDevice` 1.7. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{PciDeviceStatus, PciDeviceType};

/// A device of a host that can be passed through.
#[doc(alias = "nova.objects.pci_device.PciDevice")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.7")]
pub struct PciDevice {
    /// The version it is at.
    pub meta: Meta,
    /// The PCI address.
    pub address: Field<String>,
    /// The id of the hypervisor it is on.
    pub compute_node_id: Field<Option<i64>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The hypervisor's name for it.
    pub dev_id: Field<Option<String>>,
    /// Whether it is a function, physical or virtual.
    pub dev_type: Field<PciDeviceType>,
    /// More about it, each value as JSON text.
    #[object(default = BTreeMap::<String, String>::new())]
    pub extra_info: Field<BTreeMap<String, String>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The instance that has it, or null.
    pub instance_uuid: Field<Option<String>>,
    /// A word that says vendor and product.
    pub label: Field<Option<String>>,
    /// The NUMA node it is on.
    pub numa_node: Field<Option<i64>>,
    /// The PCI address of the physical function it is part of.
    #[object(since = "1.4")]
    pub parent_addr: Field<Option<String>>,
    /// The PCI product.
    pub product_id: Field<String>,
    /// The PCI request it was given for.
    #[object(since = "1.2")]
    pub request_id: Field<Option<String>>,
    /// Whether it is free.
    pub status: Field<PciDeviceStatus>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Its uuid.
    #[object(since = "1.6")]
    pub uuid: Field<Uuid>,
    /// The PCI vendor.
    pub vendor_id: Field<String>,
}
