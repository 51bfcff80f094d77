//! What happened on a fake host: the entries of its journal.

use std::collections::BTreeSet;

use nova_core::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::Call;
use crate::driver::{Disks, PowerOff, Reboot};
use crate::order::{Generation, StepKey};
use crate::power::PowerState;
use crate::spec::MachineSpec;

/// One line of a fake host's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, counted from 0.
    pub seq: u64,
    /// When, by the writer's wall clock.
    pub at: Timestamp,
    /// The machine; `None` for what concerns the whole host.
    pub uuid: Option<Uuid>,
    /// The step it was done for; `None` for what happened out of band.
    pub key: Option<StepKey>,
    /// The generation of the order; `None` for what happened out of band.
    pub generation: Option<Generation>,
    /// What happened.
    pub effect: Effect,
}

impl Entry {
    /// Whether something on the host was changed; refusals and repeated calls are written down but change nothing.
    pub fn changed_something(&self) -> bool {
        !matches!(self.effect, Effect::Repeated { .. } | Effect::Refused { .. })
    }

    /// Whether it is a whole effect that a step had on a machine.
    fn counts(&self) -> bool {
        let is_half = matches!(self.effect, Effect::DiskCreated | Effect::DiskRemoved);
        self.key.is_some() && self.changed_something() && !is_half
    }
}

/// What happened on a fake host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// A service by this name took the host into use.
    HostInitialised {
        /// The name.
        host: String,
    },
    /// The machine's disk was made: the first half of a spawn.
    DiskCreated,
    /// The disk of a machine that is not there was removed.
    DiskRemoved,
    /// The machine was made: the second half of a spawn, or out of band.
    Spawned {
        /// What it was made from.
        spec: Box<MachineSpec>,
    },
    /// The machine was removed.
    Destroyed {
        /// What became of its disk.
        disks: Disks,
    },
    /// It was started.
    PoweredOn,
    /// It was stopped.
    PoweredOff {
        /// How.
        how: PowerOff,
    },
    /// It was started anew.
    Rebooted {
        /// How.
        how: Reboot,
    },
    /// It was frozen.
    Paused,
    /// It was let run again.
    Unpaused,
    /// Its memory was saved.
    Suspended,
    /// It runs on from the saved memory.
    Resumed,
    /// By itself or by another hand, its state became this one.
    Drifted {
        /// The state.
        to: PowerState,
    },
    /// The host lost its power and is back: everything that ran is off.
    HostRebooted,
    /// A call found that there was nothing to do. A raised generation is kept all the same.
    Repeated {
        /// The call.
        call: Call,
    },
    /// An order of too low a generation was turned away.
    Refused {
        /// The call.
        call: Call,
        /// The generation in force.
        held: Generation,
    },
}

impl Effect {
    /// The kind of effect, without its details.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::HostInitialised { .. } => "host_initialised",
            Self::DiskCreated => "disk_created",
            Self::DiskRemoved => "disk_removed",
            Self::Spawned { .. } => "spawned",
            Self::Destroyed { .. } => "destroyed",
            Self::PoweredOn => "powered_on",
            Self::PoweredOff { .. } => "powered_off",
            Self::Rebooted { .. } => "rebooted",
            Self::Paused => "paused",
            Self::Unpaused => "unpaused",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Drifted { .. } => "drifted",
            Self::HostRebooted => "host_rebooted",
            Self::Repeated { .. } => "repeated",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The entries of `journal` that did again, for the same step and machine, what an earlier one had done.
///
/// An audit for effects at most once expects none. The making and undoing of disks does not count: a spawn that failed
/// midway may be tried again.
pub fn duplicates(journal: &[Entry]) -> Vec<&Entry> {
    let mut seen = BTreeSet::new();
    let mut again = Vec::new();
    for entry in journal.iter().filter(|entry| entry.counts()) {
        if !seen.insert((&entry.key, entry.uuid, entry.effect.name())) {
            again.push(entry);
        }
    }
    again
}
