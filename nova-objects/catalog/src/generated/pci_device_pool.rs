//! `PciDevicePool` 1.1. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;

use nova_objects::{Field, Meta, VersionedObject};

/// Devices of one kind on a host.
#[doc(alias = "nova.objects.pci_device_pool.PciDevicePool")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct PciDevicePool {
    /// The version it is at.
    pub meta: Meta,
    /// How many are free.
    pub count: Field<i64>,
    /// The NUMA node the devices are on.
    #[object(since = "1.1")]
    pub numa_node: Field<Option<i64>>,
    /// The PCI product.
    pub product_id: Field<String>,
    /// What the pool was given as tags in the configuration.
    pub tags: Field<BTreeMap<String, Option<String>>>,
    /// The PCI vendor.
    pub vendor_id: Field<String>,
}
