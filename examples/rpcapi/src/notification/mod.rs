//! What is told to the world about instances.
//!
//! Under Nova's names: `instance.create.start`, then `.end` or `.error`; the same of `delete`, `rebuild`, `power_on`,
//! `power_off`, `reboot`, `pause`, `unpause`, `suspend` and `resume`. A build that goes from host to host begins on each of them,
//! and fails on each that fails.
//!
//! A notification is an [operation](crate::operations::Notify), written in the transaction of what it tells; a conductor with
//! a sink sends it. So it is sent at least once, never before the commit, and those about one instance in their order.
//! Nothing is written where nobody listens.

mod payload;

use nova_core::notify::{Notification, Priority};
use nova_core::operation::{NewOperation, OperationId};
use nova_core::{Env, Fault, RequestContext};
use nova_objects_catalog::Instance;
use uuid::Uuid;

pub use self::payload::{FaultPayload, FlavorPayload, InstancePayload};

use crate::operations::{BUILD_EVENT, Notify, PowerAction, REBUILD_EVENT};
use crate::recorder::{EventChange, EventStage};

/// A moment in what is done with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "NotificationPhase")]
pub enum Phase {
    /// It begins.
    Start,
    /// It has ended well.
    End,
    /// It has failed.
    Error,
}

impl Phase {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Error => "error",
        }
    }
}

/// What is told when a compute records `event` of `instance`, in the course of the operation `parent`: nothing of events
/// that Nova tells nothing of. It has the same id each time: an event that is recorded again, by a successor or by a later step,
/// is not told again.
///
/// # Errors
/// It cannot be written as JSON.
pub fn of_event(
    env: &Env,
    cx: &RequestContext,
    parent: OperationId,
    event: &EventChange,
    instance: &Instance,
    fault: Option<&Fault>,
) -> Result<Option<NewOperation>, Fault> {
    let Some(action) = action_of(&event.name) else { return Ok(None) };
    let phase = match event.what {
        EventStage::Start => Phase::Start,
        EventStage::Success => Phase::End,
        EventStage::Error(_) => Phase::Error,
    };
    let publisher = format!("nova-compute:{}", event.host);
    let told = about(env, cx, &publisher, action, &[phase], instance, fault)?;
    let name = format!("{}/{}/{}", event.name, event.host, phase.as_str());
    Ok(Some(told.with_id(OperationId(Uuid::new_v5(&parent.0, name.as_bytes())))))
}

/// The operation that tells of `action`: `instance.ACTION.PHASE` for each of the phases, in their order.
///
/// # Errors
/// It cannot be written as JSON.
pub fn about(
    env: &Env,
    cx: &RequestContext,
    publisher: &str,
    action: &str,
    phases: &[Phase],
    instance: &Instance,
    fault: Option<&Fault>,
) -> Result<NewOperation, Fault> {
    let payload = InstancePayload::of(instance, fault);
    let target = format!("notify:{}", payload.uuid);
    let payload =
        serde_json::to_value(payload).map_err(|error| Fault::internal("writing a notification", &error))?;
    let told = phases.iter().map(|phase| {
        let event_type = format!("instance.{action}.{}", phase.as_str());
        let told = Notification::new(env, publisher, event_type, payload.clone());
        if *phase == Phase::Error { told.priority(Priority::Error) } else { told }
    });
    Ok(NewOperation::of::<Notify>(env, cx, target, &told.collect())?)
}

/// The action that an event of an instance's records belongs to, as notifications call it.
fn action_of(event: &str) -> Option<&'static str> {
    match event {
        BUILD_EVENT => Some("create"),
        REBUILD_EVENT => Some("rebuild"),
        other => {
            let mut rules = PowerAction::ALL.into_iter().map(PowerAction::rule);
            rules.find(|rule| rule.event == other).map(|rule| rule.notification)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_a_compute_records_is_told_under_novas_name() {
        let told =
            ["create", "rebuild", "power_on", "power_off", "reboot", "pause", "unpause", "suspend", "resume"];
        let powers = PowerAction::ALL.map(|action| action.rule().event);
        let actions =
            [BUILD_EVENT, REBUILD_EVENT].into_iter().chain(powers).map(|event| action_of(event).unwrap());
        assert!(actions.into_iter().all(|action| told.contains(&action)));
        assert_eq!(action_of(crate::operations::REBUILD_CHECK_EVENT), None);
    }

    #[test]
    fn what_failed_is_an_error_and_says_why() -> Result<(), Fault> {
        let env = Env::builder().seed(1).build();
        let mut instance = Instance::empty();
        instance.uuid.set(Uuid::from_u128(7));
        let parent = OperationId(Uuid::from_u128(1));
        let why = Fault::new("nova.exception", "NoValidHost", "none");
        let what = EventStage::Error("none".to_owned());
        let event = EventChange { name: BUILD_EVENT.to_owned(), host: "h".to_owned(), what };
        let told =
            of_event(&env, &RequestContext::admin(&env), parent, &event, &instance, Some(&why))?.unwrap();
        let again =
            of_event(&env, &RequestContext::admin(&env), parent, &event, &instance, Some(&why))?.unwrap();
        assert_eq!(told.id, again.id);
        assert_eq!(told.target, format!("notify:{}", Uuid::from_u128(7)));
        assert_eq!(told.args[0]["event_type"], "instance.create.error");
        assert_eq!(told.args[0]["publisher_id"], "nova-compute:h");
        assert_eq!(told.args[0]["priority"], "ERROR");
        assert_eq!(told.args[0]["payload"]["fault"]["exception"], "NoValidHost");
        Ok(())
    }
}
