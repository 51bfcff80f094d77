//! The names of a driver's methods.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One method of a [`Driver`](crate::Driver) or of a power, for errors, fault scripts and journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Call {
    /// [`Driver::init_host`](crate::Driver::init_host)
    InitHost,
    /// [`Driver::nodes`](crate::Driver::nodes)
    Nodes,
    /// [`Driver::resources`](crate::Driver::resources)
    Resources,
    /// [`Driver::machines`](crate::Driver::machines)
    Machines,
    /// [`Driver::info`](crate::Driver::info)
    Info,
    /// [`Driver::leftovers`](crate::Driver::leftovers)
    Leftovers,
    /// [`Driver::spawn`](crate::Driver::spawn)
    Spawn,
    /// [`Driver::destroy`](crate::Driver::destroy)
    Destroy,
    /// [`Driver::power_on`](crate::Driver::power_on)
    PowerOn,
    /// [`Driver::power_off`](crate::Driver::power_off)
    PowerOff,
    /// [`Driver::reboot`](crate::Driver::reboot)
    Reboot,
    /// [`Pause::pause`](crate::Pause::pause)
    Pause,
    /// [`Pause::unpause`](crate::Pause::unpause)
    Unpause,
    /// [`Suspend::suspend`](crate::Suspend::suspend)
    Suspend,
    /// [`Suspend::resume`](crate::Suspend::resume)
    Resume,
}

impl Call {
    /// The method's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitHost => "init_host",
            Self::Nodes => "nodes",
            Self::Resources => "resources",
            Self::Machines => "machines",
            Self::Info => "info",
            Self::Leftovers => "leftovers",
            Self::Spawn => "spawn",
            Self::Destroy => "destroy",
            Self::PowerOn => "power_on",
            Self::PowerOff => "power_off",
            Self::Reboot => "reboot",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
