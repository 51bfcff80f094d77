//! Instances that say they are busy while nobody works on them.

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
    let found = Entity::find()
        .filter(Column::Host.eq(host))
        .filter(Column::Deleted.eq(0))
        .filter(busy)
        .filter(Column::Uuid.not_in_subquery(operations::open_targets()))
        .select_only()
        .column(Column::Uuid);
    let uuids: Vec<String> = found.into_tuple().all(tx).await?;
    let mut orphans = Vec::with_capacity(uuids.len());
    for uuid in uuids {
        orphans.push(get_in(tx, cx, &uuid, &[]).await?);
    }
    Ok(orphans)
}
