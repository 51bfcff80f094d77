//! What users see of the states of a server.

use std::fmt;
use std::str::FromStr;

use nova_objects_catalog::{TaskState, VmState};

/// The one word REST has for vm state and task state together.
///
/// # Example
/// ```
/// use nova_compute_api::ServerStatus;
/// use nova_objects_catalog::{TaskState, VmState};
///
/// assert_eq!(ServerStatus::of(Some(VmState::Active), None), ServerStatus::Active);
/// assert_eq!(ServerStatus::of(Some(VmState::Active), Some(TaskState::Rebooting)).as_str(), "REBOOT");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServerStatus {
    /// It runs.
    Active,
    /// It is being made.
    Build,
    /// It is gone.
    Deleted,
    /// Something failed; its fault says what.
    Error,
    /// It is being reset.
    HardReboot,
    /// It moves to another host.
    Migrating,
    /// The administrator's password is being set.
    Password,
    /// It is held, in memory.
    Paused,
    /// It is being rebooted.
    Reboot,
    /// It is being made anew from an image.
    Rebuild,
    /// It runs from a rescue image.
    Rescue,
    /// It changes its size.
    Resize,
    /// It goes back to its old size.
    RevertResize,
    /// It is off, its disk is an image, its host still holds its resources.
    Shelved,
    /// It is off, its disk is an image, it is on no host.
    ShelvedOffloaded,
    /// It is off.
    Shutoff,
    /// It is deleted, and can be restored for a while.
    SoftDeleted,
    /// It is held, on disk.
    Suspended,
    /// Its state is one this code does not know.
    Unknown,
    /// It runs in its new size, which nobody confirmed yet.
    VerifyResize,
}

/// The task states under which a vm state has a status, `None` for no task.
pub(crate) enum Tasks {
    /// Any.
    Any,
    /// These.
    Only(Vec<Option<TaskState>>),
}

impl ServerStatus {
    /// Every status.
    pub const ALL: &'static [Self] = &[
        Self::Active,
        Self::Build,
        Self::Deleted,
        Self::Error,
        Self::HardReboot,
        Self::Migrating,
        Self::Password,
        Self::Paused,
        Self::Reboot,
        Self::Rebuild,
        Self::Rescue,
        Self::Resize,
        Self::RevertResize,
        Self::Shelved,
        Self::ShelvedOffloaded,
        Self::Shutoff,
        Self::SoftDeleted,
        Self::Suspended,
        Self::Unknown,
        Self::VerifyResize,
    ];

    /// The status of a server in these states.
    #[doc(alias = "status_from_state")]
    pub fn of(vm_state: Option<VmState>, task_state: Option<TaskState>) -> Self {
        match vm_state {
            None => Self::Unknown,
            Some(VmState::Active) => task_state.and_then(while_active).unwrap_or(Self::Active),
            Some(VmState::Building) => Self::Build,
            Some(VmState::Stopped) => task_state.and_then(while_stopped).unwrap_or(Self::Shutoff),
            Some(VmState::Resized) if task_state == Some(TaskState::ResizeReverting) => Self::RevertResize,
            Some(VmState::Resized) => Self::VerifyResize,
            Some(VmState::Paused) if task_state == Some(TaskState::Migrating) => Self::Migrating,
            Some(VmState::Paused) => Self::Paused,
            Some(VmState::Suspended) => Self::Suspended,
            Some(VmState::Rescued) => Self::Rescue,
            Some(VmState::Error) => task_state.and_then(rebuilding).unwrap_or(Self::Error),
            Some(VmState::Deleted) => Self::Deleted,
            Some(VmState::SoftDeleted) => Self::SoftDeleted,
            Some(VmState::Shelved) => Self::Shelved,
            Some(VmState::ShelvedOffloaded) => Self::ShelvedOffloaded,
        }
    }

    /// The word in REST.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Build => "BUILD",
            Self::Deleted => "DELETED",
            Self::Error => "ERROR",
            Self::HardReboot => "HARD_REBOOT",
            Self::Migrating => "MIGRATING",
            Self::Password => "PASSWORD",
            Self::Paused => "PAUSED",
            Self::Reboot => "REBOOT",
            Self::Rebuild => "REBUILD",
            Self::Rescue => "RESCUE",
            Self::Resize => "RESIZE",
            Self::RevertResize => "REVERT_RESIZE",
            Self::Shelved => "SHELVED",
            Self::ShelvedOffloaded => "SHELVED_OFFLOADED",
            Self::Shutoff => "SHUTOFF",
            Self::SoftDeleted => "SOFT_DELETED",
            Self::Suspended => "SUSPENDED",
            Self::Unknown => "UNKNOWN",
            Self::VerifyResize => "VERIFY_RESIZE",
        }
    }

    /// Whether nothing is going on that would end by itself.
    pub fn is_resting(self) -> bool {
        !matches!(
            self,
            Self::Build
                | Self::HardReboot
                | Self::Migrating
                | Self::Password
                | Self::Reboot
                | Self::Rebuild
                | Self::Resize
                | Self::RevertResize
        )
    }

    /// The states that have this status: what a query by status asks for.
    pub(crate) fn states(self) -> Vec<(VmState, Tasks)> {
        let tasks = || std::iter::once(None).chain(TaskState::ALL.iter().copied().map(Some));
        let states = VmState::ALL.iter().map(|vm_state| {
            let matching: Vec<_> = tasks().filter(|task| Self::of(Some(*vm_state), *task) == self).collect();
            (*vm_state, matching)
        });
        let some = states.filter(|(_, matching)| !matching.is_empty());
        some.map(|(vm_state, matching)| match matching.len() == tasks().count() {
            true => (vm_state, Tasks::Any),
            false => (vm_state, Tasks::Only(matching)),
        })
        .collect()
    }
}

