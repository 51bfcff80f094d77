//! The steps of a build between two hosts, and at its bad end.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::context::ReadDeleted;
use nova_core::operation::{Flow, Queue, Running, StepError, StepHandler};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::{Placement, PlacementError};
use nova_objects::Objects;
use nova_objects_catalog::exception::{
    InstanceNotFound, MaxRetriesExceeded, UnexpectedDeletingTaskStateError,
};
use nova_objects_catalog::{Instance, TaskState, VmState};
use nova_objects_db::{Db, NovaDb, generations};
use nova_rpcapi::operations::{ABANDON, Build, COMPUTE, CONDUCTOR, GIVE_UP, RESCHEDULE, SPAWN};
use nova_rpcapi::recorder::{InstanceChange, InstanceRecorder};
use serde_json::json;

use crate::lease;
use crate::selection::{claim, host};

/// Moves builds on when a host failed.
pub struct BuildHandler {
    cell: Db,
    objects: Objects,
    placement: Arc<dyn Placement>,
    recorder: Arc<dyn InstanceRecorder>,
    max_attempts: usize,
}

impl BuildHandler {
    /// Builds in `db`, on at most `max_attempts` hosts each.
    pub fn new(
        db: &NovaDb,
        placement: Arc<dyn Placement>,
        recorder: Arc<dyn InstanceRecorder>,
        max_attempts: u32,
    ) -> Self {
        let max_attempts = max_attempts.try_into().unwrap_or(usize::MAX);
        let (cell, objects) = (db.cell1().clone(), Objects::local(db.registry()));
        Self { cell, objects, placement, recorder, max_attempts }
    }
}

#[async_trait]
impl StepHandler<Build> for BuildHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Build>) -> Result<Flow, StepError> {
        let cx = &cx.elevated();
        match step.name() {
            RESCHEDULE => self.reschedule(cx, step).await,
            GIVE_UP => self.give_up(cx, step).await,
            ABANDON => self.abandon(cx, step).await,
            other => {
                let message = format!("conductors do not {other} a machine");
                Err(StepError::Retry(nova_core::fault::NotImplemented { message }.into()))
            }
        }
    }
}

impl BuildHandler {
    /// Takes the next alternate that still has room, and that the instance's server group lets it have, in exchange for what
    /// the last host gave.
    async fn reschedule(&self, cx: &RequestContext, step: &mut Running<Build>) -> Result<Flow, StepError> {
        let Some(instance) = self.live(cx, step).await? else { return Ok(to_conductor(ABANDON)) };
        // Read while the step is ours: a successor's claim raises it, and then ours are refused.
        let held = self.placement.held_by(cx, step.args.instance).await.map_err(Fault::from)?;
        lease::check(&self.cell, cx, step.lease()).await?;
        let generation = held.map(|held| held.generation);
        while step.state.tried.len() < self.max_attempts && !step.state.alternates.is_empty() {
            let next = step.state.alternates.remove(0);
            let (host, wanted) = match (host(&next), claim(&next, &instance, generation, step.args.group)) {
                (Ok(host), Ok(wanted)) => (host.to_owned(), wanted),
                (Err(fault), _) | (_, Err(fault)) => {
                    tracing::error!(instance = step.target(), %fault, "an alternate that cannot be read is passed over");
                    continue;
                }
            };
            match self.placement.claim(cx, &wanted).await {
                Ok(_) => {
                    tracing::info!(instance = step.target(), host, "rescheduled");
                    step.state.generation = self.next_generation(step.target(), &host).await?;
                    step.state.tried.push(host.clone());
                    step.state.selection = Some(next);
                    return Ok(Flow::Goto { step: SPAWN, queue: Queue::on(COMPUTE, host) });
                }
                Err(
                    error @ (PlacementError::Failed(_)
                    | PlacementError::ConsumerChanged { .. }
                    | PlacementError::Retired(_)),
                ) => return Err(StepError::Retry(error.into())),
                Err(error) => {
                    tracing::info!(instance = step.target(), host, %error, "the alternate is taken")
                }
            }
        }
        Ok(to_conductor(GIVE_UP))
    }

    /// The authority of this build over a machine on `host`.
    async fn next_generation(&self, instance: &str, host: &str) -> Result<u64, Fault> {
        let work = (instance.to_owned(), host.to_owned());
        let taken = self.cell.write(move |tx| {
            let (instance, host) = work.clone();
            async move { generations::take_in(&tx, &instance, &host, 1).await }
        });
        Ok(taken.await?)
    }

