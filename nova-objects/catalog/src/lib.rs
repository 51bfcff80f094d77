//! Nova's objects and fault classes, under Nova's names, versions and fields.
//!
//! What Nova 34 calls `nova.objects.Service` 1.22 is [`Service`] here: the same fields, the same text on the wire, the
//! same older versions for older readers. What is done with objects is declared in traits of actions
//! ([`ServiceActions`], [`InstanceActions`], …) under the names Nova's conductor answers to; a store implements them
//! (ours is `nova-objects-db`), and callers use the methods on the objects, which go to the store here or through a
//! conductor: see [`nova_objects`].
//!
//! Import the crate by a short name, `use nova_objects_catalog as objects;`, and write `objects::Service`: three things
//! are called *service* in this house.
//!
//! # Example: read what Nova wrote, change it, write it for an older peer
//! ```
//! use nova_objects::{Manifest, Version, VersionedObject};
//! use nova_objects_catalog as objects;
//!
//! let text = r#"{"nova_object.name": "Service", "nova_object.namespace": "nova", "nova_object.version": "1.22",
//!     "nova_object.data": {"host": "cmp1", "binary": "nova-compute", "report_count": 72, "uuid": "0686a4d0"}}"#;
//! let mut service: objects::Service = serde_json::from_str(text)?;
//! service.report_count.update(|count| *count += 1)?;
//! assert_eq!(service.changes(), ["report_count"]);
//!
//! service.make_compatible(&Manifest::from_iter([("Service", Version::new(1, 20))]))?;
//! assert!(!service.uuid.is_set(), "uuid came with 1.21");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is here
//! | records | in the cell | in the API database |
//! |---|---|---|
//! | services | [`Service`], [`ComputeNode`] | [`HostMapping`], [`CellMapping`] |
//! | instances | [`Instance`], [`InstanceInfoCache`], [`BlockDeviceMapping`] | [`InstanceMapping`], [`BuildRequest`], [`RequestSpec`] |
//! | what instances have | [`VirtualInterface`], [`PciDevice`], [`Resource`], [`ShareMapping`] | [`KeyPair`] |
//! | what happened | [`InstanceAction`], [`InstanceActionEvent`], [`InstanceFault`], [`Migration`] | |
//! | what can be asked for | | [`Flavor`], [`InstanceGroup`], [`ImageMeta`] (of the image service) |
//!
//! and their lists, the answers of the scheduler ([`Selection`]), the states of an instance ([`VmState`],
//! [`TaskState`], [`PowerState`]) and the fault classes ([`exception`]).
//!
//! # What is not
//! * NUMA topologies, PCI requests, device metadata, virtual CPU models and migration contexts: fields that hold
//!   them are [`Verbatim`](nova_objects::Verbatim), lossless and read-only. A reader that asks for an older version of one
//!   of these gets it as it is.
//! * What readers of server groups before 1.7 (Liberty) had beside: `metadetails`, which was always empty.
//! * Methods of Nova's objects that no flow here needs: a store answers `AttributeError` for them.
//! * Nova loads a service's compute node from the database when it writes a [`Service`] for a reader older than 1.10;
//!   here going back never does I/O, and such a reader finds the field unset.
//!
//! # How it is made
//! The structs and enums are emitted from Nova's recorded registry by a generator, `examples/generate`; the README says
//! how to add an object. Which version brought a field is learnt from recorded back-levels; where nothing was recorded
//! and Nova's history is not certain to us (most properties of images, everything before a recording's first version)
//! a field has no `since` and is sent to every reader, which ignores what it does not know.

mod block_device;
mod build_request;
mod compute_node;
mod device;
pub mod exception;
mod expected;
mod flavor;
mod generated;
mod image;
mod info_cache;
mod instance;
mod instance_action;
mod instance_fault;
mod instance_group;
mod key_pair;
mod mapping;
mod migration;
mod request_spec;
mod service;
mod service_group;
mod share;
mod state;
mod virtual_interface;

