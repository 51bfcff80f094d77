//! The `act` step of a change of power.

mod order;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::operation::{Flow, Running, StepError, StepHandler};
use nova_core::sync::KeyedLocks;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::{Instance, PowerState, VmState};
use nova_rpcapi::operations::{OnFailure, Power, Rule};
use nova_rpcapi::recorder::EventStage;
use nova_virt::Driver;

use self::order::{NoSuchPower, Told};
use crate::record::{self, Recording, Task};

/// How often a step is begun before the action fails: what kills its service must not do so for ever.
const ATTEMPTS: u32 = 10;

/// Starts, stops, reboots, pauses and suspends machines.
///
/// An action goes through three moments: its beginning is recorded, if it is still wanted; the driver is told; its end
/// is recorded together with the end of the operation. Each may be repeated. What a deletion or a hard reboot has taken
/// over is left to it: its task state refuses our records, its generation our orders.
pub struct PowerHandler {
    pub(crate) recording: Recording,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) locks: KeyedLocks,
    pub(crate) shutdown_timeout: Duration,
}

#[async_trait]
impl StepHandler<Power> for PowerHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Power>) -> Result<Flow, StepError> {
        let cx = &cx.elevated();
        let _lock = self.locks.lock(step.target()).await;
        let task = task(step);
        let Some(instance) = self.recording.begin(cx, step, &task).await? else {
            return self.recording.leave(cx, step, &task).await;
        };
        match self.tell(step, &instance).await? {
            Told::Done => self.succeed(cx, step, &task, instance).await,
            Told::Failed(fault) => self.fail(cx, step, &task, instance, fault).await,
            Told::Superseded(fault) => match self.recording.begin(cx, step, &task).await? {
                // Nobody took it over, and still the host takes orders from somebody else.
                Some(instance) => self.fail(cx, step, &task, instance, fault).await,
                None => self.recording.leave(cx, step, &task).await,
            },
        }
    }
}

impl PowerHandler {
    async fn succeed(
        &self,
        cx: &RequestContext,
        step: &Running<Power>,
        task: &Task,
        mut instance: Instance,
    ) -> Result<Flow, StepError> {
        let rule = rule(step);
        instance.vm_state.set(rule.vm_state);
        instance.power_state.set(self.power_state(step).await.unwrap_or(rule.power_state));
        let end = step.end(&Flow::Done)?;
        self.recording.end(cx, step, task, instance, EventStage::Success, None, end).await
    }

    /// Ends as Nova does: with a fault, with no task, and in the state that the rule says.
    async fn fail(
        &self,
        cx: &RequestContext,
        step: &Running<Power>,
        task: &Task,
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
        let (event, end) = (EventStage::Error(fault.to_string()), step.failed_end(fault.clone())?);
        self.recording.end(cx, step, task, instance, event, Some(fault), end).await
    }

    /// What the hypervisor says, if it can.
    async fn power_state(&self, step: &Running<Power>) -> Option<PowerState> {
        record::power_state(&*self.driver, step.args.instance).await
    }
}

fn rule(step: &Running<Power>) -> &'static Rule {
    step.args.action.rule()
}

fn task(step: &Running<Power>) -> Task {
    let (rule, generation) = (rule(step), step.args.generation);
    let (expected, at_work) = (rule.tasks().collect(), rule.at_work());
    Task { event: rule.event, expected, generation, at_work, attrs: &["system_metadata"] }
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
        f.debug_struct("PowerHandler").field("host", &self.recording.host()).finish_non_exhaustive()
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
