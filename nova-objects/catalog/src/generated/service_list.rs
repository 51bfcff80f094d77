//! `ServiceList` 1.19. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::Service;

/// Several daemons.
#[doc(alias = "nova.objects.service.ServiceList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.19")]
pub struct ServiceList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<Service>>,
}
