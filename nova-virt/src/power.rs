//! The power states of a machine, under Nova's numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a machine runs, as its hypervisor sees it.
///
/// # Example
/// ```
/// use nova_virt::PowerState;
///
/// assert_eq!(PowerState::Running.code(), 1);
/// assert_eq!(PowerState::from_code(4), Some(PowerState::Shutdown));
/// assert_eq!(PowerState::from_code(2), None);
/// ```
#[doc(alias = "power_state")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerState {
    /// The hypervisor cannot say.
    NoState,
    /// Its processors run.
    Running,
    /// Its processors are frozen; its memory is held.
    Paused,
    /// It is defined and off.
    Shutdown,
    /// It ended by itself in a way a guest does not choose.
    Crashed,
    /// Its memory is saved on disk.
    Suspended,
}

impl PowerState {
    const ALL: [Self; 6] =
        [Self::NoState, Self::Running, Self::Paused, Self::Shutdown, Self::Crashed, Self::Suspended];

    /// Nova's number, as databases and messages hold it.
    pub const fn code(self) -> u8 {
        match self {
            Self::NoState => 0,
            Self::Running => 1,
            Self::Paused => 3,
            Self::Shutdown => 4,
            Self::Crashed => 6,
            Self::Suspended => 7,
        }
    }

    /// The state with Nova's number `code`; `None` for the numbers Nova has retired or never used.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether the machine uses no processor and holds no memory: off or crashed.
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Shutdown | Self::Crashed)
    }
}

impl fmt::Display for PowerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoState => "no state",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Shutdown => "shut down",
            Self::Crashed => "crashed",
            Self::Suspended => "suspended",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_novas_and_lead_back() {
        let codes = PowerState::ALL.map(PowerState::code);
        assert_eq!(codes, [0, 1, 3, 4, 6, 7]);
        assert!(PowerState::ALL.into_iter().all(|state| PowerState::from_code(state.code()) == Some(state)));
    }
}
