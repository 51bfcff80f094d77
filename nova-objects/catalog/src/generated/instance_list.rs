//! `InstanceList` 2.6. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::Instance;

/// Several instances.
#[doc(alias = "nova.objects.instance.InstanceList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "2.6")]
pub struct InstanceList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<Instance>>,
}
