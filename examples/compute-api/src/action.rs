//! What can be done with a server that is there.

use nova_rpcapi::operations::{PowerAction, Rule};

use crate::policy::Permission;

/// Something to be done with a server, by [`ServersApi::act`](crate::ServersApi::act).
///
/// | action | from | to |
/// |---|---|---|
/// | `Start` | `SHUTOFF` | `ACTIVE` |
/// | `Stop` | `ACTIVE`, `ERROR` | `SHUTOFF` |
/// | `Reboot(Soft)` | `ACTIVE` | `ACTIVE` |
/// | `Reboot(Hard)` | `ACTIVE`, `SHUTOFF`, `PAUSED`, `SUSPENDED`, `ERROR` | `ACTIVE` |
/// | `Pause` | `ACTIVE` | `PAUSED` |
/// | `Unpause` | `PAUSED` | `ACTIVE` |
/// | `Suspend` | `ACTIVE` | `SUSPENDED` |
/// | `Resume` | `SUSPENDED` | `ACTIVE` |
///
/// Each while nothing else is being done; only a hard reboot also interrupts another reboot, a pause, a suspension and
/// their opposites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is turned on.
    Start,
    /// It is turned off; the guest is asked first.
    Stop,
    /// It starts anew.
    Reboot(Reboot),
    /// It is held in memory.
    Pause,
    /// It goes on.
    Unpause,
    /// It is held on disk.
    Suspend,
    /// It goes on from disk.
    Resume,
}

/// How a server starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reboot {
    /// The guest is asked to.
    Soft,
    /// It is cut off.
    Hard,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Stop,
        Self::Reboot(Reboot::Soft),
        Self::Reboot(Reboot::Hard),
        Self::Pause,
        Self::Unpause,
        Self::Suspend,
        Self::Resume,
    ];

    /// What is submitted for it.
    pub(crate) fn power(self) -> PowerAction {
        match self {
            Self::Start => PowerAction::Start,
            Self::Stop => PowerAction::Stop,
            Self::Reboot(Reboot::Soft) => PowerAction::SoftReboot,
            Self::Reboot(Reboot::Hard) => PowerAction::HardReboot,
            Self::Pause => PowerAction::Pause,
            Self::Unpause => PowerAction::Unpause,
            Self::Suspend => PowerAction::Suspend,
            Self::Resume => PowerAction::Resume,
        }
    }

    /// What is needed for it.
    pub fn permission(self) -> Permission {
        match self {
            Self::Start => Permission::StartServer,
            Self::Stop => Permission::StopServer,
            Self::Reboot(Reboot::Soft | Reboot::Hard) => Permission::RebootServer,
            Self::Pause => Permission::PauseServer,
            Self::Unpause => Permission::UnpauseServer,
            Self::Suspend => Permission::SuspendServer,
            Self::Resume => Permission::ResumeServer,
        }
    }

    pub(crate) fn rule(self) -> &'static Rule {
        self.power().rule()
    }

    /// Its name in records and refusals: Nova's, which is one for both reboots.
    pub fn name(self) -> &'static str {
        self.rule().name
    }
}
