//! A machine as a hypervisor reports it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::order::Generation;
use crate::power::PowerState;

/// One machine on a host, now.
#[doc(alias = "InstanceInfo")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineInfo {
    /// The machine's uuid, which is its instance's.
    pub uuid: Uuid,
    /// The name the hypervisor has for it.
    pub name: String,
    /// The node it is on.
    pub node: String,
    /// Whether it runs.
    pub state: PowerState,
    /// The generation it is held under; `None` for a machine that this driver did not make.
    pub generation: Option<Generation>,
}
