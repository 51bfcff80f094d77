//! `Resource` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::{Uuid, Verbatim};
use nova_objects::{Field, Meta, VersionedObject};

/// A device of another kind, such as persistent memory, that an instance has.
#[doc(alias = "nova.objects.resource.Resource")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct Resource {
    /// The version it is at.
    pub meta: Meta,
    /// The host's name for it.
    pub identifier: Field<String>,
    /// More about it.
    pub metadata: Field<Verbatim>,
    /// The resource provider it is of.
    pub provider_uuid: Field<Uuid>,
    /// The resource class.
    pub resource_class: Field<String>,
}
