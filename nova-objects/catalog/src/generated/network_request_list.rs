//! `NetworkRequestList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::NetworkRequest;

/// The interfaces a new instance is to have.
#[doc(alias = "nova.objects.network_request.NetworkRequestList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct NetworkRequestList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<NetworkRequest>>,
}
