//! The steps of an action.

use nova_core::RequestContext;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{find, find_latest, touch};
use crate::actions::store::now;
use crate::entity::instance_action;
use crate::entity::instance_action_event::{ActiveModel, Column, Entity, Model};
use crate::error::{ActionError, DbError};
use crate::tx::Tx;

/// How a step ended.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    Success,
    Error { details: Option<String>, traceback: Option<String> },
}

/// What is known of the action whose step it is.
pub(super) enum Stepped<T> {
    /// Nothing was asked of the instance.
    NoAction,
    /// The action of this id has no such step that is still open.
    NoEvent(i32),
    Event(T),
}

/// Notes that a step of what the context's request asked begins on `host`. Nothing was asked: nothing happens.
///
/// # Errors
/// The database's.
#[doc(alias = "action_event_start")]
pub async fn event_start_in(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    event: &str,
    host: Option<&str>,
) -> Result<(), ActionError> {
    start(tx, cx, instance_uuid, event, host).await.map(drop)
}

/// The same, unless that step has begun and not ended: for who may be repeating what a forerunner did.
///
/// # Errors
/// The database's.
pub async fn event_ensure_started_in(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    event: &str,
    host: Option<&str>,
) -> Result<(), ActionError> {
    let open = match action_of(tx, cx, instance_uuid).await? {
        Some((action, _)) => find_open(tx, action.id, event).await?.is_some(),
        None => false,
    };
    if !open {
        start(tx, cx, instance_uuid, event, host).await?;
    }
    Ok(())
}

/// Notes that a step of what the context's request asked ended: failed if there is an `error`, which administrators
/// see. The step never began: nothing happens.
///
/// # Errors
/// The database's.
#[doc(alias = "action_event_finish")]
pub async fn event_finish_in(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    event: &str,
    error: Option<&str>,
) -> Result<(), ActionError> {
    let ending = error
        .map_or(Ending::Success, |error| Ending::Error { details: Some(error.to_owned()), traceback: None });
    finish(tx, cx, instance_uuid, event, ending).await.map(drop)
}

pub(super) async fn start(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    event: &str,
    host: Option<&str>,
) -> Result<Option<Model>, ActionError> {
    let Some((action, asked)) = action_of(tx, cx, instance_uuid).await? else { return Ok(None) };
    let time = now(tx).await?;
    let row = ActiveModel {
        event: Set(Some(event.to_owned())),
        action_id: Set(Some(action.id)),
        start_time: Set(Some(time)),
        host: Set(host.map(str::to_owned)),
        created_at: Set(Some(time)),
        deleted: Set(0),
        ..Default::default()
    };
    let row = row.insert(tx).await?;
    if asked {
        touch(tx, action.id, false).await?;
    }
    Ok(Some(row))
}

pub(super) async fn finish(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
    event: &str,
    ending: Ending,
) -> Result<Stepped<Model>, ActionError> {
    let Some((action, asked)) = action_of(tx, cx, instance_uuid).await? else { return Ok(Stepped::NoAction) };
    let Some(row) = find_open(tx, action.id, event).await? else { return Ok(Stepped::NoEvent(action.id)) };
    let failed = matches!(ending, Ending::Error { .. });
    let row = end(tx, row.id, ending).await?;
    if asked || failed {
        touch(tx, action.id, failed).await?;
    }
    Ok(Stepped::Event(row))
}

/// Ends the event of that id.
pub(super) async fn end(tx: &Tx, id: i32, ending: Ending) -> Result<Model, ActionError> {
    let time = now(tx).await?;
    let mut row = ActiveModel {
        id: Set(id),
        finish_time: Set(Some(time)),
        updated_at: Set(Some(time)),
        result: Set(Some("Success".to_owned())),
        ..Default::default()
    };
    if let Ending::Error { details, traceback } = ending {
        row.result = Set(Some("Error".to_owned()));
        row.details = Set(details);
        row.traceback = Set(traceback);
    }
    Ok(row.update(tx).await?)
}

async fn find_open(tx: &Tx, action_id: i32, event: &str) -> Result<Option<Model>, DbError> {
    let rows = Entity::find()
        .filter(Column::ActionId.eq(action_id))
        .filter(Column::Event.eq(event))
        .filter(Column::FinishTime.is_null())
        .order_by_desc(Column::Id);
    Ok(rows.one(tx).await?)
}

/// The action whose step it is, and whether this very request asked for it.
///
/// A service that acts for nobody, such as one that finishes what its forerunner began, has a request id of its own:
/// its steps belong to what was asked last, which they do not touch.
async fn action_of(
    tx: &Tx,
    cx: &RequestContext,
    instance_uuid: &str,
) -> Result<Option<(instance_action::Model, bool)>, DbError> {
    match find(tx, instance_uuid, cx.request_id()).await? {
        Some(action) => Ok(Some((action, true))),
        None if cx.project_id().is_some() => Ok(None),
        None => Ok(find_latest(tx, instance_uuid).await?.map(|action| (action, false))),
    }
}
