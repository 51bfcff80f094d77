//! The rules by which an operation moves: pure functions from a step and its outcome to what is recorded.

use std::time::Duration;

use async_trait::async_trait;
use std::sync::Arc;

use super::definition::{Operation, Step};
use super::handler::{Flow, Running, StepError, StepHandler};
use super::record::{Lease, OperationRecord, Passed, Queue, Status};
use super::secrets::OperationKey;
use super::store::{EncodeError, Progress, StepEnd};
use crate::context::RequestContextBuilder;
use crate::fault::FaultData;
use crate::{Env, Fault, RequestContext};

/// 1 s before the second attempt, doubling, at most 10 s: what rests on it must rest within a minute.
pub(super) fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(10).clamp(1, 10))
}

/// The recorded form of `flow`.
pub(super) fn end_of<O: Operation>(step: &Running<O>, flow: &Flow) -> Result<StepEnd, EncodeError> {
    let state = EncodeError::check(O::KIND, serde_json::to_value(&step.state))?;
    let (name, queue) = match flow {
        Flow::Recorded { .. } | Flow::Done => {
            return Ok(StepEnd::Finish { status: Status::Done, state, fault: None });
        }
        Flow::Goto { step, queue } => (*step, queue.clone()),
        Flow::Next => match following::<O>(step.name()) {
            None => return Ok(StepEnd::Finish { status: Status::Done, state, fault: None }),
            Some(next) => (next.name, Queue::any(next.topic)),
        },
    };
    let passed = step.passed();
    let status = Status::Open;
    Ok(StepEnd::Move(Box::new(Progress { status, step: name.to_owned(), queue, state, passed, fault: None })))
}

fn definition<O: Operation>(name: &str) -> Option<&'static Step> {
    O::STEPS.iter().find(|step| step.name == name)
}

fn following<O: Operation>(name: &str) -> Option<&'static Step> {
    O::STEPS.iter().skip_while(|step| step.name != name).nth(1)
}

/// What is left to do after an attempt.
pub(super) enum Ended {
    /// Its end is to be recorded.
    Record(StepEnd),
    /// It is recorded; the services of the next step can be told.
    Recorded { next: Option<Queue> },
}

/// One attempt, typed operation hidden: what a worker keeps per kind.
#[async_trait]
pub(super) trait Attempt: Send + Sync {
    fn version(&self) -> u32;

    /// Runs the step.
    async fn attempt(&self, env: &Env, record: OperationRecord, lease: Lease) -> Ended;
}

pub(super) struct Typed<O: Operation> {
    pub(super) handler: Arc<dyn StepHandler<O>>,
    pub(super) key: Option<OperationKey>,
}

#[async_trait]
impl<O: Operation> Attempt for Typed<O> {
    fn version(&self) -> u32 {
        O::VERSION
    }

    async fn attempt(&self, env: &Env, record: OperationRecord, lease: Lease) -> Ended {
        let after = backoff(lease.attempt);
        let (cx, mut step) = match read::<O>(env, record, lease, self.key.clone()) {
            Ok(read) => read,
            Err(fault) => return Ended::Record(StepEnd::Retry { after, fault: fault.into_data() }),
        };
        match step.record.status {
            Status::Compensating => Ended::Record(self.undo(&cx, &mut step).await),
            _ => self.advance(&cx, &mut step).await,
        }
    }
}

impl<O: Operation> Typed<O> {
    async fn advance(&self, cx: &RequestContext, step: &mut Running<O>) -> Ended {
        if beyond_attempts(step) {
            // The earlier ones did not come back to say why: they died, or panicked.
            return Ended::Record(go_back::<O>(step, step.passed(), too_many_attempts(step)));
        }
        let ended = match self.handler.run(cx, step).await {
            Ok(Flow::Recorded { next }) => return Ended::Recorded { next },
            Ok(flow) => step.end(&flow).map_err(StepError::from),
            Err(error) => Err(error),
        };
        Ended::Record(match ended {
            Ok(end) => end,
            Err(StepError::Retry(fault)) if may_retry(step) => {
                StepEnd::Retry { after: step.backoff(), fault: fault.into_data() }
            }
            Err(StepError::Retry(fault) | StepError::Fail(fault)) => {
                go_back::<O>(step, step.passed(), fault.into_data())
            }
        })
    }

