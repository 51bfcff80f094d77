//! What users have done with a server that is there.

use std::fmt;

use nova_compute_api::{Action, Reboot, Server, ServerStatus};
use nova_sim::Draw;

/// What a user wants of a server. What that means depends on how the user finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// To be off; or on, if it is off.
    Power,
    /// To be held in memory; or to go on.
    Pause,
    /// To be held on disk; or to go on.
    Suspend,
    /// To start anew, by itself.
    SoftReboot,
    /// To start anew, at once.
    HardReboot,
    /// To be made anew.
    Rebuild,
}

/// What a user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// An action.
    Act(Action),
    /// A rebuild from the image it has.
    Rebuild,
}

const CHANGES: [Change; 6] =
    [Change::Power, Change::Pause, Change::Suspend, Change::SoftReboot, Change::HardReboot, Change::Rebuild];

impl Change {
    pub(crate) fn draw(draw: &Draw) -> Self {
        *draw.one_of(&CHANGES)
    }

    /// What to ask for of a server that looks like this: whatever leads on from there.
    pub(crate) fn wish(self, server: &Server) -> Wish {
        let action = match (self, server.status) {
            (Self::Rebuild, _) => return Wish::Rebuild,
            (Self::HardReboot, _) | (_, ServerStatus::Error) => Action::Reboot(Reboot::Hard),
            (_, ServerStatus::Shutoff) => Action::Start,
            (_, ServerStatus::Paused) => Action::Unpause,
            (_, ServerStatus::Suspended) => Action::Resume,
            (Self::Power, _) => Action::Stop,
            (Self::Pause, _) => Action::Pause,
            (Self::Suspend, _) => Action::Suspend,
            (Self::SoftReboot, _) => Action::Reboot(Reboot::Soft),
        };
        Wish::Act(action)
    }
}

impl Wish {
    /// Its name in the records of the server: one for both reboots.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Act(action) => action.name(),
            Self::Rebuild => "rebuild",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Power => "power",
            Self::Pause => "pause",
            Self::Suspend => "suspend",
            Self::SoftReboot => "soft reboot",
            Self::HardReboot => "hard reboot",
            Self::Rebuild => "rebuild",
        })
    }
}
