//! `PciDevicePoolList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::PciDevicePool;

/// The pools of a host.
#[doc(alias = "nova.objects.pci_device_pool.PciDevicePoolList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct PciDevicePoolList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<PciDevicePool>>,
}
