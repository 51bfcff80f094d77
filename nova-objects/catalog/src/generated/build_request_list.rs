//! `BuildRequestList` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::BuildRequest;

/// Several accepted servers.
#[doc(alias = "nova.objects.build_request.BuildRequestList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct BuildRequestList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<BuildRequest>>,
}
