//! `Selection` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::SchedulerLimits;

/// A host the scheduler chose.
#[doc(alias = "nova.objects.selection.Selection")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct Selection {
    /// The version it is at.
    pub meta: Meta,
    /// The claim for placement, as JSON text.
    pub allocation_request: Field<Option<String>>,
    /// The placement API version the claim is written for.
    pub allocation_request_version: Field<Option<String>>,
    /// The availability zone.
    #[object(since = "1.1")]
    pub availability_zone: Field<Option<String>>,
    /// The cell the host is in.
    pub cell_uuid: Field<Uuid>,
    /// The hypervisor, which is also the resource provider in placement.
    pub compute_node_uuid: Field<Uuid>,
    /// How far the host may be filled.
    pub limits: Field<Option<SchedulerLimits>>,
    /// The name the hypervisor gives itself.
    pub nodename: Field<String>,
    /// The name of the host, as its service writes it.
    pub service_host: Field<String>,
}
