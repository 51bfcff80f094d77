//! `Instance` 2.8. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use nova_core::Timestamp;
use nova_objects::types::{SensitiveString, Uuid, Verbatim};
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{
    EC2Ids, Flavor, InstanceFault, InstanceInfoCache, KeyPairList, PciDeviceList, ResourceList,
    SecurityGroupList, ServiceList, TagList, TrustedCerts,
};

/// A virtual machine: its record in a cell.
#[doc(alias = "nova.objects.instance.Instance")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "2.8")]
pub struct Instance {
    /// The version it is at.
    pub meta: Meta,
    /// The IPv4 address users reach it under, as they said.
    pub access_ip_v4: Field<Option<Ipv4Addr>>,
    /// The IPv6 address users reach it under, as they said.
    pub access_ip_v6: Field<Option<Ipv6Addr>>,
    /// The guest's architecture.
    pub architecture: Field<Option<String>>,
    /// Whether the root disk's partition is resized to fit the flavor.
    #[object(default = false)]
    pub auto_disk_config: Field<bool>,
    /// The availability zone.
    pub availability_zone: Field<Option<String>>,
    /// Of no use since cells v1 went.
    pub cell_name: Field<Option<String>>,
    /// Whether its files are gone from the host.
    #[object(default = false)]
    pub cleaned: Field<bool>,
    /// The id of the compute node it is on.
    #[object(since = "2.8")]
    pub compute_id: Field<Option<i64>>,
    /// `True` when it has a config drive, else empty.
    pub config_drive: Field<Option<String>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// The device name of the first ephemeral disk.
    pub default_ephemeral_device: Field<Option<String>>,
    /// The device name of the swap disk.
    pub default_swap_device: Field<Option<String>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// Which device has which tag.
    #[object(since = "2.3")]
    pub device_metadata: Field<Option<Verbatim>>,
    /// Whether deleting it is silently ignored.
    #[object(default = false)]
    pub disable_terminate: Field<bool>,
    /// The description users gave.
    pub display_description: Field<Option<String>>,
    /// The name users gave.
    pub display_name: Field<Option<String>>,
    /// Its EC2 names.
    pub ec2_ids: Field<EC2Ids>,
    /// Gigabytes of ephemeral disk.
    pub ephemeral_gb: Field<Option<i64>>,
    /// The key of the encrypted ephemeral disks.
    pub ephemeral_key_uuid: Field<Option<Uuid>>,
    /// Why it is in error, the latest.
    pub fault: Field<Option<InstanceFault>>,
    /// Its size, as the flavor was when it was asked for.
    pub flavor: Field<Flavor>,
    /// Whether listings leave it out: during a move between cells one of two records is.
    #[object(since = "2.6", default = false)]
    pub hidden: Field<bool>,
    /// The compute host it is on, or null.
    pub host: Field<Option<String>>,
    /// The host name of the guest.
    pub hostname: Field<Option<String>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The image it was booted from; empty when it boots from a volume.
    pub image_ref: Field<Option<String>>,
    /// What is known of its network.
    pub info_cache: Field<Option<InstanceInfoCache>>,
    /// The id of its flavor.
    pub instance_type_id: Field<Option<i64>>,
    /// The kernel image, for images without one.
    pub kernel_id: Field<Option<String>>,
    /// The public key that was put in.
    pub key_data: Field<Option<String>>,
    /// The name of the key that was put in.
    pub key_name: Field<Option<String>>,
    /// The key that was put in.
    #[object(since = "2.2")]
    pub keypairs: Field<KeyPairList>,
    /// Its number among the servers of one request, from 0.
    pub launch_index: Field<Option<i64>>,
    /// When it first ran.
    pub launched_at: Field<Option<Timestamp>>,
    /// The host it first ran on.
    pub launched_on: Field<Option<String>>,
    /// Whether only administrators may act on it.
    #[object(default = false)]
    pub locked: Field<bool>,
    /// Who locked it: `admin` or `owner`.
    pub locked_by: Field<Option<String>>,
    /// Mebibytes of memory.
    pub memory_mb: Field<Option<i64>>,
    /// What users noted, by key.
    pub metadata: Field<BTreeMap<String, String>>,
    /// What changes with the move in progress.
    pub migration_context: Field<Option<Verbatim>>,
    /// The size it is being resized to.
    pub new_flavor: Field<Option<Flavor>>,
    /// The hypervisor it is on (Nova's node), or null.
    pub node: Field<Option<String>>,
    /// The NUMA nodes of the guest.
    pub numa_topology: Field<Option<Verbatim>>,
    /// The size it had before the resize.
    pub old_flavor: Field<Option<Flavor>>,
    /// The operating system of the guest.
    pub os_type: Field<Option<String>>,
    /// The devices passed through to it.
    pub pci_devices: Field<Option<PciDeviceList>>,
    /// The devices it asks for.
    pub pci_requests: Field<Option<Verbatim>>,
    /// What the hypervisor last said: see `PowerState`.
    pub power_state: Field<Option<i64>>,
    /// How far the task in progress is, in percent.
    pub progress: Field<Option<i64>>,
    /// The project it belongs to.
    pub project_id: Field<Option<String>>,
    /// The ramdisk image, for images without one.
    pub ramdisk_id: Field<Option<String>>,
    /// The same for all servers of one request.
    pub reservation_id: Field<Option<String>>,
    /// The devices of other kinds it has.
    #[object(since = "2.7")]
    pub resources: Field<Option<ResourceList>>,
    /// The device name of the root disk.
    pub root_device_name: Field<Option<String>>,
    /// Gigabytes of root disk.
    pub root_gb: Field<Option<i64>>,
    /// The security groups.
    pub security_groups: Field<SecurityGroupList>,
    /// The services of its host.
    #[object(since = "2.1")]
    pub services: Field<ServiceList>,
    /// Whether it is deleted when the guest shuts down.
    #[object(default = false)]
    pub shutdown_terminate: Field<bool>,
    /// What Nova noted, by key: the image's properties are under `image_`.
    pub system_metadata: Field<BTreeMap<String, Option<String>>>,
    /// Words.
    pub tags: Field<TagList>,
    /// What is being done with it, or null: see `TaskState`.
    pub task_state: Field<Option<String>>,
    /// When it was deleted.
    pub terminated_at: Field<Option<Timestamp>>,
    /// The certificates its image's signature may be checked with.
    #[object(since = "2.4")]
    pub trusted_certs: Field<Option<TrustedCerts>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// What users gave cloud-init, in Base64.
    pub user_data: Field<Option<SensitiveString>>,
    /// The user it belongs to.
    pub user_id: Field<Option<String>>,
    /// Its uuid.
    pub uuid: Field<Uuid>,
    /// The CPU the guest sees.
    pub vcpu_model: Field<Option<Verbatim>>,
    /// Virtual CPUs.
    pub vcpus: Field<Option<i64>>,
    /// How the guest runs, for example `hvm`.
    pub vm_mode: Field<Option<String>>,
    /// The state it rests in: see `VmState`.
    pub vm_state: Field<Option<String>>,
}
