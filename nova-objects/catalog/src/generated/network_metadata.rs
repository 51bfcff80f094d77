//! `NetworkMetadata` 1.0. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeSet;

use nova_objects::{Field, Meta, VersionedObject};

/// The physical networks a request needs.
#[doc(alias = "nova.objects.network_metadata.NetworkMetadata")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct NetworkMetadata {
    /// The version it is at.
    pub meta: Meta,
    /// Names of physical networks.
    pub physnets: Field<BTreeSet<String>>,
    /// Whether a tunnelled network is needed.
    pub tunneled: Field<bool>,
}
