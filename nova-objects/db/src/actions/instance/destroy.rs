//! The end of an instance.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::ObjectActionError;
use nova_objects_catalog::{Instance, TaskState, VmState};
use sea_orm::prelude::DateTime;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::row;
use super::save::live;
use crate::entity::{
    block_device_mapping, instance, instance_action, instance_action_event, instance_extra, instance_fault,
    instance_info_cache, instance_metadata, instance_system_metadata,
};
use crate::error::{ActionError, DbError};
use crate::time::to_column;
use crate::tx::Tx;

/// Soft-deletes the instance with all that belongs to it; its vm state is `deleted` then, and no task goes on.
///
/// What was done with it, its actions and their events, stays. `false` if it is not there, or deleted already.
///
/// # Errors
/// The database's.
#[doc(alias = "instance_destroy")]
pub async fn destroy_in(tx: &Tx, cx: &RequestContext, uuid: &str) -> Result<bool, ActionError> {
    destroy_where_in(tx, live(cx, uuid), uuid).await
}

/// The same, only while it is on `host`: nowhere if that is `None`.
pub(super) async fn destroy_on_in(
    tx: &Tx,
    cx: &RequestContext,
    uuid: &str,
    host: Option<&str>,
) -> Result<bool, ActionError> {
    let column = instance::Column::Host;
    let there = host.map_or_else(|| column.is_null(), |host| column.eq(host));
    if destroy_where_in(tx, live(cx, uuid).add(there), uuid).await? {
        return Ok(true);
    }
    match instance::Entity::find().filter(live(cx, uuid)).one(tx).await? {
        None => Ok(false),
        Some(_) => Err(Fault::from(ObjectActionError {
            action: "destroy".to_owned(),
            reason: "host changed".to_owned(),
        })
        .into()),
    }
}

/// Sets the task state `deleting`, whatever it is: from now on every save that expects another one is refused.
///
/// `false` if the instance is not there, or is being deleted already.
///
/// # Errors
/// The database's.
pub async fn mark_deleting_in(tx: &Tx, cx: &RequestContext, uuid: &str) -> Result<bool, ActionError> {
    use instance::Column;
    let deleting = TaskState::Deleting.as_str();
    let other = Condition::any().add(Column::TaskState.is_null()).add(Column::TaskState.ne(deleting));
    let now = to_column(tx.now().await?);
    let marked = instance::Entity::update_many()
        .col_expr(Column::TaskState, Expr::val(deleting))
        .col_expr(Column::UpdatedAt, Expr::val(now))
        .filter(live(cx, uuid))
        .filter(other)
        .exec(tx)
        .await?;
    Ok(marked.rows_affected > 0)
}

async fn destroy_where_in(tx: &Tx, which: Condition, uuid: &str) -> Result<bool, ActionError> {
    use instance::Column;
    let now = to_column(tx.now().await?);
    let terminated = Func::coalesce([Expr::col(Column::TerminatedAt), Expr::val(now)]);
    let gone = instance::Entity::update_many()
        .col_expr(Column::Deleted, Expr::col(Column::Id))
        .col_expr(Column::DeletedAt, Expr::val(now))
        .col_expr(Column::TerminatedAt, terminated.into())
        .col_expr(Column::VmState, Expr::val(VmState::Deleted.as_str()))
        .col_expr(Column::TaskState, Expr::val(None::<String>))
        .filter(which)
        .exec(tx)
        .await?;
    if gone.rows_affected == 0 {
        return Ok(false);
    }
    destroy_dependents(tx, uuid, now).await?;
    Ok(true)
}

/// Soft-deletes the live rows of these tables that go by the uuid.
macro_rules! soft_delete {
    ($tx:expr, $uuid:expr, $now:expr, $($entity:ident),* $(,)?) => { $(
        $entity::Entity::update_many()
            .col_expr($entity::Column::Deleted, Expr::col($entity::Column::Id))
            .col_expr($entity::Column::DeletedAt, Expr::val($now))
            .filter($entity::Column::InstanceUuid.eq($uuid))
            .filter($entity::Column::Deleted.eq(0))
            .exec($tx)
            .await?;
    )* };
}

async fn destroy_dependents(tx: &Tx, uuid: &str, now: DateTime) -> Result<(), DbError> {
    soft_delete!(
        tx,
        uuid,
        now,
        instance_info_cache,
        instance_metadata,
        instance_fault,
        instance_extra,
        instance_system_metadata,
        block_device_mapping,
    );
    Ok(())
}

/// Loads the row of a deleted instance.
pub(super) async fn reload_in(tx: &Tx, uuid: &str, instance: &mut Instance) -> Result<(), ActionError> {
    if let Some(row) = instance::Entity::find().filter(instance::Column::Uuid.eq(uuid)).one(tx).await? {
        row::load(instance, row)?;
    }
    Ok(())
}

/// Removes the rows of these tables that go by the uuid.
macro_rules! remove {
    ($tx:expr, $uuid:expr, $($entity:ident),* $(,)?) => { $(
        $entity::Entity::delete_many().filter($entity::Column::InstanceUuid.eq($uuid)).exec($tx).await?;
    )* };
}

/// Removes every row of a deleted instance, its actions too.
pub(super) async fn remove_in(tx: &Tx, uuid: &str) -> Result<(), DbError> {
    let actions = Query::select()
        .column(instance_action::Column::Id)
        .from(instance_action::Entity)
        .and_where(Expr::col(instance_action::Column::InstanceUuid).eq(uuid))
        .to_owned();
    instance_action_event::Entity::delete_many()
        .filter(instance_action_event::Column::ActionId.in_subquery(actions))
        .exec(tx)
        .await?;
    remove!(
        tx,
        uuid,
        instance_action,
        instance_info_cache,
        instance_metadata,
        instance_fault,
        instance_extra,
        instance_system_metadata,
        block_device_mapping,
    );
    instance::Entity::delete_many().filter(instance::Column::Uuid.eq(uuid)).exec(tx).await?;
    Ok(())
}
