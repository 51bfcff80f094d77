//! `RequestSpec` 1.15. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;

use nova_objects::types::{Uuid, Verbatim};
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{
    Destination, Flavor, ImageMeta, InstanceGroup, NetworkMetadata, NetworkRequestList, RequestGroup,
    RequestLevelParams, SchedulerLimits, SchedulerRetries, SecurityGroupList,
};

/// What a user asked for, as the scheduler needs it; kept for the life of the instance.
#[doc(alias = "nova.objects.request_spec.RequestSpec")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.15")]
pub struct RequestSpec {
    /// The version it is at.
    pub meta: Meta,
    /// The availability zone.
    pub availability_zone: Field<Option<String>>,
    /// Its size, as the flavor was when it was asked for.
    pub flavor: Field<Flavor>,
    /// Hosts to go to, past all filters.
    pub force_hosts: Field<Option<Vec<String>>>,
    /// Hypervisors to go to, past all filters.
    pub force_nodes: Field<Option<Vec<String>>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// Hosts not to go to.
    pub ignore_hosts: Field<Option<Vec<String>>>,
    /// The image to boot from.
    pub image: Field<Option<ImageMeta>>,
    /// The server group with its policy.
    pub instance_group: Field<Option<InstanceGroup>>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// Whether it boots from a volume.
    #[object(since = "1.11")]
    pub is_bfv: Field<bool>,
    /// How far the host may be filled.
    pub limits: Field<Option<SchedulerLimits>>,
    /// The physical networks it needs.
    #[object(since = "1.10")]
    pub network_metadata: Field<NetworkMetadata>,
    /// How many servers are asked for.
    #[object(default = 1)]
    pub num_instances: Field<i64>,
    /// The NUMA nodes of the guest.
    pub numa_topology: Field<Option<Verbatim>>,
    /// The devices it asks for.
    pub pci_requests: Field<Option<Verbatim>>,
    /// The project it belongs to.
    pub project_id: Field<Option<String>>,
    /// What placement is asked beside the groups.
    #[object(since = "1.13")]
    pub request_level_params: Field<RequestLevelParams>,
    /// Where it must go; null for anywhere.
    #[object(since = "1.6", default = None::<Destination>)]
    pub requested_destination: Field<Option<Destination>>,
    /// The interfaces it is to have.
    #[object(since = "1.14")]
    pub requested_networks: Field<NetworkRequestList>,
    /// What ports and devices ask of placement.
    #[object(since = "1.12", default = None::<Vec<RequestGroup>>)]
    pub requested_resources: Field<Option<Vec<RequestGroup>>>,
    /// Which hosts were tried; null when it must not be tried again.
    pub retry: Field<Option<SchedulerRetries>>,
    /// Hints of the user; each value is a list.
    pub scheduler_hints: Field<Option<BTreeMap<String, Vec<String>>>>,
    /// The security groups.
    #[object(since = "1.8")]
    pub security_groups: Field<SecurityGroupList>,
    /// The user it belongs to.
    #[object(since = "1.9")]
    pub user_id: Field<Option<String>>,
}
