//! `ShareMappingList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::ShareMapping;

/// Several attached shares.
#[doc(alias = "nova.objects.share_mapping.ShareMappingList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct ShareMappingList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<ShareMapping>>,
}
