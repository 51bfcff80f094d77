//! The table of the actions: from which states, under which names, to which state.

use nova_objects_catalog::{PowerState, TaskState, VmState};

use super::PowerAction;

/// What Nova says about one action.
///
/// # Example
/// ```
/// use nova_objects_catalog::{TaskState, VmState};
/// use nova_rpcapi::operations::PowerAction;
///
/// let stop = PowerAction::Stop.rule();
/// assert_eq!((stop.name, stop.task, stop.vm_state), ("stop", TaskState::PoweringOff, VmState::Stopped));
/// assert!(stop.allows_vm_state(Some(VmState::Active)) && !stop.allows_vm_state(Some(VmState::Paused)));
/// assert!(stop.allows_task_state(None) && !stop.allows_task_state(Some(TaskState::Rebuilding)));
/// ```
#[derive(Debug)]
pub struct Rule {
    /// The action's name in the instance's records, and in refusals.
    pub name: &'static str,
    /// The name of what compute does in the instance's records.
    pub event: &'static str,
    /// Its name in notifications: `instance.NAME.start`, `.end`, `.error`.
    pub notification: &'static str,
    /// The vm states it is accepted in.
    pub vm_states: &'static [VmState],
    /// The task states it is accepted in; `None` is no task.
    pub task_states: &'static [Option<TaskState>],
    /// The task state from its acceptance on.
    pub task: TaskState,
    /// Further task states it may be found in: those that Nova's compute goes through.
    pub later: &'static [TaskState],
    /// The vm state it ends in.
    pub vm_state: VmState,
    /// The machine's power state then.
    pub power_state: PowerState,
    /// What becomes of the instance when the driver fails.
    pub on_failure: OnFailure,
}

/// What becomes of an instance whose action failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It is what it was.
    Keep,
    /// It is in error; what it was if the driver has no such power.
    Error,
    /// It is active if its machine runs, in error otherwise.
    ErrorUnlessRunning,
}

const IDLE: &[Option<TaskState>] = &[None];

/// A hard reboot is the way out of what hangs.
const BUSY_BUT_RESETTABLE: &[Option<TaskState>] = &[
    None,
    Some(TaskState::Rebooting),
    Some(TaskState::RebootPending),
    Some(TaskState::RebootStarted),
    Some(TaskState::Resuming),
    Some(TaskState::RebootingHard),
    Some(TaskState::Unpausing),
    Some(TaskState::Pausing),
    Some(TaskState::Suspending),
];

static START: Rule = Rule {
    name: "start",
    event: "compute_start_instance",
    notification: "power_on",
    vm_states: &[VmState::Stopped],
    task_states: IDLE,
    task: TaskState::PoweringOn,
    later: &[],
    vm_state: VmState::Active,
    power_state: PowerState::Running,
    on_failure: OnFailure::Keep,
};

static STOP: Rule = Rule {
    name: "stop",
    event: "compute_stop_instance",
    notification: "power_off",
    vm_states: &[VmState::Active, VmState::Error],
    task_states: IDLE,
    task: TaskState::PoweringOff,
    later: &[],
    vm_state: VmState::Stopped,
    power_state: PowerState::Shutdown,
    on_failure: OnFailure::Keep,
};

static SOFT_REBOOT: Rule = Rule {
    name: "reboot",
    event: "compute_reboot_instance",
    notification: "reboot",
    vm_states: &[VmState::Active],
    task_states: IDLE,
    task: TaskState::Rebooting,
    later: &[TaskState::RebootPending, TaskState::RebootStarted],
    vm_state: VmState::Active,
    power_state: PowerState::Running,
    on_failure: OnFailure::ErrorUnlessRunning,
};

static HARD_REBOOT: Rule = Rule {
    name: "reboot",
    event: "compute_reboot_instance",
    notification: "reboot",
    vm_states: &[VmState::Active, VmState::Stopped, VmState::Paused, VmState::Suspended, VmState::Error],
    task_states: BUSY_BUT_RESETTABLE,
    task: TaskState::RebootingHard,
    later: &[TaskState::RebootPendingHard, TaskState::RebootStartedHard],
    vm_state: VmState::Active,
    power_state: PowerState::Running,
    on_failure: OnFailure::ErrorUnlessRunning,
};

