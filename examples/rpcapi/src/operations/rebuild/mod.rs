//! From a server to the same server made anew from an image, on its host.

mod facts;

pub use self::facts::ImageFacts;

use nova_core::operation::{Operation, Step};
use nova_objects_catalog::{ImageMeta, TaskState, VmState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{COMPUTE, CONDUCTOR};

/// Makes one machine anew.
///
/// ```text
/// check (conductor) ──► tear_down (compute on the host) ──► remake (compute on the host) ──► what it was, or ACTIVE
///   │ only for another image     │                             │
///   │                            └── the driver failed ────────┴──► ERROR, with a fault
///   └── the host will not do for the image ──► what it was, with the old image and a fault
/// ```
///
/// At each step a deletion may take over.
#[derive(Debug)]
pub struct Rebuild;

/// Asks a scheduler whether the host will do for the new image. On a conductor.
#[doc(alias = "rebuild_instance")]
pub const CHECK: &str = "check";
/// Destroys the machine with its disk. On compute.
pub const TEAR_DOWN: &str = "tear_down";
/// Makes it again. On compute.
pub const REMAKE: &str = "remake";

impl Operation for Rebuild {
    const KIND: &'static str = "rebuild";
    const VERSION: u32 = 1;
    // Each service ends what does not work itself: an end that is not recorded with the instance would leave it busy.
    const STEPS: &'static [Step] = &[
        Step::on(CHECK, CONDUCTOR).max_attempts(u32::MAX),
        Step::on(TEAR_DOWN, COMPUTE).max_attempts(u32::MAX),
        Step::on(REMAKE, COMPUTE).max_attempts(u32::MAX),
    ];
    type Args = RebuildArgs;
    type State = ();
}

/// What is to be made anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RebuildArgs {
    /// The instance.
    pub instance: Uuid,
    /// Its host, and the node on it.
    pub host: String,
    /// The node.
    pub node: String,
    /// Whether it is off before and after.
    pub stopped: bool,
    /// The vm state before.
    pub vm_state: String,
    /// The other image, if it is another.
    pub change: Option<ImageChange>,
    /// The authority over the machine for its destruction. The next one is for its making, so that a destruction that
    /// comes late leaves the new machine alone.
    pub generation: u64,
}

/// From one image to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImageChange {
    /// The new image, as a scheduler looks at it.
    pub image: ImageMeta,
    /// What the record said of the old image.
    pub former: ImageFacts,
}

/// The name of the action in the instance's records, and in refusals.
pub const REBUILD_ACTION: &str = "rebuild";
/// The name of what compute does in the instance's records.
pub const REBUILD_EVENT: &str = "compute_rebuild_instance";
/// The name of what a conductor does in the instance's records.
pub const REBUILD_CHECK_EVENT: &str = "rebuild_server";
/// The vm states a rebuild is accepted in, with no task.
pub const REBUILD_VM_STATES: &[VmState] = &[VmState::Active, VmState::Stopped, VmState::Error];
/// The task states that say that a rebuild is going on, in their order.
pub const REBUILD_TASKS: [TaskState; 3] =
    [TaskState::Rebuilding, TaskState::RebuildBlockDeviceMapping, TaskState::RebuildSpawning];
