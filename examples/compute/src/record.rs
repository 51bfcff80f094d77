//! Reading what became of a record, a machine or an event.

use nova_core::operation::StepError;
use nova_core::{Fault, RequestContext};
use nova_objects::Objects;
use nova_objects_catalog::exception::{
    InstanceActionEventNotFound, InstanceActionNotFound, InstanceNotFound, is_update_conflict,
};
use nova_objects_catalog::{Instance, InstanceActionEvent, PowerState};
use nova_virt::{Driver, DriverError};
use uuid::Uuid;

/// The record that was written; `None` if the instance is gone, or no longer doing what the change belongs to.
pub(crate) fn wanted(recorded: Result<Instance, Fault>) -> Result<Option<Instance>, StepError> {
    match recorded {
        Ok(instance) => Ok(Some(instance)),
        Err(fault) if fault.is::<InstanceNotFound>() || is_update_conflict(&fault) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// Ends the event `name` of what was asked of the instance, if it had begun: something else came first.
pub(crate) async fn interrupted(
    cx: &RequestContext,
    objects: &Objects,
    uuid: &str,
    name: &str,
) -> Result<(), StepError> {
    let why = Some("Interrupted by a later request.");
    let ended =
        InstanceActionEvent::event_finish_with_failure(cx, objects, uuid, name, why, None, Some(false)).await;
    match ended {
        Ok(_) => Ok(()),
        Err(fault) if fault.is::<InstanceActionEventNotFound>() || fault.is::<InstanceActionNotFound>() => {
            Ok(())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// What the hypervisor says of the machine; no state if there is none, nothing if it cannot say.
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
