//! One step that changes whether a machine runs: start, stop, the reboots, pause, suspend and their opposites.

mod rule;

pub use self::rule::{OnFailure, Rule};

use nova_core::operation::{Operation, Step};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::COMPUTE;

/// Changes the power state of one machine, as its [action](PowerArgs::action) says.
///
/// ```text
/// act (compute on the host) ──► the action's state
///   ├── the driver failed ────► the state that Nova leaves then, with a fault
///   └── the instance is being deleted, or reset by a later request ──► nothing more is done
/// ```
#[derive(Debug)]
pub struct Power;

/// Tells the driver. On compute, on the host of the instance.
pub const ACT: &str = "act";

impl Operation for Power {
    const KIND: &'static str = "power";
    const VERSION: u32 = 1;
    // Compute ends what does not work itself: an end that is not recorded with the instance would leave it busy.
    const STEPS: &'static [Step] = &[Step::on(ACT, COMPUTE).max_attempts(u32::MAX)];
    type Args = PowerArgs;
    type State = ();
}

/// What is to be done with which machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerArgs {
    /// The instance.
    pub instance: Uuid,
    /// What is to be done.
    pub action: PowerAction,
    /// The authority over the machine on its host that came with the acceptance.
    pub generation: u64,
}

/// What can be done with a machine that is there. [`Rule`] says when, and what becomes of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerAction {
    /// It is turned on.
    Start,
    /// It is turned off; the guest is asked first.
    Stop,
    /// The guest is asked to start anew.
    SoftReboot,
    /// It is cut off and started.
    HardReboot,
    /// Its processors are stopped.
    Pause,
    /// Its processors go on.
    Unpause,
    /// Its memory is saved to disk.
    Suspend,
    /// It goes on with its saved memory.
    Resume,
}

impl PowerAction {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Stop,
        Self::SoftReboot,
        Self::HardReboot,
        Self::Pause,
        Self::Unpause,
        Self::Suspend,
        Self::Resume,
    ];
}
