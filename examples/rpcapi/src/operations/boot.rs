//! From an accepted request to instances that a compute will build.

use nova_core::operation::{Operation, Step};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::CONDUCTOR;

/// Chooses hosts for every instance of one request and creates their records in the cell, each with a
/// [`Build`](super::Build); or, when that cannot be, buries them in cell0.
#[derive(Debug)]
pub struct Boot;

/// The one step of [`Boot`].
#[doc(alias = "schedule_and_build_instances")]
pub const SCHEDULE_AND_BUILD: &str = "schedule_and_build";

impl Operation for Boot {
    const KIND: &'static str = "boot";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] = &[Step::on(SCHEDULE_AND_BUILD, CONDUCTOR).compensated()];
    type Args = BootArgs;
    type State = BootState;
}

/// One create request. The rest is in the BuildRequest and RequestSpec of each instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootArgs {
    /// The instances, in the order of their launch index.
    pub instances: Vec<Uuid>,
    /// The networks asked for.
    #[serde(default)]
    pub networks: Vec<Uuid>,
    /// No network at all was asked for.
    #[serde(default)]
    pub no_network: bool,
}

/// What the user gave in confidence. Sealed in the record, wiped at its end.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootSecrets {
    /// The administrator's password in the machine.
    pub admin_password: Option<String>,
}

impl std::fmt::Debug for BootSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BootSecrets(***)")
    }
}

/// Nothing: what the step learns is in the records it makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootState {}
