//! What is recorded about an action on an instance, from its beginning to its end.

use std::sync::Arc;

use nova_core::operation::{Flow, Operation, Running, StepEnd, StepError};
use nova_core::{Fault, RequestContext};
use nova_objects::Objects;
use nova_objects_catalog::exception::{
    InstanceActionEventNotFound, InstanceActionNotFound, InstanceNotFound, is_update_conflict,
};
use nova_objects_catalog::{Instance, InstanceActionEvent, PowerState, TaskState};
use nova_rpcapi::recorder::{EventChange, EventStage, InstanceChange, InstanceRecorder};
use nova_virt::{Driver, DriverError};
use uuid::Uuid;

/// Records actions of one host: their beginning, if they are still wanted, and their end.
///
/// An action is wanted as long as the instance's task state says so, and nobody has taken a later generation of its
/// machine. A deletion changes the one, a hard reboot both, or the other alone if it interrupts another; then nothing is
/// written any more but that the event was interrupted.
#[derive(Clone)]
pub(crate) struct Recording {
    host: String,
    objects: Objects,
    recorder: Arc<dyn InstanceRecorder>,
}

/// How an action is recognised in the record.
pub(crate) struct Task {
    /// The event in the instance's action.
    pub(crate) event: &'static str,
    /// The task states that say that it is going on.
    pub(crate) expected: Vec<TaskState>,
    /// The last generation of the machine that the operation has.
    pub(crate) generation: u64,
    /// The one of them while it is being done.
    pub(crate) at_work: TaskState,
    /// What is to be loaded besides the record's own columns.
    pub(crate) attrs: &'static [&'static str],
}

impl Recording {
    pub(crate) fn new(host: &str, objects: &Objects, recorder: &Arc<dyn InstanceRecorder>) -> Self {
        Self { host: host.to_owned(), objects: objects.clone(), recorder: Arc::clone(recorder) }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Notes that the action begins, once, and gives the instance; `None` if it is no longer wanted.
    pub(crate) async fn begin<O: Operation>(
        &self,
        cx: &RequestContext,
        step: &Running<O>,
        task: &Task,
    ) -> Result<Option<Instance>, StepError> {
        let attrs: Vec<_> = task.attrs.iter().map(|name| (*name).to_owned()).collect();
        let found = Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&attrs), None).await;
        let Some(mut instance) = wanted(found)? else { return Ok(None) };
        if instance.task_state.present().is_none_or(|state| state != task.at_work.as_str()) {
            instance.task_state.set(task.at_work);
        }
        let loaded = instance.clone();
        let begun = self.recorder.record(cx, self.change(step, task, instance, EventStage::Start)).await;
        Ok(wanted(begun)?.map(|saved| with_loaded(saved, loaded)))
    }

    /// Notes the end of the action, the fault and the end of the operation, in one transaction.
    #[expect(clippy::too_many_arguments, reason = "the parts of one transaction")]
    pub(crate) async fn end<O: Operation>(
        &self,
        cx: &RequestContext,
        step: &Running<O>,
        task: &Task,
        mut instance: Instance,
        event: EventStage,
        fault: Option<Fault>,
        end: StepEnd,
    ) -> Result<Flow, StepError> {
        instance.task_state.set(None);
        let change = self.change(step, task, instance, event);
        let change = InstanceChange { fault: fault.map(Fault::into_data), end: Some(end), ..change };
        match wanted(self.recorder.record(cx, change).await)? {
            Some(_) => Ok(Flow::Recorded { next: None }),
            None => self.leave(cx, step, task).await,
        }
    }

    /// Leaves the instance to whoever has taken it over. If the event had begun it ends.
    pub(crate) async fn leave<O: Operation>(
        &self,
        cx: &RequestContext,
        step: &Running<O>,
        task: &Task,
    ) -> Result<Flow, StepError> {
        tracing::info!(instance = step.target(), event = task.event, "left to a later request");
        let (uuid, why) = (step.target(), Some("Interrupted by a later request."));
        let (objects, name) = (&self.objects, task.event);
        let ended =
            InstanceActionEvent::event_finish_with_failure(cx, objects, uuid, name, why, None, Some(false));
        match ended.await {
            Ok(_) => Ok(Flow::Done),
            Err(fault)
                if fault.is::<InstanceActionEventNotFound>() || fault.is::<InstanceActionNotFound>() =>
            {
                Ok(Flow::Done)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    fn change<O: Operation>(
        &self,
        step: &Running<O>,
        task: &Task,
        instance: Instance,
        what: EventStage,
    ) -> InstanceChange {
        InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: task.expected.iter().copied().map(TaskState::into).collect(),
            generation: Some(task.generation),
            event: Some(EventChange { name: task.event.to_owned(), host: self.host.clone(), what }),
            fault: None,
            end: None,
        }
    }
}

/// The record; `None` if the instance is gone, or no longer doing what the change belongs to.
fn wanted(found: Result<Instance, Fault>) -> Result<Option<Instance>, StepError> {
    match found {
        Ok(instance) => Ok(Some(instance)),
        Err(fault) if fault.is::<InstanceNotFound>() || is_update_conflict(&fault) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// What a save answers holds the saved columns; what was loaded besides is as it was.
pub(crate) fn with_loaded(mut saved: Instance, loaded: Instance) -> Instance {
    if !saved.flavor.is_set() {
        saved.flavor = loaded.flavor;
    }
    if !saved.metadata.is_set() {
        saved.metadata = loaded.metadata;
    }
    if !saved.system_metadata.is_set() {
        saved.system_metadata = loaded.system_metadata;
    }
    saved
}

/// What the hypervisor says of the machine: no state if there is none, nothing if it cannot say.
pub(crate) async fn power_state(driver: &dyn Driver, uuid: Uuid) -> Option<PowerState> {
    match driver.info(uuid).await {
        Ok(info) => PowerState::from_code(info.state.code().into()),
        Err(DriverError::NotFound { .. }) => Some(PowerState::NoState),
        Err(error) => {
            tracing::warn!(%uuid, %error, "the hypervisor does not say how a machine is");
            None
        }
    }
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording").field("host", &self.host).finish_non_exhaustive()
    }
}
