//! What a launcher runs, and the service most people want: a manager with RPC, heartbeats and periodic tasks.
//!
//! [`Service`] is the small trait: start, stop, wait, reset, report. [`ManagedService`] implements it around a
//! [`Manager`]; REST services and anything else implement it too.
//!
//! # The life of a managed service
//! ```text
//! find the record ─► init_host(record?) ─► create the record or bump its version ─► pre_start(record)
//!   ─► components start (requests arrive) ─► post_start ─► join the group (now "up") ─► periodic tasks
//! ```
//! and back:
//! ```text
//! no new work ─► drain, heartbeats still going and marked as draining ─► stop what drains last
//!   ─► leave the group ─► cleanup_host
//! ```

mod builder;
mod component;
mod identity;
mod managed;
mod manager;
mod report;

use std::time::Duration;

use async_trait::async_trait;

pub use self::builder::{BuildError, ManagedServiceBuilder};
pub use self::component::Component;
pub use self::identity::Identity;
pub use self::managed::{ManagedService, StartError};
pub use self::manager::Manager;
pub use self::report::{Report, Section};

use crate::BoxError;

/// Something a [`Launcher`](crate::launcher::Launcher) runs.
///
/// The launcher calls `start` once, then `wait` and, from other tasks, `reset` and `report` at any time; `stop` at
/// most once at a time. After `stop` the value is not started again.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// The name in logs and reports: the binary for Nova's services.
    fn name(&self) -> &str;

    /// Brings the service up. When it returns, the service does its work.
    ///
    /// # Errors
    /// Why it cannot run. What was started so far has been stopped again.
    ///
    /// # Cancel safety
    /// Not cancel safe: call [`stop`](Self::stop) after giving up on it.
    async fn start(&self) -> Result<(), BoxError>;

    /// Takes no new work, finishes what is in flight within `grace`, and ends. Stopping twice is harmless.
    async fn stop(&self, grace: Duration);

    /// Waits until the service has ended, by `stop` or by itself.
    ///
    /// # Cancel safety
    /// Cancel safe.
    async fn wait(&self);

    /// Re-reads what can change while running (SIGHUP): negotiated versions, caches.
    async fn reset(&self) {}

    /// What goes into a diagnostic report.
    fn report(&self) -> Report {
        Report::new(self.name())
    }
}

#[cfg(test)]
mod tests;
