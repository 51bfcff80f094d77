//! `Service` 1.22. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

use crate::generated::ComputeNode;

/// A daemon of the fleet: one binary on one host.
#[doc(alias = "nova.objects.service.Service")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.22")]
pub struct Service {
    /// The version it is at.
    pub meta: Meta,
    /// The availability zone.
    pub availability_zone: Field<Option<String>>,
    /// The program, for example `nova-compute`.
    pub binary: Field<Option<String>>,
    /// Its hypervisor, if it is a compute service with exactly one.
    pub compute_node: Field<ComputeNode>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// Whether no new work may go to it.
    pub disabled: Field<bool>,
    /// Why it is disabled.
    pub disabled_reason: Field<Option<String>>,
    /// Whether an operator says it is down, whatever it says itself.
    #[object(since = "1.14")]
    pub forced_down: Field<bool>,
    /// The host's name.
    pub host: Field<Option<String>>,
    /// The database's number for it.
    pub id: ReadOnly<i64>,
    /// When it last reported.
    #[object(since = "1.13")]
    pub last_seen_up: Field<Option<Timestamp>>,
    /// How many times it reported.
    pub report_count: Field<i64>,
    /// The RPC topic it listens on.
    pub topic: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Its uuid.
    #[object(since = "1.21")]
    pub uuid: Field<Uuid>,
    /// The service version (Nova's `SERVICE_VERSION`), which says what it can do.
    #[object(since = "1.16")]
    pub version: Field<i64>,
}
