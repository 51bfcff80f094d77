//! Services, managers, contexts, faults, configuration, periodic tasks and durable operations: what every
//! Nova-style service needs before it talks to anyone.
//!
//! The crate knows no wire, no object and no database. It defines *ports* ([`ServiceGroup`](group::ServiceGroup),
//! [`OperationStore`](operation::OperationStore), [`Component`](service::Component),
//! [`NotificationSink`](notify::NotificationSink)) which the crates above implement.

pub mod config;
pub mod context;
pub mod env;
pub mod fault;
pub mod group;
pub mod launcher;
pub mod mutant;
pub mod notify;
pub mod operation;
pub mod periodic;
pub mod service;
pub mod sync;
pub mod time;

pub use context::RequestContext;
pub use env::Env;
pub use fault::Fault;
pub use time::Timestamp;

/// What a trait object reports when it cannot go on: any error that can be logged and sent between tasks.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

#[doc(hidden)]
pub mod __private {
    pub use serde_json;
}
