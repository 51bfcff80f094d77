//! `FlavorList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::Flavor;

/// Several flavors.
#[doc(alias = "nova.objects.flavor.FlavorList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct FlavorList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<Flavor>>,
}
