//! `VirtualInterfaceList` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::VirtualInterface;

/// Several interfaces.
#[doc(alias = "nova.objects.virtual_interface.VirtualInterfaceList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct VirtualInterfaceList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<VirtualInterface>>,
}
