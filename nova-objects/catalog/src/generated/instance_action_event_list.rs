//! `InstanceActionEventList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::InstanceActionEvent;

/// The steps of an action.
#[doc(alias = "nova.objects.instance_action.InstanceActionEventList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct InstanceActionEventList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<InstanceActionEvent>>,
}
