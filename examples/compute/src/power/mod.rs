//! The `act` step of a change of power.

mod order;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::operation::{Flow, Running, StepEnd, StepError, StepHandler};
use nova_core::sync::KeyedLocks;
use nova_core::{Fault, RequestContext};
use nova_objects::Objects;
use nova_objects_catalog::exception::InstanceNotFound;
use nova_objects_catalog::{Instance, PowerState, TaskState, VmState};
use nova_rpcapi::operations::{OnFailure, Power, Rule};
use nova_rpcapi::recorder::{EventChange, EventStage, InstanceChange, InstanceRecorder};
use nova_virt::Driver;

use self::order::{NoSuchPower, Told};
use crate::record;

/// How often a step is begun before the action fails: what kills its service must not do so for ever.
const ATTEMPTS: u32 = 10;

/// Starts, stops, reboots, pauses and suspends machines.
///
/// An action goes through three moments: its beginning is recorded, if it is still wanted; the driver is told; its end
/// is recorded together with the end of the operation. Each may be repeated. What a deletion or a hard reboot has taken
/// over is left to it: its task state refuses our records, its generation our orders.
pub struct PowerHandler {
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) objects: Objects,
    pub(crate) recorder: Arc<dyn InstanceRecorder>,
    pub(crate) locks: KeyedLocks,
    pub(crate) shutdown_timeout: Duration,
}

#[async_trait]
impl StepHandler<Power> for PowerHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Power>) -> Result<Flow, StepError> {
        let cx = &cx.elevated();
        let _lock = self.locks.lock(step.target()).await;
        let Some(instance) = self.begin(cx, step).await? else { return self.leave(cx, step).await };
        match self.tell(step, &instance).await? {
            Told::Done => self.succeed(cx, step, instance).await,
            Told::Failed(fault) => self.fail(cx, step, instance, fault).await,
            Told::Superseded(fault) => match self.begin(cx, step).await? {
                // Nobody took it over, and still the host takes orders from somebody else.
                Some(instance) => self.fail(cx, step, instance, fault).await,
                None => self.leave(cx, step).await,
            },
        }
    }
}

impl PowerHandler {
    /// Notes that the action begins; `None` if it is no longer what is being done with the instance.
    async fn begin(&self, cx: &RequestContext, step: &Running<Power>) -> Result<Option<Instance>, StepError> {
        let attrs = ["system_metadata".to_owned()];
        let found = Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&attrs), None).await;
        let mut instance = match found {
            Ok(instance) => instance,
            Err(fault) if fault.is::<InstanceNotFound>() => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        let noted = instance.system_metadata.clone();
        let at_work = rule(step).at_work();
        if instance.task_state.present().is_none_or(|task| task != at_work.as_str()) {
            instance.task_state.set(at_work);
        }
        let change = self.change(step, instance, EventStage::Start);
        match record::wanted(self.recorder.record(cx, change).await)? {
            Some(mut instance) => {
                instance.system_metadata = noted;
                Ok(Some(instance))
            }
            None => Ok(None),
        }
    }

    async fn succeed(
        &self,
        cx: &RequestContext,
        step: &Running<Power>,
        mut instance: Instance,
    ) -> Result<Flow, StepError> {
        let rule = rule(step);
        let seen = self.power_state(step).await.unwrap_or(rule.power_state);
        instance.vm_state.set(rule.vm_state);
        instance.power_state.set(seen);
        let end = step.end(&Flow::Done)?;
        self.end(cx, step, instance, EventStage::Success, None, end).await
    }

    /// Ends as Nova does: with a fault, with no task, and in the state that the rule says.
    async fn fail(
        &self,
        cx: &RequestContext,
        step: &Running<Power>,
        mut instance: Instance,
        fault: Fault,
    ) -> Result<Flow, StepError> {
        let seen = self.power_state(step).await;
        tracing::warn!(instance = step.target(), action = rule(step).name, %fault, ?seen, "a server's action failed");
        if let Some(seen) = seen {
            instance.power_state.set(seen);
        }
        if let Some(state) = after_failure(rule(step).on_failure, seen, &fault) {
            instance.vm_state.set(state);
        }
        let end = step.failed_end(fault.clone())?;
        self.end(cx, step, instance, EventStage::Error(fault.to_string()), Some(fault), end).await
    }

    /// Records the end of the action and of the operation, in one transaction.
    async fn end(
        &self,
        cx: &RequestContext,
        step: &Running<Power>,
        mut instance: Instance,
        event: EventStage,
        fault: Option<Fault>,
        end: StepEnd,
    ) -> Result<Flow, StepError> {
        instance.task_state.set(None);
        let change = self.change(step, instance, event);
        let change = InstanceChange { fault: fault.map(Fault::into_data), end: Some(end), ..change };
        match record::wanted(self.recorder.record(cx, change).await)? {
            Some(_) => Ok(Flow::Recorded { next: None }),
            None => self.leave(cx, step).await,
        }
    }

    /// Leaves the instance to whoever has taken it over.
    async fn leave(&self, cx: &RequestContext, step: &Running<Power>) -> Result<Flow, StepError> {
        tracing::info!(instance = step.target(), action = rule(step).name, "left to a later request");
        record::interrupted(cx, &self.objects, step.target(), rule(step).event).await?;
        Ok(Flow::Done)
    }

    fn change(&self, step: &Running<Power>, instance: Instance, what: EventStage) -> InstanceChange {
        let rule = rule(step);
        InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: rule.tasks().map(TaskState::into).collect(),
            event: Some(EventChange { name: rule.event.to_owned(), host: self.host.clone(), what }),
            fault: None,
            end: None,
        }
    }

    /// What the hypervisor says, if it can.
    async fn power_state(&self, step: &Running<Power>) -> Option<PowerState> {
        record::power_state(&*self.driver, step.args.instance).await
    }
}

fn rule(step: &Running<Power>) -> &'static Rule {
    step.args.action.rule()
}

/// The vm state of an instance whose action failed; `None` for what it was.
fn after_failure(on_failure: OnFailure, seen: Option<PowerState>, fault: &Fault) -> Option<VmState> {
    match on_failure {
        OnFailure::Keep => None,
        OnFailure::Error if fault.is::<NoSuchPower>() => None,
        OnFailure::Error => Some(VmState::Error),
        OnFailure::ErrorUnlessRunning if seen == Some(PowerState::Running) => Some(VmState::Active),
        OnFailure::ErrorUnlessRunning => Some(VmState::Error),
    }
}

impl std::fmt::Debug for PowerHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PowerHandler").field("host", &self.host).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reboot_that_failed_is_an_error_only_if_the_machine_does_not_run() {
        let (rule, fault) = (OnFailure::ErrorUnlessRunning, Fault::new("m", "C", "x"));
        assert_eq!(after_failure(rule, Some(PowerState::Running), &fault), Some(VmState::Active));
        assert_eq!(after_failure(rule, Some(PowerState::Shutdown), &fault), Some(VmState::Error));
        assert_eq!(after_failure(rule, None, &fault), Some(VmState::Error));
    }

    #[test]
    fn a_host_that_cannot_suspend_leaves_the_instance_as_it_is() {
        let unable = NoSuchPower { action: "suspend".to_owned() }.into();
        assert_eq!(after_failure(OnFailure::Error, Some(PowerState::Running), &unable), None);
        let broken = Fault::new("m", "C", "x");
        assert_eq!(after_failure(OnFailure::Error, Some(PowerState::Running), &broken), Some(VmState::Error));
        assert_eq!(after_failure(OnFailure::Keep, None, &broken), None);
    }
}
