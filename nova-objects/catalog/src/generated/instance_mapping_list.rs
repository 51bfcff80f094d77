//! `InstanceMappingList` 1.3. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::InstanceMapping;

/// The cells of several instances.
#[doc(alias = "nova.objects.instance_mapping.InstanceMappingList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.3")]
pub struct InstanceMappingList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<InstanceMapping>>,
}
