//! Nova's fault classes (module `nova.exception`), by what they are about.
//!
//! Class, module, fields and HTTP code are what Python peers raise and expect; the text is what a Python peer shows.
//! A class that Nova derives from another is a class of its own here, because the wire carries only its name: where a
//! family matters, there is a predicate ([`is_update_conflict`], [`is_no_valid_host`]).
//!
//! # Example: raise, and recognise after a trip over the bus
//! ```
//! use nova_core::Fault;
//! use nova_objects_catalog::exception::InstanceNotFound;
//!
//! let fault = Fault::from(InstanceNotFound { instance_id: "7f".into() });
//! assert_eq!(fault.to_string(), "Instance 7f could not be found.");
//! assert_eq!(fault.code(), 404);
//! let over_the_bus: Fault = serde_json::from_str(&serde_json::to_string(&fault)?)?;
//! assert!(over_the_bus.is::<InstanceNotFound>());
//! # Ok::<(), serde_json::Error>(())
//! ```

mod build;
mod cell;
mod flavor;
mod general;
mod image;
mod instance;
mod instance_group;
mod placement;
mod quota;
mod service;
mod storage;

pub use self::build::{
    BuildAbortException, ComputeResourcesUnavailable, GroupAffinityViolation, MaxRetriesExceeded,
    NoValidHost, RescheduledException, is_no_valid_host,
};
pub use self::cell::{
    BuildRequestNotFound, CellMappingNotFound, HostMappingNotFound, InstanceMappingNotFound,
    RequestSpecNotFound,
};
pub use self::flavor::{
    FlavorAccessExists, FlavorAccessNotFound, FlavorDiskSmallerThanImage, FlavorDiskSmallerThanMinDisk,
    FlavorExists, FlavorExtraSpecsNotFound, FlavorIdExists, FlavorMemoryTooSmall, FlavorNotFound,
    FlavorNotFoundByName,
};
pub use self::general::{
    DuplicateRecord, Forbidden, Invalid, InvalidInput, InvalidSortKey, KeyPairExists, KeypairNotFound,
    MarkerNotFound, MigrationNotFound, NotFound, ObjectActionError, PciDeviceNotFound, PolicyNotAuthorized,
};
pub use self::image::{ImageNotActive, ImageNotAuthorized, ImageNotFound, ImageUnacceptable};
pub use self::instance::{
    InstanceActionEventNotFound, InstanceActionNotFound, InstanceExists, InstanceInfoCacheNotFound,
    InstanceInvalidState, InstanceIsLocked, InstanceNotFound, InstanceNotReady, InstanceUpdateConflict,
    UnexpectedDeletingTaskStateError, UnexpectedTaskStateError, UnexpectedVMStateError,
    UnknownInstanceUpdateConflict, is_update_conflict,
};
pub use self::instance_group::{InstanceGroupIdExists, InstanceGroupNotFound};
pub use self::placement::{
    AllocationDeleteFailed, AllocationUpdateFailed, ConsumerAllocationRetrievalFailed,
    ResourceProviderCreationFailed, ResourceProviderUpdateConflict,
};
pub use self::quota::{OverQuota, PortLimitExceeded, QuotaError, TooManyInstances};
pub use self::service::{
    ComputeHostNotFound, ComputeServiceInUse, ComputeServiceUnavailable, HostNotFound, ServiceBinaryExists,
    ServiceNotFound, ServiceTooOld, ServiceTopicExists, ServiceUnavailable, TooOldComputeService,
};
pub use self::storage::{
    BDMNotFound, InvalidBDM, InvalidVolume, ShareNotFound, VolumeBDMIsMultiAttach, VolumeBDMNotFound,
    VolumeNotFound,
};
