//! The compute service: the one that owns a host.
//!
//! It pulls the steps addressed to its host ([`Build`](nova_rpcapi::operations::Build)'s `spawn`,
//! [`Power`](nova_rpcapi::operations::Power)'s `act`, the last two of
//! [`Rebuild`](nova_rpcapi::operations::Rebuild), [`Delete`](nova_rpcapi::operations::Delete)'s `terminate`), drives the hypervisor, and reports what the host has. It
//! holds no database: objects, operations and the recording of changes come in as handles, which reach the records
//! through a conductor or, in one process with them, directly. It is the same code either way.
//!
//! ```text
//! operation worker ┬► BuildHandler ────┬─► Driver (fake, qemu, yours)
//!                  ├► PowerHandler ────┤
//!                  ├► RebuildHandler ──┤
//!                  └► TerminateHandler ┘
//! periodic task    ─► HostReport ─────► ComputeNode record, placement
//! ```

mod build;
mod failure;
mod manager;
mod options;
mod power;
mod rebuild;
mod reconcile;
mod record;
mod recover;
mod report;
mod service;
mod spec;
mod terminate;

pub use self::build::BuildHandler;
pub use self::manager::ComputeManager;
pub use self::options::ComputeOptions;
pub use self::power::PowerHandler;
pub use self::rebuild::RebuildHandler;
pub use self::report::{HostReport, ReportError};
pub use self::service::{ComputeParts, Ready, SERVICE_VERSION, service};
pub use self::terminate::TerminateHandler;
