//! `HostMappingList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::HostMapping;

/// The cells of several hosts.
#[doc(alias = "nova.objects.host_mapping.HostMappingList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct HostMappingList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<HostMapping>>,
}