fn while_active(task: TaskState) -> Option<ServerStatus> {
    match task {
        TaskState::Rebooting | TaskState::RebootPending | TaskState::RebootStarted => {
            Some(ServerStatus::Reboot)
        }
        TaskState::RebootingHard | TaskState::RebootPendingHard | TaskState::RebootStartedHard => {
            Some(ServerStatus::HardReboot)
        }
        TaskState::UpdatingPassword => Some(ServerStatus::Password),
        TaskState::Migrating => Some(ServerStatus::Migrating),
        _ => while_stopped(task),
    }
}

fn while_stopped(task: TaskState) -> Option<ServerStatus> {
    match task {
        TaskState::ResizePrep
        | TaskState::ResizeMigrating
        | TaskState::ResizeMigrated
        | TaskState::ResizeFinish => Some(ServerStatus::Resize),
        _ => rebuilding(task),
    }
}

fn rebuilding(task: TaskState) -> Option<ServerStatus> {
    match task {
        TaskState::Rebuilding | TaskState::RebuildBlockDeviceMapping | TaskState::RebuildSpawning => {
            Some(ServerStatus::Rebuild)
        }
        _ => None,
    }
}

impl fmt::Display for ServerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not the status of a server")]
pub struct UnknownStatus {
    word: String,
}

/// Reads the word in either case, as Nova's users may write it.
impl FromStr for ServerStatus {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, UnknownStatus> {
        let status = Self::ALL.iter().find(|status| status.as_str().eq_ignore_ascii_case(word));
        status.copied().ok_or_else(|| UnknownStatus { word: word.chars().take(64).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_status_users_of_nova_know() {
        use ServerStatus as S;
        use TaskState as T;
        use VmState as V;
        let table = [
            (V::Active, None, S::Active),
            (V::Active, Some(T::ImageSnapshot), S::Active),
            (V::Active, Some(T::Deleting), S::Active),
            (V::Active, Some(T::RebootPending), S::Reboot),
            (V::Active, Some(T::RebootStartedHard), S::HardReboot),
            (V::Active, Some(T::UpdatingPassword), S::Password),
            (V::Active, Some(T::RebuildSpawning), S::Rebuild),
            (V::Active, Some(T::Migrating), S::Migrating),
            (V::Active, Some(T::ResizeFinish), S::Resize),
            (V::Building, None, S::Build),
            (V::Building, Some(T::Spawning), S::Build),
            (V::Stopped, None, S::Shutoff),
            (V::Stopped, Some(T::ResizeMigrating), S::Resize),
            (V::Stopped, Some(T::Rebuilding), S::Rebuild),
            (V::Stopped, Some(T::PoweringOn), S::Shutoff),
            (V::Resized, None, S::VerifyResize),
            (V::Resized, Some(T::ResizeReverting), S::RevertResize),
            (V::Paused, None, S::Paused),
            (V::Paused, Some(T::Migrating), S::Migrating),
            (V::Suspended, None, S::Suspended),
            (V::Rescued, None, S::Rescue),
            (V::Error, None, S::Error),
            (V::Error, Some(T::Rebuilding), S::Rebuild),
            (V::Deleted, None, S::Deleted),
            (V::SoftDeleted, None, S::SoftDeleted),
            (V::Shelved, None, S::Shelved),
            (V::ShelvedOffloaded, None, S::ShelvedOffloaded),
        ];
        for (vm_state, task_state, status) in table {
            assert_eq!(ServerStatus::of(Some(vm_state), task_state), status, "{vm_state} {task_state:?}");
        }
        assert_eq!(ServerStatus::of(None, None), S::Unknown);
    }

    #[test]
    fn a_query_by_status_asks_for_exactly_the_states_that_have_it() {
        for vm_state in VmState::ALL {
            for task in std::iter::once(None).chain(TaskState::ALL.iter().copied().map(Some)) {
                let status = ServerStatus::of(Some(*vm_state), task);
                let asking = |other: &&ServerStatus| {
                    other.states().iter().any(|(vm, tasks)| {
                        vm == vm_state
                            && match tasks {
                                Tasks::Any => true,
                                Tasks::Only(tasks) => tasks.contains(&task),
                            }
                    })
                };
                let found: Vec<_> = ServerStatus::ALL.iter().filter(asking).collect();
                assert_eq!(found, [&status], "{vm_state} {task:?}");
            }
        }
    }

    #[test]
    fn every_status_is_read_from_its_word() {
        for status in ServerStatus::ALL {
            assert_eq!(status.as_str().to_lowercase().parse(), Ok(*status));
        }
        assert!("RUNNING".parse::<ServerStatus>().is_err());
    }
}
