//! `BlockDeviceMappingList` 1.18. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::BlockDeviceMapping;

/// The disks of one or several instances.
#[doc(alias = "nova.objects.block_device.BlockDeviceMappingList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.18")]
pub struct BlockDeviceMappingList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<BlockDeviceMapping>>,
}
