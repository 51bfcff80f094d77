//! The port to where operations are written down.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::definition::NewOperation;
use super::record::{Lease, OperationId, OperationRecord, Passed, Queue, Status};
use crate::fault::FaultData;
use crate::{Fault, RequestContext};

/// A value that cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("the {kind} operation cannot be written as JSON")]
pub struct EncodeError {
    kind: &'static str,
    source: serde_json::Error,
}

impl EncodeError {
    pub(super) fn check<T>(kind: &'static str, result: Result<T, serde_json::Error>) -> Result<T, Self> {
        result.map_err(|source| Self { kind, source })
    }
}

/// Why a store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The claim is not the current one: it ran out and another worker took the step, or the step has ended.
    #[error("the lease on {lease} is lost")]
    LeaseLost {
        /// The claim.
        lease: Lease,
    },
    /// The store cannot be reached, or failed. Whether the change was made is not known; repeating it is safe.
    #[error("the operation store failed")]
    Failed(#[source] Fault),
}

crate::faults! {
    module "nova_sdk.errors";
    /// [`StoreError::LeaseLost`] as it travels, and as it undoes a transaction.
    LeaseLost(409, "The lease on {lease} is lost.") { lease: String }
}

impl From<&Lease> for LeaseLost {
    fn from(lease: &Lease) -> Self {
        Self { lease: lease.to_string() }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost { lease } => LeaseLost::from(&lease).into(),
            StoreError::Failed(fault) => fault,
        }
    }
}

impl From<EncodeError> for Fault {
    fn from(error: EncodeError) -> Self {
        Self::internal("operations", &error)
    }
}

impl StoreError {
    /// What `fault` means for who holds `lease`.
    pub fn of(lease: &Lease, fault: Fault) -> Self {
        if fault.is::<LeaseLost>() { Self::LeaseLost { lease: lease.clone() } } else { Self::Failed(fault) }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// A worker's request for work, which also renews what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pull {
    /// The worker. Unique to a process, so that a restarted one does not pass for its predecessor.
    pub owner: String,
    /// The queues it serves.
    pub queues: Vec<Queue>,
    /// The kinds it knows, each up to a version. Operations of other kinds, or newer, are left to others.
    pub serves: BTreeMap<String, u32>,
    /// The claims it still works on.
    pub renew: Vec<Lease>,
    /// How many more steps it takes.
    pub max: usize,
    /// How many of them at most of a kind; of a kind that is not named here, up to `max`.
    #[serde(default)]
    pub places: BTreeMap<String, usize>,
    /// For how long, from now by the store's clock.
    pub lease: Duration,
}

/// The answer to a [`Pull`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pulled {
    /// The steps now held by the worker, oldest operation first.
    pub claimed: Vec<OperationRecord>,
    /// The claims of `renew` that are no longer its own.
    pub lost: Vec<Lease>,
}

/// How one attempt at a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StepEnd {
    /// The operation goes on, forward or back.
    Move(Box<Progress>),
    /// The operation has ended. Its secrets are wiped.
    Finish {
        /// [`Done`](Status::Done) or [`Failed`](Status::Failed).
        status: Status,
        /// What was learned.
        state: Value,
        /// Why it failed.
        fault: Option<FaultData>,
    },
    /// The same step again, not before `after` has passed by the store's clock.
    Retry {
        /// The pause.
        after: Duration,
        /// Why.
        fault: FaultData,
    },
}

/// The new position of an operation that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Forward ([`Open`](Status::Open)) or back ([`Compensating`](Status::Compensating)).
    pub status: Status,
    /// The step.
    pub step: String,
    /// Whose it is.
    pub queue: Queue,
    /// What was learned.
    pub state: Value,
    /// The steps passed and not undone.
    pub passed: Vec<Passed>,
    /// Why it goes back.
    pub fault: Option<FaultData>,
}

/// Which operations to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperationFilter {
    /// Only those about this target.
    pub target: Option<String>,
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those that have not ended.
    pub open: bool,
    /// At most so many; 0 means the store's own limit (1000).
    pub limit: usize,
}

impl Pull {
    /// Whether the worker knows operations of that kind and version.
    pub fn knows(&self, kind: &str, version: u32) -> bool {
        self.serves.get(kind).is_some_and(|newest| version <= *newest)
    }

    /// How many more steps of that kind the worker takes.
    pub fn places_for(&self, kind: &str) -> usize {
        self.places.get(kind).map_or(self.max, |places| self.max.min(*places))
    }
}

impl OperationFilter {
    /// Those about `target`.
    pub fn about(target: impl Into<String>) -> Self {
        Self { target: Some(target.into()), ..Self::default() }
    }

    /// Those that have not ended.
    pub fn open() -> Self {
        Self { open: true, ..Self::default() }
    }
}

/// Where operations are written down.
///
/// Workers call it at any time and from many tasks. Every method may be repeated after
/// [`StoreError::Failed`]: `submit` knows the id, `finish` the lease. Time is the store's own clock.
///
/// Adapters: [`MemoryStore`](super::MemoryStore); a database in `nova-objects-db`; a conductor over RPC.
#[async_trait]
pub trait OperationStore: Send + Sync + 'static {
    /// Writes down a new operation; if its id is there already, nothing changes.
    ///
    /// # Errors
    /// The store failed.
    async fn submit(&self, cx: &RequestContext, operation: NewOperation) -> Result<OperationId, StoreError>;

    /// Renews and claims, in one go.
    ///
    /// Claims are taken from operations that have not ended, whose queue is among `queues` and whose kind
    /// and version are among `serves`, whose pause is over and which nobody holds; each claim adds one to the attempts.
    /// No step is given to two workers. A kind that has no more `places` keeps the others from nothing.
    ///
    /// # Errors
    /// The store failed.
    async fn pull(&self, cx: &RequestContext, pull: &Pull) -> Result<Pulled, StoreError>;

    /// Records how an attempt ended and gives the lease back.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if the lease is not the current one; the store failed.
    async fn finish(&self, cx: &RequestContext, lease: &Lease, end: &StepEnd) -> Result<(), StoreError>;

    /// The operation, if it is there.
    ///
    /// # Errors
    /// The store failed.
    async fn get(&self, cx: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, StoreError>;

    /// The operations that pass `filter`, oldest first.
    ///
    /// # Errors
    /// The store failed.
    async fn list(
        &self,
        cx: &RequestContext,
        filter: &OperationFilter,
    ) -> Result<Vec<OperationRecord>, StoreError>;
}

/// Tells the services of a queue that there is work: the message that shortens the wait.
///
/// It promises nothing. A lost hint costs at most one poll interval.
#[async_trait]
pub trait Hinter: Send + Sync + 'static {
    /// Tells them, if it can.
    async fn hint(&self, cx: &RequestContext, queue: &Queue);
}

/// Tells nobody: everyone waits for the next poll.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHints;

#[async_trait]
impl Hinter for NoHints {
    async fn hint(&self, _: &RequestContext, _: &Queue) {}
}
