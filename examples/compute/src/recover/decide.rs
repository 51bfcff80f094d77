//! Nova's decisions about instances found busy when their host's compute starts.

use nova_core::Fault;
use nova_core::fault::InternalError;
use nova_objects_catalog::{PowerState, TaskState, VmState};
use nova_rpcapi::operations::PowerAction;
use nova_rpcapi::recovery::Decision;

/// What becomes of an instance in these states, whose machine is `power` (`None` if the hypervisor cannot say); `None`
/// if it is left as it is: it rests, or it moves between hosts, which no operation here does yet.
#[doc(alias = "_init_instance")]
pub(super) fn decide(
    vm_state: Option<VmState>,
    task: Option<TaskState>,
    power: Option<PowerState>,
) -> Option<Decision> {
    use TaskState as T;
    match (vm_state, task) {
        (Some(VmState::SoftDeleted), _) => None,
        (Some(VmState::Deleted), _) | (_, Some(T::Deleting)) => Some(Decision::Delete),
        (Some(VmState::Error), _) => None,
        (Some(VmState::Building), _)
        | (_, Some(T::Scheduling | T::BlockDeviceMapping | T::Networking | T::Spawning)) => {
            Some(fail("the host's service restarted while the instance was built"))
        }
        (
            Some(VmState::Active | VmState::Stopped),
            Some(T::Rebuilding | T::RebuildBlockDeviceMapping | T::RebuildSpawning),
        ) => Some(fail("the host's service restarted while the instance was rebuilt")),
        (
            _,
            Some(
                T::ImageSnapshot
                | T::ImageSnapshotPending
                | T::ImagePendingUpload
                | T::ImageUploading
                | T::ImageBackup
                | T::ResizePrep,
            ),
        ) => Some(Decision::Rest(None)),
        (vm_state, Some(task)) => of_power(vm_state, task, power),
        (_, None) => None,
    }
}

/// The tasks that the machine's state tells how far they came.
fn of_power(vm_state: Option<VmState>, task: TaskState, power: Option<PowerState>) -> Option<Decision> {
    use TaskState as T;
    let runs = power == Some(PowerState::Running);
    match task {
        T::PoweringOff => Some(Decision::Redo(PowerAction::Stop)),
        T::PoweringOn => Some(Decision::Redo(PowerAction::Start)),
        T::RebootPending if allows(PowerAction::SoftReboot, vm_state) => {
            Some(Decision::Redo(reboot(task, runs)))
        }
        T::RebootPendingHard if allows(PowerAction::HardReboot, vm_state) => {
            Some(Decision::Redo(PowerAction::HardReboot))
        }
        T::RebootStarted | T::RebootStartedHard if !runs => Some(Decision::Redo(reboot(task, runs))),
        T::RebootStarted | T::RebootStartedHard | T::Pausing | T::Unpausing if runs => {
            Some(Decision::Rest(Some(VmState::Active.as_str().to_owned())))
        }
        T::Unpausing if power == Some(PowerState::Paused) => Some(Decision::Redo(PowerAction::Unpause)),
        _ => None,
    }
}

fn allows(action: PowerAction, vm_state: Option<VmState>) -> bool {
    action.rule().allows_vm_state(vm_state)
}

/// A guest that does not run cannot be asked.
fn reboot(task: TaskState, runs: bool) -> PowerAction {
    match task {
        TaskState::RebootPending | TaskState::RebootStarted if runs => PowerAction::SoftReboot,
        _ => PowerAction::HardReboot,
    }
}

fn fail(why: &str) -> Decision {
    Decision::Fail(Fault::from(InternalError { message: why.to_owned() }).into_data())
}

#[cfg(test)]
mod tests {
    use super::*;
    use PowerState as P;
    use TaskState as T;
    use VmState as V;

    fn word(decision: Option<Decision>) -> String {
        match decision {
            None => "leave".to_owned(),
            Some(Decision::Fail(_)) => "error".to_owned(),
            Some(Decision::Rest(None)) => "clear".to_owned(),
            Some(Decision::Rest(Some(state))) => format!("clear, {state}"),
            Some(Decision::Redo(action)) => format!("redo {action:?}"),
            Some(Decision::Begin(action)) => format!("begin {action:?}"),
            Some(Decision::Delete) => "delete".to_owned(),
        }
    }

    #[test]
    fn instances_found_busy_are_decided_as_nova_decides_them() {
        let table = [
            (V::Active, None, P::Running, "leave"),
            (V::SoftDeleted, Some(T::Deleting), P::Shutdown, "leave"),
            (V::Error, None, P::NoState, "leave"),
            (V::Error, Some(T::PoweringOff), P::Running, "leave"),
            (V::Error, Some(T::Deleting), P::Running, "delete"),
            (V::Deleted, None, P::NoState, "delete"),
            (V::Active, Some(T::Deleting), P::Running, "delete"),
            (V::Building, None, P::NoState, "error"),
            (V::Building, Some(T::Spawning), P::Running, "error"),
            (V::Active, Some(T::Scheduling), P::Running, "error"),
            (V::Active, Some(T::Rebuilding), P::Running, "error"),
            (V::Stopped, Some(T::RebuildSpawning), P::NoState, "error"),
            (V::Active, Some(T::ImageUploading), P::Running, "clear"),
            (V::Active, Some(T::ResizePrep), P::Running, "clear"),
            (V::Active, Some(T::RebootPending), P::Running, "redo SoftReboot"),
            (V::Active, Some(T::RebootPending), P::Shutdown, "redo HardReboot"),
            (V::Stopped, Some(T::RebootPending), P::Shutdown, "leave"),
            (V::Stopped, Some(T::RebootPendingHard), P::Shutdown, "redo HardReboot"),
            (V::Active, Some(T::RebootStarted), P::Shutdown, "redo HardReboot"),
            (V::Active, Some(T::RebootStartedHard), P::Shutdown, "redo HardReboot"),
            (V::Active, Some(T::RebootStarted), P::Running, "clear, active"),
            (V::Stopped, Some(T::RebootStartedHard), P::Running, "clear, active"),
            (V::Active, Some(T::Pausing), P::Running, "clear, active"),
            (V::Active, Some(T::Pausing), P::Paused, "leave"),
            (V::Paused, Some(T::Unpausing), P::Running, "clear, active"),
            (V::Paused, Some(T::Unpausing), P::Paused, "redo Unpause"),
            (V::Active, Some(T::PoweringOff), P::Running, "redo Stop"),
            (V::Active, Some(T::PoweringOff), P::Shutdown, "redo Stop"),
            (V::Stopped, Some(T::PoweringOn), P::Shutdown, "redo Start"),
            (V::Active, Some(T::Migrating), P::Running, "leave"),
            (V::Active, Some(T::ResizeMigrating), P::Shutdown, "leave"),
        ];
        for (vm_state, task, power, expected) in table {
            let decision = decide(Some(vm_state), task, Some(power));
            assert_eq!(word(decision), expected, "{vm_state:?} {task:?} {power:?}");
        }
    }

    #[test]
    fn what_the_hypervisor_cannot_say_is_not_taken_for_running() {
        let decided = decide(Some(V::Active), Some(T::RebootStarted), None);
        assert_eq!(word(decided), "redo HardReboot");
        assert_eq!(word(decide(Some(V::Active), Some(T::Pausing), None)), "leave");
    }
}