    /// Ends in ERROR, saying why, with nothing held, for good: an instance without a host never gets one again.
    async fn give_up(&self, cx: &RequestContext, step: &mut Running<Build>) -> Result<Flow, StepError> {
        let Some(mut instance) = self.live(cx, step).await? else { return Ok(to_conductor(ABANDON)) };
        if !nova_core::mutant!("conductor: a build that is given up keeps what was held") {
            self.placement.retire(cx, step.args.instance).await.map_err(Fault::from)?;
        }
        let fault = self.final_fault(step);
        let found = instance.task_state.present().cloned();
        instance.vm_state.set(VmState::Error);
        instance.task_state.set(None);
        instance.host.set(None);
        instance.node.set(None);
        let change = InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: vec![found, None, TaskState::Scheduling.into()],
            generation: None,
            event: None,
            fault: Some(fault.data().clone()),
            end: Some(step.failed_end(fault)?),
        };
        match self.recorder.record(cx, change).await {
            Ok(_) => Ok(Flow::Recorded { next: None }),
            Err(fault) if is_deletion(&fault) => Ok(to_conductor(ABANDON)),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Holds nothing for an instance that is gone; waits for one that is going, because its deletion needs what is held
    /// until its machine is gone.
    async fn abandon(&self, cx: &RequestContext, step: &mut Running<Build>) -> Result<Flow, StepError> {
        let all = cx.with_read_deleted(ReadDeleted::Yes);
        let instance = match self.read(&all, step).await {
            Ok(instance) => instance,
            Err(fault) if fault.is::<InstanceNotFound>() => return self.leave(cx, step).await,
            Err(fault) => return Err(fault.into()),
        };
        if instance.deleted.value() == Some(&true) {
            return self.leave(cx, step).await;
        }
        if is_deleting(&instance) {
            return Err(StepError::Retry(still_deleting(step)));
        }
        Ok(to_conductor(GIVE_UP))
    }

    async fn leave(&self, cx: &RequestContext, step: &Running<Build>) -> Result<Flow, StepError> {
        self.placement.retire(cx, step.args.instance).await.map_err(Fault::from)?;
        Ok(Flow::Done)
    }

    /// Why the build ends: the last host's reason, or that there are no more hosts.
    fn final_fault(&self, step: &Running<Build>) -> Fault {
        let last = step.state.last_fault.clone().map(Fault::from_data);
        let no_host_would = step.state.tried.len() < self.max_attempts && !step.state.alternates.is_empty();
        match last {
            Some(fault) if no_host_would => fault,
            _ => {
                let reason = format!(
                    "Exhausted all hosts available for retrying build failures for instance {}.",
                    step.target()
                );
                MaxRetriesExceeded { reason }.into()
            }
        }
    }

    /// The instance, unless it is being deleted.
    async fn live(&self, cx: &RequestContext, step: &Running<Build>) -> Result<Option<Instance>, StepError> {
        match self.read(cx, step).await {
            Ok(instance) => Ok(Some(instance).filter(|instance| !is_deleting(instance))),
            Err(fault) if fault.is::<InstanceNotFound>() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn read(&self, cx: &RequestContext, step: &Running<Build>) -> Result<Instance, Fault> {
        Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&[]), None).await
    }
}

/// Not an error: the deletion is not through, and what it leaves is looked at again later.
fn still_deleting(step: &Running<Build>) -> Fault {
    let instance_uuid = step.target().to_owned();
    let (expected, actual) = (json!({"deleted": true}), json!({"task_state": TaskState::Deleting.as_str()}));
    UnexpectedDeletingTaskStateError { instance_uuid, expected, actual }.into()
}

fn to_conductor(step: &'static str) -> Flow {
    Flow::Goto { step, queue: Queue::any(CONDUCTOR) }
}

pub(crate) fn is_deleting(instance: &Instance) -> bool {
    instance.task_state.present().is_some_and(|state| state == TaskState::Deleting.as_str())
}

fn is_deletion(fault: &Fault) -> bool {
    fault.is::<InstanceNotFound>() || fault.is::<UnexpectedDeletingTaskStateError>()
}

impl std::fmt::Debug for BuildHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuildHandler").finish_non_exhaustive()
    }
}
