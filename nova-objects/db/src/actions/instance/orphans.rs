//! Instances that nobody works on: those that say they are busy, those that rest, those that are gone.

use nova_core::RequestContext;
use nova_objects_catalog::{Instance, VmState};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use super::get_in;
use crate::entity::instance::{Column, Entity};
use crate::error::ActionError;
use crate::operations;
use crate::tx::Tx;

/// The live instances on `host` that have a task, are being built, or are deleted in all but their record, and that no
/// open operation is about.
///
/// # Errors
/// The database's: for one without our tables, too.
pub async fn orphans_in(tx: &Tx, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, ActionError> {
    let unfinished = [VmState::Building, VmState::Deleted].map(VmState::as_str);
    let busy = Condition::any().add(Column::TaskState.is_not_null()).add(Column::VmState.is_in(unfinished));
    left_alone(tx, cx, host, busy).await
}

/// The live instances on `host` that nothing is being done with, and that no open operation is about.
///
/// # Errors
/// The database's: for one without our tables, too.
pub async fn resting_in(tx: &Tx, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, ActionError> {
    let unfinished = [VmState::Building, VmState::Deleted].map(VmState::as_str);
    let resting =
        Condition::all().add(Column::TaskState.is_null()).add(Column::VmState.is_not_in(unfinished));
    left_alone(tx, cx, host, resting).await
}

/// Which of `instances` were on `host` and are deleted, and no open operation is about.
///
/// # Errors
/// The database's: for one without our tables, too.
pub async fn gone_in(tx: &Tx, host: &str, instances: &[String]) -> Result<Vec<String>, ActionError> {
    let gone = Entity::find()
        .filter(Column::Uuid.is_in(instances))
        .filter(Column::Host.eq(host))
        .filter(Column::Deleted.ne(0))
        .filter(Column::Uuid.not_in_subquery(operations::open_targets()))
        .select_only()
        .column(Column::Uuid);
    Ok(gone.into_tuple().all(tx).await?)
}

async fn left_alone(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
    which: Condition,
) -> Result<Vec<Instance>, ActionError> {
    let found = Entity::find()
        .filter(Column::Host.eq(host))
        .filter(Column::Deleted.eq(0))
        .filter(which)
        .filter(Column::Uuid.not_in_subquery(operations::open_targets()))
        .select_only()
        .column(Column::Uuid);
    let uuids: Vec<String> = found.into_tuple().all(tx).await?;
    let mut instances = Vec::with_capacity(uuids.len());
    for uuid in uuids {
        instances.push(get_in(tx, cx, &uuid, &[]).await?);
    }
    Ok(instances)
}
