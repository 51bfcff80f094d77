//! What a service does for the steps addressed to it.

use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::definition::Operation;
use super::record::{Lease, OperationRecord, Passed, Queue, Status};
use super::secrets::{OpenError, OperationKey, Sealed};
use super::store::StepEnd;
use super::{engine, store::EncodeError};
use crate::{Fault, RequestContext};

/// Does and undoes steps of `O`.
///
/// The worker calls it with a lease in hand and many steps at a time. **Both methods must be idempotent**: they are
/// called again after a crash, a lost lease, an error. Losing the lease drops the future at its next await.
///
/// `cx` is the context the operation was submitted with, without token and without deadline.
#[async_trait]
pub trait StepHandler<O: Operation>: Send + Sync + 'static {
    /// Does the step [`step.name()`](Running::name), and says how the operation goes on.
    ///
    /// # Errors
    /// [`StepError::Retry`] (what `?` makes of a [`Fault`]) tries again later; [`StepError::Fail`] begins to undo.
    async fn run(&self, cx: &RequestContext, step: &mut Running<O>) -> Result<Flow, StepError>;

    /// Undoes the step, of which any part may have happened. Called for steps that are
    /// [`compensated`](super::Step::compensated), the failed one first, then back through those before it.
    ///
    /// # Errors
    /// Tried again later, for ever: an undoing that is given up would leave something behind.
    async fn compensate(&self, cx: &RequestContext, step: &mut Running<O>) -> Result<(), Fault> {
        let _ = (cx, step);
        Ok(())
    }
}

/// How an operation goes on after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// With the step that follows in the definition, on its topic; after the last one the operation is done.
    Next,
    /// With a step of the handler's choice.
    Goto {
        /// The step, one of [`Operation::STEPS`].
        step: &'static str,
        /// Whose it is.
        queue: Queue,
    },
    /// It is done.
    Done,
    /// The handler has recorded the end itself, in the transaction of its own change ([`Running::end`]).
    Recorded {
        /// Whose the next step is, so that they can be told; none if the operation has ended.
        next: Option<Queue>,
    },
}

/// Why a step did not get done.
#[derive(Debug, Clone, PartialEq)]
pub enum StepError {
    /// It may work later. After the step's last attempt it counts as [`Fail`](Self::Fail).
    Retry(Fault),
    /// It will not work: undo and end.
    Fail(Fault),
}

impl From<EncodeError> for StepError {
    fn from(error: EncodeError) -> Self {
        Self::Fail(Fault::internal("recording the end of a step", &error))
    }
}

impl From<Fault> for StepError {
    fn from(fault: Fault) -> Self {
        Self::Retry(fault)
    }
}

/// A step in the hands of its handler.
#[derive(Debug)]
pub struct Running<O: Operation> {
    /// The arguments of the operation.
    pub args: O::Args,
    /// What the steps learned so far; what is changed here is saved when the operation moves.
    pub state: O::State,
    pub(super) record: OperationRecord,
    pub(super) lease: Lease,
    pub(super) key: Option<OperationKey>,
}

impl<O: Operation> Running<O> {
    /// The step.
    pub fn name(&self) -> &str {
        &self.record.step
    }

    /// What the operation is about.
    pub fn target(&self) -> &str {
        &self.record.target
    }

    /// The attempt at this position, from 1.
    pub fn attempt(&self) -> u32 {
        self.lease.attempt
    }

    /// The claim, for a handler that records the end itself.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// A name for this position that is the same in every attempt: what makes an effect recognisable as a repetition.
    pub fn key(&self) -> String {
        format!("{}/{}", self.record.id, self.record.ordinal)
    }

    /// Why the operation is being undone.
    pub fn fault(&self) -> Option<Fault> {
        self.record.fault.clone().map(Fault::from_data)
    }

    /// How long to wait before the next attempt at this position: 1 s, doubling, at most 10 s.
    pub fn backoff(&self) -> Duration {
        engine::backoff(self.lease.attempt)
    }

    /// The secret arguments.
    ///
    /// # Errors
    /// There are none, the worker has no key, or the key is another one.
    pub fn secrets<T: DeserializeOwned>(&self) -> Result<T, OpenError> {
        let sealed = self.record.secrets.as_ref().ok_or(OpenError::None)?;
        self.key.as_ref().ok_or(OpenError::NoKey)?.open(self.record.id, sealed)
    }

    /// The secret arguments as they are stored, to be handed on to another operation record with the same id.
    pub fn sealed(&self) -> Option<&Sealed> {
        self.record.secrets.as_ref()
    }

    /// The end of this attempt as a store records it: for a handler that puts it into its own transaction and then
    /// answers [`Flow::Recorded`]. (The end of `Recorded` itself is [`Flow::Done`]'s.)
    ///
    /// # Errors
    /// The state cannot be written as JSON.
    ///
    /// # Example
    /// ```
    /// # use nova_core::operation::{Flow, Operation, Queue, Running, StepError};
    /// # async fn save_with<E>(_: E) -> Result<(), nova_core::Fault> { Ok(()) }
    /// # async fn handler<O: Operation>(step: &Running<O>) -> Result<Flow, StepError> {
    /// let next = Queue::any("conductor");
    /// let end = step.end(&Flow::Goto { step: "reschedule", queue: next.clone() })?;
    /// save_with(end).await?; // one transaction: the change, and that the step is over
    /// Ok(Flow::Recorded { next: Some(next) })
    /// # }
    /// ```
    pub fn end(&self, flow: &Flow) -> Result<StepEnd, EncodeError> {
        engine::end_of::<O>(self, flow)
    }

    /// The end of this attempt as a failure for good with `fault`, the steps behind it left as they are.
    ///
    /// # Errors
    /// The state cannot be written as JSON.
    pub fn failed_end(&self, fault: Fault) -> Result<StepEnd, EncodeError> {
        let state = EncodeError::check(O::KIND, serde_json::to_value(&self.state))?;
        Ok(StepEnd::Finish { status: Status::Failed, state, fault: Some(fault.into_data()) })
    }

    /// The steps behind this one, this one included.
    pub(super) fn passed(&self) -> Vec<Passed> {
        let mut passed = self.record.passed.clone();
        passed.push(Passed { step: self.record.step.clone(), queue: self.record.queue.clone() });
        passed
    }
}
