//! The steps of a rebuild on the host.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::fault::InternalError;
use nova_core::operation::{Flow, Queue, Running, StepError, StepHandler};
use nova_core::sync::KeyedLocks;
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::network::Network;
use nova_objects_catalog::{Instance, PowerState, TaskState, VmState};
use nova_rpcapi::operations::{COMPUTE, REBUILD_EVENT, REBUILD_TASKS, REMAKE, Rebuild, TEAR_DOWN};
use nova_rpcapi::recorder::EventStage;
use nova_virt::spec::Start;
use nova_virt::{Disks, Driver, DriverError, FailureClass, Generation, Order};

use crate::record::{Recording, Task};
use crate::spec::machine_spec;

/// How often a step is begun before the rebuild fails.
const ATTEMPTS: u32 = 10;

/// Makes machines anew.
///
/// Two steps, because each is done once: a repetition of the first would destroy what the second has made. They have an
/// authority each, so that a late order of the first is refused then.
pub struct RebuildHandler {
    pub(crate) env: Env,
    pub(crate) recording: Recording,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) locks: KeyedLocks,
}

/// How a step went that did not fail on the way.
enum Went {
    Done,
    Failed(Fault),
    Superseded(Fault),
}

#[async_trait]
impl StepHandler<Rebuild> for RebuildHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Rebuild>) -> Result<Flow, StepError> {
        let cx = &cx.elevated();
        let _lock = self.locks.lock(step.target()).await;
        let task = task(step);
        let Some(instance) = self.recording.begin(cx, step, &task).await? else {
            return self.recording.leave(cx, step, &task).await;
        };
        let went = match step.name() {
            _ if step.attempt() > ATTEMPTS => Went::Failed(too_many_attempts(step)),
            TEAR_DOWN => self.tear_down(step, &instance).await?,
            _ => self.remake(cx, step, &instance).await?,
        };
        match went {
            Went::Done if step.name() == TEAR_DOWN => {
                let queue = Queue::on(COMPUTE, self.recording.host());
                Ok(Flow::Goto { step: REMAKE, queue })
            }
            Went::Done => self.succeed(cx, step, &task, instance).await,
            Went::Failed(fault) => self.fail(cx, step, &task, instance, fault).await,
            Went::Superseded(fault) => match self.recording.begin(cx, step, &task).await? {
                Some(instance) => self.fail(cx, step, &task, instance, fault).await,
                None => self.recording.leave(cx, step, &task).await,
            },
        }
    }
}

impl RebuildHandler {
    async fn tear_down(&self, step: &Running<Rebuild>, instance: &Instance) -> Result<Went, StepError> {
        if let Err(fault) = machine_spec(instance, &step.args.node, &[]) {
            return Ok(Went::Failed(fault)); // there would be nothing to make in its place
        }
        let order = order(step, step.args.generation);
        let destroyed = self.driver.destroy(&order, step.args.instance, Disks::Remove).await;
        went(step, "destroying the old machine", destroyed)
    }

    async fn remake(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
        instance: &Instance,
    ) -> Result<Went, StepError> {
        let vifs = self.network.interfaces(cx, step.args.instance).await?;
        let mut spec = match machine_spec(instance, &step.args.node, &vifs) {
            Ok(spec) => spec,
            Err(fault) => return Ok(Went::Failed(fault)),
        };
        if step.args.stopped {
            spec.start = Start::Off;
        }
        let made = self.driver.spawn(&order(step, step.args.generation + 1), &spec).await;
        went(step, "making the new machine", made)
    }

    async fn succeed(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
        task: &Task,
        mut instance: Instance,
    ) -> Result<Flow, StepError> {
        let (vm_state, usual) = match step.args.stopped {
            true => (VmState::Stopped, PowerState::Shutdown),
            false => (VmState::Active, PowerState::Running),
        };
        let seen = crate::record::power_state(&*self.driver, step.args.instance).await;
        instance.vm_state.set(vm_state);
        instance.power_state.set(seen.unwrap_or(usual));
        instance.launched_at.set(Some(self.env.now()));
        let end = step.end(&Flow::Done)?;
        self.recording.end(cx, step, task, instance, EventStage::Success, None, end).await
    }

    /// Ends in error: the old machine may be gone, and the new one is not there.
    async fn fail(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
        task: &Task,
        mut instance: Instance,
        fault: Fault,
    ) -> Result<Flow, StepError> {
        tracing::warn!(instance = step.target(), %fault, step = step.name(), "a rebuild failed");
        if let Some(seen) = crate::record::power_state(&*self.driver, step.args.instance).await {
            instance.power_state.set(seen);
        }
        instance.vm_state.set(VmState::Error);
        let (event, end) = (EventStage::Error(fault.to_string()), step.failed_end(fault.clone())?);
        self.recording.end(cx, step, task, instance, event, Some(fault), end).await
    }
}

/// What the answer of the driver means. Both calls may be made again as long as nobody knows what came of them.
fn went(step: &Running<Rebuild>, what: &str, answer: Result<(), DriverError>) -> Result<Went, StepError> {
    let Err(error) = answer else { return Ok(Went::Done) };
    let fault = Fault::internal(what, &error);
    match error.class() {
        FailureClass::Superseded => Ok(Went::Superseded(fault)),
        FailureClass::Unknown if step.attempt() < ATTEMPTS => Err(StepError::Retry(fault)),
        FailureClass::Unknown | FailureClass::Reschedule | FailureClass::Abort | FailureClass::Deleted => {
            Ok(Went::Failed(fault))
        }
    }
}

fn too_many_attempts(step: &Running<Rebuild>) -> Fault {
    let message = format!("the step {} did not end in {ATTEMPTS} attempts", step.name());
    InternalError { message }.into()
}

fn order(step: &Running<Rebuild>, generation: u64) -> Order {
    Order::new(step.lease().operation.0, step.key(), Generation::new(generation))
}

fn task(step: &Running<Rebuild>) -> Task {
    let at_work = match step.name() {
        REMAKE => TaskState::RebuildSpawning,
        _ => TaskState::Rebuilding,
    };
    Task {
        event: REBUILD_EVENT,
        expected: REBUILD_TASKS.to_vec(),
        generation: step.args.generation + 1,
        at_work,
        attrs: &["flavor", "metadata", "system_metadata"],
    }
}

impl std::fmt::Debug for RebuildHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RebuildHandler").field("host", &self.recording.host()).finish_non_exhaustive()
    }
}