    async fn undo(&self, cx: &RequestContext, step: &mut Running<O>) -> StepEnd {
        match self.handler.compensate(cx, step).await {
            Err(fault) => StepEnd::Retry { after: step.backoff(), fault: fault.into_data() },
            Ok(()) => {
                let fault =
                    step.record.fault.clone().unwrap_or_else(|| Fault::from(unknown_cause()).into_data());
                go_back::<O>(step, step.record.passed.clone(), fault)
            }
        }
    }
}

fn unknown_cause() -> crate::fault::InternalError {
    crate::fault::InternalError { message: "the operation was undone without a recorded cause".to_owned() }
}

fn beyond_attempts<O: Operation>(step: &Running<O>) -> bool {
    definition::<O>(step.name()).is_some_and(|known| step.lease.attempt > known.max_attempts)
}

fn too_many_attempts<O: Operation>(step: &Running<O>) -> FaultData {
    let last = step.record.fault.clone();
    last.unwrap_or_else(|| {
        let message = format!(
            "the step {} of {} did not end in {} attempts",
            step.name(),
            O::KIND,
            step.lease.attempt - 1
        );
        Fault::from(crate::fault::InternalError { message }).into_data()
    })
}

fn may_retry<O: Operation>(step: &Running<O>) -> bool {
    definition::<O>(step.name()).is_some_and(|known| step.lease.attempt < known.max_attempts)
}

/// To the latest of the `passed` steps that has something to undo, or to the end.
fn go_back<O: Operation>(step: &Running<O>, passed: Vec<Passed>, fault: FaultData) -> StepEnd {
    let state = serde_json::to_value(&step.state).unwrap_or_else(|_| step.record.state.clone());
    match undoing::<O>(passed, &state, &fault) {
        Some(progress) => StepEnd::Move(Box::new(progress)),
        None => StepEnd::Finish { status: Status::Failed, state, fault: Some(fault) },
    }
}

/// The undoing of the latest of the `passed` steps that has something to undo.
fn undoing<O: Operation>(
    mut passed: Vec<Passed>,
    state: &serde_json::Value,
    fault: &FaultData,
) -> Option<Progress> {
    while let Some(last) = passed.pop() {
        if definition::<O>(&last.step).is_some_and(|known| known.compensates) {
            let (status, state, fault) = (Status::Compensating, state.clone(), Some(fault.clone()));
            return Some(Progress { status, step: last.step, queue: last.queue, state, passed, fault });
        }
    }
    None
}

impl OperationRecord {
    /// The way back from where it is, for somebody who calls the operation off because of `fault`: the step it is at is
    /// undone first. None if that step has no undoing: then nobody could say what calling it off leaves behind.
    ///
    /// A store that writes this down takes the step from whoever holds it.
    pub fn way_back<O: Operation>(&self, fault: &FaultData) -> Option<StepEnd> {
        definition::<O>(&self.step).filter(|step| step.compensates)?;
        let mut passed = self.passed.clone();
        passed.push(Passed { step: self.step.clone(), queue: self.queue.clone() });
        undoing::<O>(passed, &self.state, fault).map(|progress| StepEnd::Move(Box::new(progress)))
    }
}

/// The typed form of a record. What cannot be read now may be read by newer code: it is put off, not failed.
fn read<O: Operation>(
    env: &Env,
    record: OperationRecord,
    lease: Lease,
    key: Option<OperationKey>,
) -> Result<(RequestContext, Running<O>), Fault> {
    let parsed = (|| {
        let cx: RequestContextBuilder = serde_json::from_value(record.context.clone())?;
        let args = serde_json::from_value(record.args.clone())?;
        Ok::<_, serde_json::Error>((cx.build(env), args, serde_json::from_value(record.state.clone())?))
    })();
    match parsed {
        Ok((cx, args, state)) => Ok((cx, Running { args, state, record, lease, key })),
        Err(error) => {
            Err(Fault::internal(format_args!("reading the {} operation {}", O::KIND, record.id), &error))
        }
    }
}
