//! `ResourceList` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::Resource;

/// The devices of other kinds an instance has.
#[doc(alias = "nova.objects.resource.ResourceList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct ResourceList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<Resource>>,
}
