//! From a delete request to nothing left.

use nova_core::operation::{Operation, Step};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{COMPUTE, CONDUCTOR};

/// Removes one instance that has a record in the cell: its machine, its network, its allocations, its record.
#[derive(Debug)]
pub struct Delete;

/// Destroys the machine. On compute, on the host of the instance.
#[doc(alias = "terminate_instance")]
pub const TERMINATE: &str = "terminate";
/// Gives up the allocations and destroys the record. On a conductor.
pub const CLEANUP: &str = "cleanup";

impl Operation for Delete {
    const KIND: &'static str = "delete";
    const VERSION: u32 = 1;
    // A deletion that was accepted is not given up.
    const STEPS: &'static [Step] = &[
        Step::on(TERMINATE, COMPUTE).max_attempts(u32::MAX),
        Step::on(CLEANUP, CONDUCTOR).max_attempts(u32::MAX),
    ];
    type Args = DeleteArgs;
    type State = DeleteState;
}

/// Which instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteArgs {
    /// The instance.
    pub instance: Uuid,
}

/// What is already gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteState {
    /// The host on which there is no machine any more.
    #[serde(default)]
    pub terminated_on: Option<String>,
}
