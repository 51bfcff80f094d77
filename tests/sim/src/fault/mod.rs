//! What can go wrong, drawn from a seed or written by hand.

mod menu;
mod weather;

use std::fmt;
use std::time::Duration;

pub use self::menu::Menu;
pub use self::weather::Weather;

/// One thing that goes wrong, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A service dies and is started again.
    Crash {
        /// The service.
        node: String,
        /// How long it stays dead.
        down: Duration,
    },
    /// A service is stopped as operators stop it, and started again.
    Restart {
        /// The service.
        node: String,
        /// How long it may take to drain.
        grace: Duration,
    },
    /// A service stands still and goes on.
    Pause {
        /// The service.
        node: String,
        /// For how long.
        lasting: Duration,
    },
    /// The bus cannot be reached from a service, nor it from the bus.
    Partition {
        /// The service.
        node: String,
        /// For how long.
        lasting: Duration,
    },
    /// What a service sends is lost, and it is told that all is well.
    Mute {
        /// The service.
        node: String,
        /// For how long.
        lasting: Duration,
    },
    /// Messages are lost.
    Loss {
        /// Of a hundred messages.
        percent: u64,
        /// For how long.
        lasting: Duration,
    },
    /// Messages come twice.
    Duplicates {
        /// Of a hundred messages.
        percent: u64,
        /// For how long.
        lasting: Duration,
    },
    /// Messages come late, and so change places.
    Delays {
        /// Of a hundred messages.
        percent: u64,
        /// By how much at most.
        most: Duration,
        /// For how long.
        lasting: Duration,
    },
    /// Databases answer slowly.
    SlowDatabases {
        /// Each way at most.
        most: Duration,
        /// For how long.
        lasting: Duration,
    },
    /// Databases do not answer.
    NoDatabases {
        /// For how long.
        lasting: Duration,
    },
    /// Databases abort work before they begin it.
    Aborts {
        /// Of a hundred pieces of work.
        percent: u64,
        /// For how long.
        lasting: Duration,
    },
    /// The wall clock of a node jumps, and stays so until everything is healed.
    ClockJump {
        /// The node.
        node: String,
        /// Seconds, in either direction.
        seconds: i64,
    },
}

impl Fault {
    /// The kind of fault, without its particulars.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Crash { .. } => "crash",
            Self::Restart { .. } => "restart",
            Self::Pause { .. } => "pause",
            Self::Partition { .. } => "partition",
            Self::Mute { .. } => "mute",
            Self::Loss { .. } => "loss",
            Self::Duplicates { .. } => "duplicates",
            Self::Delays { .. } => "delays",
            Self::SlowDatabases { .. } => "slow databases",
            Self::NoDatabases { .. } => "no databases",
            Self::Aborts { .. } => "aborts",
            Self::ClockJump { .. } => "clock jump",
        }
    }

    /// How long it lasts; zero for what stays.
    pub const fn lasting(&self) -> Duration {
        match self {
            Self::Crash { down: lasting, .. }
            | Self::Restart { grace: lasting, .. }
            | Self::Pause { lasting, .. }
            | Self::Partition { lasting, .. }
            | Self::Mute { lasting, .. }
            | Self::Loss { lasting, .. }
            | Self::Duplicates { lasting, .. }
            | Self::Delays { lasting, .. }
            | Self::SlowDatabases { lasting, .. }
            | Self::NoDatabases { lasting }
            | Self::Aborts { lasting, .. } => *lasting,
            Self::ClockJump { .. } => Duration::ZERO,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Crash { node, .. }
            | Self::Restart { node, .. }
            | Self::Pause { node, .. }
            | Self::Partition { node, .. }
            | Self::Mute { node, .. } => write!(f, "{kind} of {node}")?,
            Self::Loss { percent, .. } | Self::Duplicates { percent, .. } | Self::Aborts { percent, .. } => {
                write!(f, "{kind} of {percent} %")?;
            }
            Self::Delays { percent, most, .. } => write!(f, "{kind} of {percent} % up to {most:?}")?,
            Self::SlowDatabases { most, .. } => write!(f, "{kind} up to {most:?}")?,
            Self::NoDatabases { .. } => f.write_str(kind)?,
            Self::ClockJump { node, seconds } => return write!(f, "{kind} of {node} by {seconds} s"),
        }
        write!(f, " for {:?}", self.lasting())
    }
}
