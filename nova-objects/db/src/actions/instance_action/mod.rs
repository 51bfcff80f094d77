//! Instance actions and their events: what was asked of an instance, and how each step went.
//!
//! An action goes by its instance and the id of the request that asked for it; an event by its action and its name.
//! When one request did two things to an instance, or a step was begun twice, the latest is meant.

mod event;
mod event_store;
mod row;
mod store;

use nova_core::RequestContext;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

pub use self::event::{event_ensure_started_in, event_finish_in, event_start_in};

use crate::actions::store::now;
use crate::entity::instance_action::{ActiveModel, Column, Entity, Model};
use crate::error::{ActionError, DbError};
use crate::time::to_column;
use crate::tx::Tx;

/// Notes that the context's request asks `action` of the instance.
///
/// # Errors
/// The database's: for an instance that is not there, too.
#[doc(alias = "action_start")]
pub async fn action_start_in(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    action: &str,
) -> Result<(), ActionError> {
    start(tx, cx, instance_uuid, action).await.map(drop)
}

/// Notes that what the context's request asked of the instance is done. Nothing was: nothing happens.
///
/// # Errors
/// The database's.
#[doc(alias = "action_finish")]
pub async fn action_finish_in(tx: &Tx, cx: &RequestContext, instance_uuid: &str) -> Result<(), ActionError> {
    finish(tx, instance_uuid, cx.request_id()).await.map(drop)
}

async fn start(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    action: &str,
) -> Result<Model, ActionError> {
    let time = now(tx).await?;
    let row = ActiveModel {
        action: Set(Some(action.to_owned())),
        instance_uuid: Set(Some(instance_uuid.to_owned())),
        request_id: Set(Some(cx.request_id().to_owned())),
        user_id: Set(cx.user_id().map(str::to_owned)),
        project_id: Set(cx.project_id().map(str::to_owned)),
        start_time: Set(Some(cx.timestamp().map_or(time, to_column))),
        created_at: Set(Some(time)),
        updated_at: Set(Some(time)),
        deleted: Set(0),
        ..Default::default()
    };
    Ok(row.insert(tx).await?)
}

async fn finish(tx: &Tx, instance_uuid: &str, request_id: &str) -> Result<Option<Model>, ActionError> {
    let Some(action) = find(tx, instance_uuid, request_id).await? else { return Ok(None) };
    let time = now(tx).await?;
    let row = ActiveModel {
        id: Set(action.id),
        finish_time: Set(Some(time)),
        updated_at: Set(Some(time)),
        ..Default::default()
    };
    Ok(Some(row.update(tx).await?))
}

/// What that request asked of that instance, also if it is deleted.
async fn find(tx: &Tx, instance_uuid: &str, request_id: &str) -> Result<Option<Model>, DbError> {
    let rows = Entity::find()
        .filter(Column::InstanceUuid.eq(instance_uuid))
        .filter(Column::RequestId.eq(request_id))
        .order_by_desc(Column::Id);
    Ok(rows.one(tx).await?)
}

/// What was asked of that instance last.
async fn find_latest(tx: &Tx, instance_uuid: &str) -> Result<Option<Model>, DbError> {
    let rows = Entity::find()
        .filter(Column::InstanceUuid.eq(instance_uuid))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id);
    Ok(rows.one(tx).await?)
}

/// Notes that something happened to the action, and that it failed if it did.
async fn touch(tx: &Tx, id: i32, failed: bool) -> Result<(), ActionError> {
    let time = now(tx).await?;
    let mut update = Entity::update_many().col_expr(Column::UpdatedAt, Expr::val(time));
    if failed {
        update = update.col_expr(Column::Message, Expr::val("Error"));
    }
    update.filter(Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}
