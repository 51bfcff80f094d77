//! Writing what changed in an instance.

use nova_core::{Fault, RequestContext};
use nova_objects::VersionedObject;
use nova_objects_catalog::exception::{
    InstanceNotFound, UnexpectedDeletingTaskStateError, UnexpectedTaskStateError, UnexpectedVMStateError,
    UnknownInstanceUpdateConflict,
};
use nova_objects_catalog::{Expected, Instance, TaskState};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use super::{extra, metadata, row};
use crate::actions::columns::Pick;
use crate::actions::instance_info_cache;
use crate::actions::scope::by_project;
use crate::entity::instance::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::time::to_column;
use crate::tx::Tx;

/// What a save expects to find.
#[derive(Clone, Copy)]
struct Expectations<'a> {
    vm_state: Option<&'a Expected>,
    task_state: Option<&'a Expected>,
}

/// Writes the changed fields and the changed nested objects, if the record is live and as expected.
///
/// The comparison is part of the `UPDATE` itself. Afterwards all columns are loaded into the object, and nothing in
/// it is changed. Nothing changed and nothing expected: nothing is written.
///
/// # Errors
/// `InstanceNotFound`, `UnexpectedDeletingTaskStateError`, `UnexpectedTaskStateError`, `UnexpectedVMStateError`,
/// `UnknownInstanceUpdateConflict`. The object is untouched then, and the transaction can go on.
#[doc(alias = "instance_update_and_get_original")]
pub async fn save_in(
    tx: &Tx,
    cx: &RequestContext,
    instance: &mut Instance,
    expected_vm_state: Option<&Expected>,
    expected_task_state: Option<&Expected>,
) -> Result<(), ActionError> {
    let expected = Expectations { vm_state: expected_vm_state, task_state: expected_task_state };
    if !instance.has_changes() && expected.are_none() {
        return Ok(());
    }
    let uuid = instance.uuid.get().map_err(Fault::from)?.to_string();
    let now = to_column(tx.now().await?);
    let mut changes = row::columns(instance, Pick::Changed)?;
    changes.updated_at = Set(Some(now));
    let row = swap(tx, cx, &uuid, changes, expected).await?;
    save_parts(tx, instance, &uuid, now).await?;
    row::load(instance, row)?;
    instance.reset_changes();
    Ok(())
}

/// The parts in other tables.
async fn save_parts(
    tx: &Tx,
    instance: &mut Instance,
    uuid: &str,
    now: sea_orm::prelude::DateTime,
) -> Result<(), ActionError> {
    let changed = instance.changes();
    extra::save(tx, instance, uuid, &changed, now).await?;
    metadata::save(tx, instance, uuid, &changed, now).await?;
    let network = instance.info_cache.present().filter(|_| changed.contains(&"info_cache"));
    if let Some(mut network) = network.cloned() {
        network.instance_uuid.set(uuid);
        instance_info_cache::save_in(tx, &mut network).await?;
        instance.info_cache.load(Some(network));
    }
    Ok(())
}

/// Makes the changes if the row is as expected, and gives the row as it is then.
async fn swap(
    tx: &Tx,
    cx: &RequestContext,
    uuid: &str,
    changes: ActiveModel,
    expected: Expectations<'_>,
) -> Result<Model, ActionError> {
    let update = Entity::update_many().set(changes).filter(live(cx, uuid)).filter(expected.condition());
    let changed = update.exec(tx).await?.rows_affected > 0;
    let find = Entity::find().filter(live(cx, uuid));
    // Locked, so that MySQL shows the row as the update saw it and not as the snapshot has it.
    let found = if changed { find.one(tx).await? } else { find.lock_exclusive().one(tx).await? };
    match found {
        Some(row) if changed => Ok(row),
        Some(row) => Err(expected.conflict(&row).into()),
        None => Err(ActionError::fault(InstanceNotFound { instance_id: uuid.to_owned() })),
    }
}

/// The row of a live instance that the request may see.
pub(super) fn live(cx: &RequestContext, uuid: &str) -> Condition {
    Condition::all()
        .add(Column::Uuid.eq(uuid))
        .add(Column::Deleted.eq(0))
        .add(by_project(cx, Column::ProjectId))
}

impl Expectations<'_> {
    fn are_none(self) -> bool {
        self.vm_state.is_none() && self.task_state.is_none()
    }

    fn condition(self) -> Condition {
        let vm_state = self.vm_state.map(|expected| one_of(Column::VmState, expected));
        let task_state = self.task_state.map(|expected| one_of(Column::TaskState, expected));
        Condition::all().add_option(vm_state).add_option(task_state)
    }

    /// Why `row` was not changed.
    fn conflict(self, row: &Model) -> Fault {
        let instance_uuid = row.uuid.clone();
        let task_state = unexpected("task_state", self.task_state, row.task_state.as_deref());
        let vm_state = unexpected("vm_state", self.vm_state, row.vm_state.as_deref());
        match (task_state, vm_state) {
            (Some((expected, actual)), _)
                if row.task_state.as_deref() == Some(TaskState::Deleting.as_str()) =>
            {
                UnexpectedDeletingTaskStateError { instance_uuid, expected, actual }.into()
            }
            (Some((expected, actual)), _) => {
                UnexpectedTaskStateError { instance_uuid, expected, actual }.into()
            }
            (None, Some((expected, actual))) => {
                UnexpectedVMStateError { instance_uuid, expected, actual }.into()
            }
            (None, None) => UnknownInstanceUpdateConflict { instance_uuid }.into(),
        }
    }
}

/// A condition that is never true if nothing is allowed.
fn one_of(column: Column, expected: &Expected) -> Condition {
    let is = |state: Option<&str>| match state {
        Some(state) => column.eq(state),
        None => column.is_null(),
    };
    expected.states().map(is).fold(Condition::any().add(Expr::val(1).eq(0)), Condition::add)
}

/// What was expected of `field` and what it is, if that is not the same.
fn unexpected(field: &str, expected: Option<&Expected>, actual: Option<&str>) -> Option<(Value, Value)> {
    let expected = expected.filter(|expected| !expected.allows(actual))?;
    let states: Vec<_> = expected.states().collect();
    Some((json!({ field: states }), json!({ field: actual })))
}