static PAUSE: Rule = Rule {
    name: "pause",
    event: "compute_pause_instance",
    notification: "pause",
    vm_states: &[VmState::Active],
    task_states: IDLE,
    task: TaskState::Pausing,
    later: &[],
    vm_state: VmState::Paused,
    power_state: PowerState::Paused,
    on_failure: OnFailure::Keep,
};

static UNPAUSE: Rule = Rule {
    name: "unpause",
    event: "compute_unpause_instance",
    notification: "unpause",
    vm_states: &[VmState::Paused],
    task_states: IDLE,
    task: TaskState::Unpausing,
    later: &[],
    vm_state: VmState::Active,
    power_state: PowerState::Running,
    on_failure: OnFailure::Keep,
};

static SUSPEND: Rule = Rule {
    name: "suspend",
    event: "compute_suspend_instance",
    notification: "suspend",
    vm_states: &[VmState::Active],
    task_states: IDLE,
    task: TaskState::Suspending,
    later: &[],
    vm_state: VmState::Suspended,
    power_state: PowerState::Suspended,
    on_failure: OnFailure::Error,
};

static RESUME: Rule = Rule {
    name: "resume",
    event: "compute_resume_instance",
    notification: "resume",
    vm_states: &[VmState::Suspended],
    task_states: IDLE,
    task: TaskState::Resuming,
    later: &[],
    vm_state: VmState::Active,
    power_state: PowerState::Running,
    on_failure: OnFailure::Error,
};

impl PowerAction {
    /// What Nova says about it.
    pub fn rule(self) -> &'static Rule {
        match self {
            Self::Start => &START,
            Self::Stop => &STOP,
            Self::SoftReboot => &SOFT_REBOOT,
            Self::HardReboot => &HARD_REBOOT,
            Self::Pause => &PAUSE,
            Self::Unpause => &UNPAUSE,
            Self::Suspend => &SUSPEND,
            Self::Resume => &RESUME,
        }
    }
}

impl Rule {
    /// Whether it is accepted in this vm state. One that nobody knows is none of those.
    pub fn allows_vm_state(&self, state: Option<VmState>) -> bool {
        state.is_some_and(|state| self.vm_states.contains(&state))
    }

    /// Whether it is accepted in this task state.
    pub fn allows_task_state(&self, state: Option<TaskState>) -> bool {
        self.task_states.contains(&state)
    }

    /// The task states that say that it is being done.
    pub fn tasks(&self) -> impl Iterator<Item = TaskState> + '_ {
        std::iter::once(self.task).chain(self.later.iter().copied())
    }

    /// The task state while compute does it: the last of them.
    pub fn at_work(&self) -> TaskState {
        self.later.last().copied().unwrap_or(self.task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_known_by_its_task_states() {
        for action in PowerAction::ALL {
            for other in PowerAction::ALL.into_iter().filter(|other| *other != action) {
                let mine: Vec<_> = action.rule().tasks().collect();
                assert!(other.rule().tasks().all(|task| !mine.contains(&task)), "{action:?} {other:?}");
            }
        }
    }

    #[test]
    fn only_a_hard_reboot_interrupts_another_action() {
        for action in PowerAction::ALL {
            assert!(action.rule().allows_task_state(None));
            let interrupts = action.rule().task_states.len() > 1;
            assert_eq!(interrupts, action == PowerAction::HardReboot, "{action:?}");
        }
        let reset = PowerAction::HardReboot.rule();
        assert!(!reset.allows_task_state(Some(TaskState::RebootStartedHard)));
        assert!(!reset.allows_task_state(Some(TaskState::Deleting)));
    }

    #[test]
    fn what_an_action_ends_in_another_one_leads_out_of() {
        for action in PowerAction::ALL {
            let end = action.rule().vm_state;
            let out = PowerAction::ALL.into_iter().filter(|next| next.rule().allows_vm_state(Some(end)));
            assert!(out.count() >= 2, "{action:?}");
        }
    }
}
