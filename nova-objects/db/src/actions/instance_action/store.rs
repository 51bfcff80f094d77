//! The actions of the catalogue on actions and events.

use async_trait::async_trait;
use nova_core::fault::ValueError;
use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects::types::Json;
use nova_objects_catalog::exception::{InstanceActionNotFound, MarkerNotFound};
use nova_objects_catalog::{
    InstanceAction, InstanceActionActions, InstanceActionList, InstanceActionListActions,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::row::{self, action_of};
use crate::actions::CellStore;
use crate::actions::columns::Pick;
use crate::actions::store::{change, look, now, refused};
use crate::entity::instance_action;
use crate::error::ActionError;
use crate::time::to_column;
use crate::tx::Tx;

pub(super) fn no_action(instance_uuid: &str, request_id: &str) -> ActionError {
    ActionError::fault(InstanceActionNotFound {
        request_id: request_id.to_owned(),
        instance_uuid: instance_uuid.to_owned(),
    })
}

/// What was written, if the caller wants to know.
pub(super) fn wanted<T>(want_result: Option<bool>, result: T) -> Option<T> {
    want_result.unwrap_or(true).then_some(result)
}

#[async_trait]
impl InstanceActionActions for CellStore {
    async fn get_by_request_id(
        &self,
        _: &RequestContext,
        instance_uuid: &str,
        request_id: &str,
    ) -> Result<Option<InstanceAction>, Fault> {
        let key = (instance_uuid.to_owned(), request_id.to_owned());
        let found = look(&self.0, key, |tx, (instance, request)| async move {
            Ok(super::find(&tx, &instance, &request).await?)
        });
        found.await?.map(action_of).transpose()
    }

    async fn action_start(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        action_name: &str,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceAction>, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned(), action_name.to_owned());
        let started = change(&self.0, args, |tx, (cx, uuid, name)| async move {
            super::start(&tx, &cx, &uuid, &name).await
        });
        Ok(wanted(want_result, action_of(started.await?)?))
    }

    async fn action_finish(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceAction>, Fault> {
        let args = (instance_uuid.to_owned(), cx.request_id().to_owned());
        let finished = change(&self.0, args, |tx, (uuid, request)| async move {
            super::finish(&tx, &uuid, &request).await?.ok_or_else(|| no_action(&uuid, &request))
        });
        Ok(wanted(want_result, action_of(finished.await?)?))
    }

    async fn create(&self, _: &RequestContext, action: &mut InstanceAction) -> Result<(), Fault> {
        *action = change(&self.0, action.clone(), |tx, mut action| async move {
            create_in(&tx, &mut action).await?;
            Ok(action)
        })
        .await?;
        Ok(())
    }

    async fn finish(&self, _: &RequestContext, action: &mut InstanceAction) -> Result<(), Fault> {
        let uuid = action.instance_uuid.get()?.clone().map(String::from).unwrap_or_default();
        let request = action.request_id.get()?.clone().unwrap_or_default();
        let finished = change(&self.0, (uuid, request), |tx, (uuid, request)| async move {
            super::finish(&tx, &uuid, &request).await?.ok_or_else(|| no_action(&uuid, &request))
        });
        row::action::load(action, finished.await?)?;
        action.reset_changes();
        Ok(())
    }
}

async fn create_in(tx: &Tx, action: &mut InstanceAction) -> Result<(), ActionError> {
    if action.id.is_set() {
        return Err(refused("create", "already created"));
    }
    let mut row = row::action::columns(action, Pick::Set)?;
    row.created_at = Set(Some(now(tx).await?));
    row.deleted = Set(0);
    row::action::load(action, row.insert(tx).await?)?;
    action.reset_changes();
    Ok(())
}

/// A page of a listing.
#[derive(Clone)]
struct Page {
    instance_uuid: String,
    limit: Option<u64>,
    marker: Option<String>,
    since: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl Page {
    fn condition(&self) -> Condition {
        use instance_action::Column;
        Condition::all()
            .add(Column::InstanceUuid.eq(self.instance_uuid.as_str()))
            .add_option(self.since.map(|since| Column::UpdatedAt.gte(to_column(since))))
            .add_option(self.before.map(|before| Column::UpdatedAt.lte(to_column(before))))
    }

    async fn read_in(&self, tx: &Tx) -> Result<Vec<InstanceAction>, ActionError> {
        use instance_action::{Column, Entity};
        let mut rows = Entity::find().filter(self.condition());
        if let Some(marker) = &self.marker {
            let found = super::find(tx, &self.instance_uuid, marker).await?;
            let missing = || ActionError::fault(MarkerNotFound { marker: marker.clone() });
            rows = rows.filter(after(&found.ok_or_else(missing)?));
        }
        let rows = rows.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(self.limit);
        let actions = rows.all(tx).await?.into_iter().map(action_of);
        Ok(actions.collect::<Result<_, Fault>>()?)
    }
}

/// What comes after `marker` when the latest is first.
fn after(marker: &instance_action::Model) -> Condition {
    use instance_action::Column;
    let same_moment =
        Condition::all().add(Column::CreatedAt.eq(marker.created_at)).add(Column::Id.lt(marker.id));
    Condition::any().add(Column::CreatedAt.lt(marker.created_at)).add(same_moment)
}

fn moment(filters: Option<&Json>, name: &str) -> Result<Option<Timestamp>, Fault> {
    let text = filters.and_then(|filters| filters.get(name)).and_then(|value| value.as_str());
    let parsed = text.map(str::parse::<Timestamp>).transpose();
    parsed.map_err(|error| ValueError { message: format!("{name}: {error}") }.into())
}

#[async_trait]
impl InstanceActionListActions for CellStore {
    async fn get_by_instance_uuid(
        &self,
        _: &RequestContext,
        instance_uuid: &str,
        limit: Option<i64>,
        marker: Option<&str>,
        filters: Option<&Json>,
    ) -> Result<InstanceActionList, Fault> {
        let page = Page {
            instance_uuid: instance_uuid.to_owned(),
            limit: limit.and_then(|limit| u64::try_from(limit).ok()),
            marker: marker.map(str::to_owned),
            since: moment(filters, "changes-since")?,
            before: moment(filters, "changes-before")?,
        };
        let actions = look(&self.0, page, |tx, page| async move { page.read_in(&tx).await }).await?;
        Ok(InstanceActionList::of(actions))
    }
}