pub use self::block_device::{BlockDeviceMappingActions, BlockDeviceMappingListActions};
pub use self::build_request::{BuildRequestActions, BuildRequestListActions};
pub use self::compute_node::{ComputeNodeActions, ComputeNodeListActions};
pub use self::device::{PciDeviceActions, PciDeviceListActions, ResourceListActions};
pub use self::expected::Expected;
pub use self::flavor::{FlavorActions, FlavorListActions};
pub use self::info_cache::InstanceInfoCacheActions;
pub use self::instance::{InstanceActions, InstanceListActions};
pub use self::instance_action::{
    InstanceActionActions, InstanceActionEventActions, InstanceActionEventListActions,
    InstanceActionListActions,
};
pub use self::instance_fault::{InstanceFaultActions, InstanceFaultListActions};
pub use self::instance_group::{
    GroupPolicy, InstanceGroupActions, InstanceGroupListActions, UnknownGroupPolicy,
};
pub use self::key_pair::{KeyPairActions, KeyPairListActions};
pub use self::mapping::{
    CELL0_UUID, CellMappingActions, CellMappingListActions, HostMappingActions, HostMappingListActions,
    InstanceMappingActions, InstanceMappingListActions,
};
pub use self::migration::{MigrationActions, MigrationListActions};
pub use self::request_spec::RequestSpecActions;
pub use self::service::{ServiceActions, ServiceListActions};
pub use self::service_group::ObjectServiceGroup;
pub use self::share::{ShareMappingActions, ShareMappingListActions};
pub use self::state::{PowerState, TaskState, VmState};
pub use self::virtual_interface::{VirtualInterfaceActions, VirtualInterfaceListActions};

pub use self::generated::{
    Architecture, BlockDeviceDestinationType, BlockDeviceEncryptionFormatType, BlockDeviceMapping,
    BlockDeviceMappingList, BlockDeviceSourceType, BlockDeviceType, BuildRequest, BuildRequestList,
    CellMapping, CellMappingList, ComputeNode, ComputeNodeList, ConfigDrivePolicy, CpuAllocationPolicy,
    CpuThreadAllocationPolicy, Destination, DiskBus, EC2Ids, ExternalEventName, ExternalEventStatus,
    FirmwareType, Flavor, FlavorList, HVSpec, HostMapping, HostMappingList, HvType, ImageMeta,
    ImageMetaProps, ImageSignatureHashType, ImageSignatureKeyType, InputBus, Instance, InstanceAction,
    InstanceActionEvent, InstanceActionEventList, InstanceActionList, InstanceExternalEvent, InstanceFault,
    InstanceFaultList, InstanceGroup, InstanceGroupList, InstanceInfoCache, InstanceList, InstanceMapping,
    InstanceMappingList, KeyPair, KeyPairList, MaxPhysAddrMode, MemEncryptionModel, Migration, MigrationList,
    MigrationType, NUMATopologyLimits, NetworkMetadata, NetworkRequest, NetworkRequestList, OsType,
    PciDevice, PciDeviceList, PciDevicePool, PciDevicePoolList, PciDeviceStatus, PciDeviceType,
    PciNumaAffinityPolicy, PointerModel, RequestGroup, RequestLevelParams, RequestSpec, Resource,
    ResourceList, RngModel, SchedulerLimits, SchedulerRetries, ScsiModel, SecureBoot, SecurityGroup,
    SecurityGroupList, Selection, Service, ServiceList, ShareMapping, ShareMappingList, ShareMappingProto,
    ShareMappingStatus, SoundModel, Tag, TagList, TpmModel, TpmVersion, TrustedCerts, UsbControllerModel,
    VideoModel, VifModel, ViommuModel, VirtualInterface, VirtualInterfaceList, VmMode, WatchdogAction,
    with_catalogue,
};
