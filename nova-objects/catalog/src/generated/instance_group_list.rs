//! `InstanceGroupList` 1.8. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::InstanceGroup;

/// Several server groups.
#[doc(alias = "nova.objects.instance_group.InstanceGroupList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.8")]
pub struct InstanceGroupList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<InstanceGroup>>,
}
