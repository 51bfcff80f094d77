//! `ComputeNodeList` 1.17. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::ComputeNode;

/// Several hypervisors.
#[doc(alias = "nova.objects.compute_node.ComputeNodeList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.17")]
pub struct ComputeNodeList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<ComputeNode>>,
}
