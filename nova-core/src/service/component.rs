//! The parts a managed service starts and stops.

use std::time::Duration;

use async_trait::async_trait;

use super::{Identity, Section};
use crate::{BoxError, Env};

/// A part of a [`ManagedService`](super::ManagedService): an RPC server, an operation worker, a listener.
///
/// The service calls `start` once, after `pre_start` and before `post_start`, component by component in the order they
/// were added; on the way down `drain` on all of them at the same time, then `stop` in reverse order. If starting a
/// later component fails, the earlier ones are stopped.
#[async_trait]
pub trait Component: Send + Sync + 'static {
    /// The name in logs and reports.
    fn name(&self) -> &str;

    /// Begins to take work. Background tasks belong to `env`.
    ///
    /// # Errors
    /// Why it cannot; the service does not start.
    async fn start(&self, env: &Env, me: &Identity) -> Result<(), BoxError>;

    /// Takes no new work and waits, at most `grace`, for the work in flight.
    async fn drain(&self, grace: Duration);

    /// Ends now: whatever is still in flight is given up. Follows `drain`; harmless without it, and twice.
    async fn stop(&self);

    /// Whether this part goes on while the others drain, because it serves what finishes *their* work (Nova's
    /// `compute-alt` topic). It is drained after them.
    fn drains_last(&self) -> bool {
        false
    }

    /// Re-reads what can change while running (SIGHUP).
    async fn reset(&self) {}

    /// What this part adds to a diagnostic report.
    fn report(&self) -> Option<Section> {
        None
    }
}
