//! What happens to machines by itself: the lifecycle events of a host.

use std::fmt;

use futures_util::stream::BoxStream;
use nova_core::Timestamp;
use uuid::Uuid;

/// The events of one host, from the moment of subscription on. It ends when its driver can tell no more.
pub type EventStream = BoxStream<'static, DriverEvent>;

/// One item of an [`EventStream`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriverEvent {
    /// Something happened to a machine.
    Lifecycle(LifecycleEvent),
    /// Events were lost, because the listener was slow or the hypervisor's connection broke: look at all machines.
    Missed,
}

/// A machine changed its power state, ordered or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleEvent {
    /// The machine.
    pub uuid: Uuid,
    /// What happened.
    pub kind: LifecycleKind,
    /// When, by the wall clock of who saw it.
    pub at: Timestamp,
}

/// What happened to a machine. Live migration's kinds will come with that power.
#[doc(alias = "EVENT_LIFECYCLE_STARTED")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LifecycleKind {
    /// It runs now and was off.
    Started,
    /// It is off now.
    Stopped,
    /// Its processors were frozen.
    Paused,
    /// It runs again after a pause or a suspension.
    Resumed,
    /// Its memory was saved to disk.
    Suspended,
}

impl LifecycleKind {
    /// Nova's number for the event.
    pub const fn code(self) -> u8 {
        match self {
            Self::Started => 0,
            Self::Stopped => 1,
            Self::Paused => 2,
            Self::Resumed => 3,
            Self::Suspended => 4,
        }
    }
}

impl fmt::Display for LifecycleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Suspended => "suspended",
        })
    }
}
