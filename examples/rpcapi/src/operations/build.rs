//! From a record in the cell to a machine that runs, on the host that was chosen or on an alternate.

use nova_core::fault::FaultData;
use nova_core::operation::{Operation, Step};
use nova_neighbours::placement::GroupClaim;
use nova_objects_catalog::Selection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{COMPUTE, CONDUCTOR};

/// Makes one machine.
///
/// ```text
///            ┌──────────────── next alternate ───────────────┐
///            ▼                                               │
/// spawn (compute on the host) ── another host may do ──► reschedule (conductor) ── none left ──► give_up ──► ERROR
///   │   │  └── no host would do ─────────────────────────────────────────────────────────────────►┘
///   │   └── the instance is being deleted ──► abandon (conductor) ──► done, the delete does the rest
///   └──► ACTIVE
/// ```
#[derive(Debug)]
pub struct Build;

/// Claims the host's resources and makes the machine. On compute, on the host of the selection.
#[doc(alias = "build_and_run_instance")]
pub const SPAWN: &str = "spawn";
/// The name of what compute does in the instance's records.
pub const BUILD_EVENT: &str = "compute__do_build_and_run_instance";
/// Takes the next alternate. On a conductor.
#[doc(alias = "build_instances")]
pub const RESCHEDULE: &str = "reschedule";
/// Ends in ERROR with a fault. On a conductor.
pub const GIVE_UP: &str = "give_up";
/// Leaves the instance to its deletion. On a conductor.
pub const ABANDON: &str = "abandon";

impl Operation for Build {
    const KIND: &'static str = "build";
    const VERSION: u32 = 1;
    // No step is ever given up: an attempt that fails says where to go, and what is not known is asked again.
    const STEPS: &'static [Step] = &[
        Step::on(SPAWN, COMPUTE).max_attempts(u32::MAX),
        Step::on(RESCHEDULE, CONDUCTOR).max_attempts(u32::MAX),
        Step::on(GIVE_UP, CONDUCTOR).max_attempts(u32::MAX),
        Step::on(ABANDON, CONDUCTOR).max_attempts(u32::MAX),
    ];
    type Args = BuildArgs;
    type State = BuildState;
}

/// What does not change from host to host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildArgs {
    /// The instance.
    pub instance: Uuid,
    /// The networks asked for.
    #[serde(default)]
    pub networks: Vec<Uuid>,
    /// No network at all was asked for.
    #[serde(default)]
    pub no_network: bool,
    /// What the instance's server group asks of where it goes.
    #[serde(default)]
    pub group: Option<GroupClaim>,
}

/// Where the build is, and where it may still go.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BuildState {
    /// The host and node it is on now, with what was claimed there.
    pub selection: Option<Selection>,
    /// Where it may go next, best first.
    #[serde(default)]
    pub alternates: Vec<Selection>,
    /// The hosts tried so far, this one included (Nova's `retry['hosts']`).
    #[serde(default)]
    pub tried: Vec<String>,
    /// Why the last host failed.
    #[serde(default)]
    pub last_fault: Option<FaultData>,
    /// The authority over the machine on that host.
    #[serde(default = "first_generation")]
    pub generation: u64,
}

/// What a build has that was recorded before generations were taken: a host builds an instance once.
fn first_generation() -> u64 {
    1
}
