//! Why a driver did not do what it was told, and what that means for who told it.

use nova_core::BoxError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::Call;
use crate::names::ResourceClass;
use crate::order::Generation;
use crate::power::PowerState;

/// Why a driver call failed.
///
/// Callers act on the [class](Self::class), not on the variant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// There is no such machine on this host.
    #[doc(alias = "InstanceNotFound")]
    #[error("machine {uuid} is not on this host")]
    NotFound {
        /// The machine.
        uuid: Uuid,
    },
    /// Somebody with a higher generation has decided about the machine since the order was given.
    #[error("{call} of machine {uuid} under generation {offered} is refused: {held} is in force")]
    Fenced {
        /// What was asked.
        call: Call,
        /// The machine.
        uuid: Uuid,
        /// The order's generation.
        offered: Generation,
        /// The one the host holds.
        held: Generation,
    },
    /// The machine is in a state in which this cannot be done.
    #[doc(alias = "InstanceInvalidState")]
    #[error("{call} of machine {uuid} is not possible while it is {state}")]
    InvalidState {
        /// What was asked.
        call: Call,
        /// The machine.
        uuid: Uuid,
        /// Its state.
        state: PowerState,
    },
    /// The host has not enough left.
    #[doc(alias = "ComputeResourcesUnavailable")]
    #[error("{requested} {resource} are asked for and {available} are left on node {node}")]
    NoCapacity {
        /// The node.
        node: String,
        /// What is scarce.
        resource: ResourceClass,
        /// How much was asked for.
        requested: u64,
        /// How much is left.
        available: u64,
    },
    /// The service asked for a node that this host does not have.
    #[doc(alias = "NodeNotFound")]
    #[error("node {node:?} is not on this host")]
    UnknownNode {
        /// The node.
        node: String,
    },
    /// What is asked cannot be done on any host of this kind.
    #[error("machine {uuid} cannot be made here or elsewhere: {detail}")]
    Unacceptable {
        /// The machine.
        uuid: Uuid,
        /// Why, in Nova's classes.
        cause: AbortCause,
        /// What exactly is wrong, for operators.
        detail: String,
    },
    /// This host failed, and nothing was changed.
    #[error("{call} failed on this host")]
    Host {
        /// What was asked.
        call: Call,
        /// The hypervisor's error.
        source: BoxError,
    },
    /// Nobody knows whether it was done: the answer was lost. Look before acting again.
    #[error("whether {call} was done is unknown")]
    OutcomeUnknown {
        /// What was asked.
        call: Call,
        /// How the answer was lost.
        source: BoxError,
    },
    /// The service must not run on this host: its hypervisor is not there, or the host is another one than it was.
    #[error("host {host:?} cannot be used")]
    HostUnusable {
        /// The name the service gave.
        host: String,
        /// Why.
        source: BoxError,
    },
}

impl DriverError {
    /// What the failure means for the operation it happened in.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::NoCapacity { .. }
            | Self::UnknownNode { .. }
            | Self::Host { .. }
            | Self::HostUnusable { .. } => FailureClass::Reschedule,
            Self::Unacceptable { .. } | Self::InvalidState { .. } => FailureClass::Abort,
            Self::NotFound { .. } => FailureClass::Deleted,
            Self::Fenced { .. } => FailureClass::Superseded,
            Self::OutcomeUnknown { .. } => FailureClass::Unknown,
        }
    }

    /// A failure of this host that changed nothing.
    pub fn host(call: Call, source: impl Into<BoxError>) -> Self {
        Self::Host { call, source: source.into() }
    }

    /// A failure after which nobody knows whether `call` was done.
    pub fn outcome_unknown(call: Call, source: impl Into<BoxError>) -> Self {
        Self::OutcomeUnknown { call, source: source.into() }
    }
}

/// What a failure means for the operation it happened in.
///
/// The first three are what Nova's compute manager makes of an exception during a build; the last two are what it
/// cannot tell apart from them.
#[doc(alias = "RescheduledException")]
#[doc(alias = "BuildAbortException")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// Another host may succeed: give the claim back and go on to the next one.
    Reschedule,
    /// No host will succeed: end the operation, with a fault for the user.
    Abort,
    /// The machine is gone: it was deleted meanwhile, so clean up quietly.
    Deleted,
    /// Somebody else decides about the machine now: stop, and touch nothing.
    Superseded,
    /// It may have been done: ask the driver for the machine before doing anything.
    Unknown,
}

/// Why no host can make a machine, by the exceptions for which Nova does not try another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbortCause {
    /// The image cannot be used.
    ImageUnacceptable,
    /// The image is not ready.
    ImageNotActive,
    /// The root disk is smaller than the image's content.
    FlavorDiskSmallerThanImage,
    /// The root disk is smaller than the image demands.
    FlavorDiskSmallerThanMinDisk,
    /// There is less memory than the image demands.
    FlavorMemoryTooSmall,
    /// More video memory is asked for than the flavor allows.
    VideoMemoryTooHigh,
    /// What a disk says about itself is wrong.
    InvalidDiskInfo,
    /// A disk's format is not what it is declared to be.
    InvalidDiskFormat,
    /// The image's signature is wrong.
    Signature,
    /// The certificate of the image's signature is not trusted.
    Certificate,
    /// This kind of hypervisor cannot encrypt the volume.
    VolumeEncryption,
    /// An interface could not be plugged in time.
    InterfaceCreate,
    /// No hardware address could be given to an interface.
    InterfaceMac,
    /// The key of the machine's TPM may not be read.
    TpmSecret,
    /// Something else that was asked for makes no sense.
    InvalidInput,
}

impl AbortCause {
    /// The name of Nova's exception, which peers and users know.
    pub const fn nova_class(self) -> &'static str {
        match self {
            Self::ImageUnacceptable => "ImageUnacceptable",
            Self::ImageNotActive => "ImageNotActive",
            Self::FlavorDiskSmallerThanImage => "FlavorDiskSmallerThanImage",
            Self::FlavorDiskSmallerThanMinDisk => "FlavorDiskSmallerThanMinDisk",
            Self::FlavorMemoryTooSmall => "FlavorMemoryTooSmall",
            Self::VideoMemoryTooHigh => "RequestedVRamTooHigh",
            Self::InvalidDiskInfo => "InvalidDiskInfo",
            Self::InvalidDiskFormat => "InvalidDiskFormat",
            Self::Signature => "SignatureVerificationError",
            Self::Certificate => "CertificateValidationFailed",
            Self::VolumeEncryption => "VolumeEncryptionNotSupported",
            Self::InterfaceCreate => "VirtualInterfaceCreateException",
            Self::InterfaceMac => "VirtualInterfaceMacAddressException",
            Self::TpmSecret => "VTPMSecretForbidden",
            Self::InvalidInput => "InvalidInput",
        }
    }
}
