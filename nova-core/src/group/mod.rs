//! Which services there are, and which of them are up.
//!
//! [`ServiceGroup`] is the port: records, heartbeats, membership. The one over versioned objects (the `services`
//! table, directly or through a conductor) is in `nova-objects-catalog`; [`MemoryGroup`] is for one process and for
//! tests. [`Liveness`] judges who is up.

mod liveness;
mod memory;

use async_trait::async_trait;

pub use self::liveness::{Liveness, LivenessOptions};
pub use self::memory::MemoryGroup;

use crate::service::Identity;
use crate::{Fault, RequestContext, Timestamp};

/// What is recorded about a service (a row of Nova's `services`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRecord {
    /// The record's id.
    pub uuid: String,
    /// Host, binary and topic.
    pub identity: Identity,
    /// Nova's `SERVICE_VERSION` of the running code: decides what peers may send it.
    pub version: i64,
    /// How many heartbeats were counted.
    pub report_count: i64,
    /// An operator took it out of scheduling.
    pub disabled: bool,
    /// An operator declared it dead; it counts as down whatever it reports.
    pub forced_down: bool,
    /// When the last heartbeat was recorded, by the recorder's wall clock.
    pub last_seen_up: Option<Timestamp>,
    /// When the record was made.
    pub created_at: Option<Timestamp>,
}

/// What a heartbeat says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Working, and taking new work.
    Serving,
    /// Finishing what is in flight; takes no new work.
    Draining,
}

/// The record of a service and its place among its peers.
///
/// A service calls `find`, `create_or_bump`, `join`, then `beat` every `report_interval`, and `leave` at its end, one
/// after the other. Every method may be repeated after an error. None of them creates anything before
/// `create_or_bump`.
#[async_trait]
pub trait ServiceGroup: Send + Sync + 'static {
    /// The record of `me`, if it has one.
    ///
    /// # Errors
    /// The records cannot be read now.
    async fn find(&self, cx: &RequestContext, me: &Identity) -> Result<Option<ServiceRecord>, Fault>;

    /// The record of `me` at `version`, created or brought to that version. Who loses the race to create it gets the
    /// winner's record.
    ///
    /// # Errors
    /// `ServiceTooOld` if the rest of the deployment is newer than `version`; or the records cannot be written now.
    async fn create_or_bump(
        &self,
        cx: &RequestContext,
        me: &Identity,
        version: i64,
    ) -> Result<ServiceRecord, Fault>;

    /// Begins to count as a member. The first heartbeat.
    ///
    /// # Errors
    /// The records cannot be written now, or the record is gone.
    async fn join(&self, cx: &RequestContext, me: &Identity) -> Result<(), Fault> {
        self.beat(cx, me, Beat::Serving).await
    }

    /// Counts one heartbeat.
    ///
    /// # Errors
    /// The records cannot be written now, or the record is gone.
    #[doc(alias = "report_state")]
    async fn beat(&self, cx: &RequestContext, me: &Identity, beat: Beat) -> Result<(), Fault>;

    /// Ceases to be a member. The record stays.
    ///
    /// # Errors
    /// The records cannot be written now.
    async fn leave(&self, cx: &RequestContext, me: &Identity) -> Result<(), Fault> {
        let _ = (cx, me);
        Ok(())
    }

    /// The records of every service on `topic`, ordered by host.
    ///
    /// # Errors
    /// The records cannot be read now.
    async fn members(&self, cx: &RequestContext, topic: &str) -> Result<Vec<ServiceRecord>, Fault>;
}
