//! `SchedulerRetries` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::ComputeNodeList;

/// Which hosts were tried and failed.
#[doc(alias = "nova.objects.request_spec.SchedulerRetries")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct SchedulerRetries {
    /// The version it is at.
    pub meta: Meta,
    /// The hosts that were tried, with only host and name set.
    pub hosts: Field<ComputeNodeList>,
    /// How many hosts were tried.
    pub num_attempts: Field<i64>,
}
