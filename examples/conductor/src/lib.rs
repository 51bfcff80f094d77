//! The conductor service.
//!
//! It serves two kinds of caller. Services without a database reach objects, operations and the recording of changes
//! through it ([`ObjectEndpoint`](nova_objects::ObjectEndpoint), [`OperationsEndpoint`]). And it carries out the steps
//! that no host owns: [`BootHandler`] chooses hosts and makes records, [`BuildHandler`] moves a build on when a host
//! failed, [`RebuildHandler`] asks whether a host will do for another image, [`CleanupHandler`] removes what a deletion
//! leaves, [`NotifyHandler`] tells what happened.
//!
//! It keeps nothing in memory between two steps: any conductor takes over what another left.

mod boot;
mod build;
mod cleanup;
mod endpoint;
mod lease;
mod notify;
mod options;
mod rebuild;
mod recorder;
mod recovery;
mod selection;
mod service;

pub use self::boot::BootHandler;
pub use self::build::BuildHandler;
pub use self::cleanup::CleanupHandler;
pub use self::endpoint::OperationsEndpoint;
pub use self::notify::NotifyHandler;
pub use self::options::{ConductorOptions, WorkerOptions};
pub use self::rebuild::RebuildHandler;
pub use self::recorder::LocalRecorder;
pub use self::recovery::LocalRecovery;
pub use self::service::{ConductorParts, SERVICE_VERSION, service};
