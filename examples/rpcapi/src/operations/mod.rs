//! The operations that Nova's services carry out together.
//!
//! A definition is shared by all; each service implements [`StepHandler`](nova_core::operation::StepHandler) for the
//! steps addressed to it. The records of [`Boot`] are in the API database, those of all others in the cell's: an
//! operation is recorded beside what it changes.

mod boot;
mod build;
mod delete;
mod notify;
mod power;
mod rebuild;

pub use self::boot::{Boot, BootArgs, BootSecrets, BootState, SCHEDULE_AND_BUILD};
pub use self::build::{ABANDON, BUILD_EVENT, Build, BuildArgs, BuildState, GIVE_UP, RESCHEDULE, SPAWN};
pub use self::delete::{CLEANUP, Delete, DeleteArgs, DeleteState, TERMINATE};
pub use self::notify::{Notify, SEND};
pub use self::power::{ACT, OnFailure, Power, PowerAction, PowerArgs, Rule};
pub use self::rebuild::{
    CHECK, ImageChange, ImageFacts, REBUILD_ACTION, REBUILD_CHECK_EVENT, REBUILD_EVENT, REBUILD_TASKS,
    REBUILD_VM_STATES, REMAKE, Rebuild, RebuildArgs, TEAR_DOWN,
};

use nova_core::operation::OperationId;
use uuid::Uuid;

/// The topic of conductors.
pub const CONDUCTOR: &str = "conductor";
/// The topic of computes.
pub const COMPUTE: &str = "compute";

/// The id of an operation on `instance` that follows from the operation `parent`: the same each time, so that
/// submitting it again after a crash changes nothing.
pub fn derived_id(parent: OperationId, instance: Uuid) -> OperationId {
    OperationId(Uuid::new_v5(&parent.0, instance.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_the_same_each_time_and_differs_by_parent_and_instance() {
        let id = |parent: u128, instance: u128| {
            derived_id(OperationId(Uuid::from_u128(parent)), Uuid::from_u128(instance))
        };
        assert_eq!(id(1, 2), id(1, 2));
        let all = [id(1, 2), id(2, 1), id(1, 1), id(2, 2), id(1, 3)];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
