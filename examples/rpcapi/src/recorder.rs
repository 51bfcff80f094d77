//! What compute writes about an instance it works on, in as few transactions as it can be written.

use async_trait::async_trait;
use nova_core::fault::FaultData;
use nova_core::operation::{Lease, StepEnd};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use serde::{Deserialize, Serialize};

/// A change of an instance with everything that must happen with it or not at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InstanceChange {
    /// The step in whose course it is made. Nothing is written unless it is still the caller's.
    pub lease: Lease,
    /// The instance with its changes.
    pub instance: Instance,
    /// The task states, one of which the stored instance must have (`None` among them means no task).
    pub expected_task_state: Vec<Option<String>>,
    /// The last generation of the machine that the step has. Nothing is written if a later change of the machine was
    /// accepted: two changes of one kind are not told apart by a task state. Conductors before it was there look at the
    /// task state alone.
    #[serde(default)]
    pub generation: Option<u64>,
    /// The event of the instance's action that begins or ends with it.
    #[serde(default)]
    pub event: Option<EventChange>,
    /// The fault to be recorded with the instance.
    #[serde(default)]
    pub fault: Option<FaultData>,
    /// The end of the step, if this is it.
    #[serde(default)]
    pub end: Option<StepEnd>,
}

/// A beginning or an end of an event of an instance's action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventChange {
    /// The event, for example `compute__do_build_and_run_instance`.
    pub name: String,
    /// The host it is on.
    pub host: String,
    /// What happened.
    pub what: EventStage,
}

/// A stage of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventStage {
    /// It began. If it had begun already, in an earlier attempt, nothing is added.
    Start,
    /// It ended well.
    Success,
    /// It ended badly; the text is for administrators.
    Error(String),
}

/// Saves an instance together with what belongs to it.
///
/// Each call is one transaction. It may be repeated after an error that leaves the outcome open; a repetition of one
/// that ended the step answers [`LeaseLost`](nova_core::operation::LeaseLost).
#[async_trait]
pub trait InstanceRecorder: Send + Sync + 'static {
    /// Makes the change and gives the instance as it is now.
    ///
    /// # Errors
    /// [`LeaseLost`](nova_core::operation::LeaseLost); `InstanceNotFound`; `UnexpectedDeletingTaskStateError` or `UnexpectedTaskStateError` if the
    /// stored instance is in another task state, or a later change of its machine was accepted; another fault if the store cannot be reached.
    async fn record(&self, cx: &RequestContext, change: InstanceChange) -> Result<Instance, Fault>;
}
