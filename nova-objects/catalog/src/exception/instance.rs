//! Instances, their states, actions and caches.

use nova_core::Fault;
use serde_json::Value;

nova_core::faults! {
    module "nova.exception";
    /// The instance is not there, or not this caller's to see.
    InstanceNotFound(404, safe, "Instance {instance_id} could not be found.") { instance_id: String }
    /// An instance with that uuid is there already.
    InstanceExists(500, "Instance {name} already exists.") { name: String }
    /// The instance has no record of its network.
    InstanceInfoCacheNotFound(404, safe, "Info cache for instance {instance_uuid} could not be found.")
        { instance_uuid: String }
    /// The instance is in a state the request does not go with.
    InstanceInvalidState(400, safe,
        "Instance {instance_uuid} in {attr} {state}. Cannot {method} while the instance is in this state.")
        { instance_uuid: String, attr: String, state: String, method: String }
    /// An administrator or its owner locked the instance.
    InstanceIsLocked(400, safe, "Instance {instance_uuid} is locked") { instance_uuid: String }
    /// The instance has no host yet.
    InstanceNotReady(400, safe, "Instance {instance_id} is not ready") { instance_id: String }
    /// Nothing was asked of the instance under that request id.
    InstanceActionNotFound(500, "Action for request_id {request_id} on instance {instance_uuid} not found")
        { request_id: String, instance_uuid: String }
    /// The action has no step of that name that is still open.
    InstanceActionEventNotFound(500, "Event {event} not found for action id {action_id}")
        { event: String, action_id: Value }
    /// A compare-and-swap save found other values; `expected` and `actual` say which, by field.
    InstanceUpdateConflict(500, "Conflict updating instance {instance_uuid}. Expected: {expected}. Actual: {actual}")
        { instance_uuid: String, expected: Value, actual: Value }
    /// A compare-and-swap save found other values, which were gone again when it looked.
    UnknownInstanceUpdateConflict(500,
        "Conflict updating instance {instance_uuid}, but we were unable to determine the cause")
        { instance_uuid: String }
    /// A save expected another task state.
    UnexpectedTaskStateError(500,
        "Conflict updating instance {instance_uuid}. Expected: {expected}. Actual: {actual}")
        { instance_uuid: String, expected: Value, actual: Value }
    /// A save expected another task state, and the instance is being deleted.
    UnexpectedDeletingTaskStateError(500,
        "Conflict updating instance {instance_uuid}. Expected: {expected}. Actual: {actual}")
        { instance_uuid: String, expected: Value, actual: Value }
    /// A save expected another vm state.
    UnexpectedVMStateError(500,
        "Conflict updating instance {instance_uuid}. Expected: {expected}. Actual: {actual}")
        { instance_uuid: String, expected: Value, actual: Value }
}

/// Whether a save was refused because the record is not as expected: Nova's family of `InstanceUpdateConflict`.
///
/// # Example
/// ```
/// use nova_objects_catalog::exception::{UnexpectedDeletingTaskStateError, is_update_conflict};
/// use serde_json::json;
///
/// let preempted = UnexpectedDeletingTaskStateError {
///     instance_uuid: "7f".into(),
///     expected: json!({"task_state": ["spawning"]}),
///     actual: json!({"task_state": "deleting"}),
/// };
/// assert!(is_update_conflict(&preempted.into()));
/// ```
pub fn is_update_conflict(fault: &Fault) -> bool {
    fault.is::<InstanceUpdateConflict>()
        || fault.is::<UnknownInstanceUpdateConflict>()
        || fault.is::<UnexpectedTaskStateError>()
        || fault.is::<UnexpectedDeletingTaskStateError>()
        || fault.is::<UnexpectedVMStateError>()
}
