//! `SchedulerLimits` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::NUMATopologyLimits;

/// How far a host may be filled for one request.
#[doc(alias = "nova.objects.request_spec.SchedulerLimits")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct SchedulerLimits {
    /// The version it is at.
    pub meta: Meta,
    /// The most disk that may be used, in gigabytes.
    #[object(default = None::<i64>)]
    pub disk_gb: Field<Option<i64>>,
    /// The most memory that may be used, in mebibytes.
    #[object(default = None::<i64>)]
    pub memory_mb: Field<Option<i64>>,
    /// How far the NUMA nodes of the host may be filled.
    #[object(default = None::<NUMATopologyLimits>)]
    pub numa_topology: Field<Option<NUMATopologyLimits>>,
    /// The most virtual CPUs that may be used.
    #[object(default = None::<i64>)]
    pub vcpu: Field<Option<i64>>,
}
