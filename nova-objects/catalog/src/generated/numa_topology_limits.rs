//! `NUMATopologyLimits` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::NetworkMetadata;

/// How far the NUMA nodes of a host may be filled for one request.
#[doc(alias = "nova.objects.numa.NUMATopologyLimits")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct NUMATopologyLimits {
    /// The version it is at.
    pub meta: Meta,
    /// How many virtual CPUs one real CPU makes.
    pub cpu_allocation_ratio: Field<f64>,
    /// The physical networks it needs.
    #[object(since = "1.1")]
    pub network_metadata: Field<NetworkMetadata>,
    /// How much memory one real mebibyte makes.
    pub ram_allocation_ratio: Field<f64>,
}
