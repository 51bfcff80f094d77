//! The actions of the catalogue on events.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::InstanceActionEventNotFound;
use nova_objects_catalog::{
    InstanceActionEvent, InstanceActionEventActions, InstanceActionEventList, InstanceActionEventListActions,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::event::{self, Ending, Stepped};
use super::row::{self, event_of};
use super::store::{no_action, wanted};
use crate::actions::CellStore;
use crate::actions::columns::Pick;
use crate::actions::store::{change, look, narrow, now, refused};
use crate::entity::instance_action_event;
use crate::error::ActionError;
use crate::tx::Tx;

#[async_trait]
impl InstanceActionEventActions for CellStore {
    async fn get_by_id(
        &self,
        _: &RequestContext,
        action_id: i64,
        event_id: i64,
    ) -> Result<Option<InstanceActionEvent>, Fault> {
        use instance_action_event::{Column, Entity};
        let found = look(&self.0, (action_id, event_id), |tx, (action, event)| async move {
            let rows = Entity::find_by_id(narrow(event)?).filter(Column::ActionId.eq(narrow(action)?));
            Ok(rows.one(&tx).await?)
        });
        found.await?.map(event_of).transpose()
    }

    async fn event_start(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        event_name: &str,
        want_result: Option<bool>,
        host: Option<&str>,
    ) -> Result<Option<InstanceActionEvent>, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned(), event_name.to_owned(), host.map(str::to_owned));
        let started = change(&self.0, args, |tx, (cx, uuid, name, host)| async move {
            let started = event::start(&tx, &cx, &uuid, &name, host.as_deref()).await?;
            started.ok_or_else(|| no_action(&uuid, cx.request_id()))
        });
        Ok(wanted(want_result, event_of(started.await?)?))
    }

    async fn event_finish(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        event_name: &str,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceActionEvent>, Fault> {
        let finished = self.finish_event(cx, instance_uuid, event_name, Ending::Success).await?;
        Ok(wanted(want_result, finished))
    }

    async fn event_finish_with_failure(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        event_name: &str,
        exc_val: Option<&str>,
        exc_tb: Option<&str>,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceActionEvent>, Fault> {
        let ending = ending(exc_val, exc_tb);
        let finished = self.finish_event(cx, instance_uuid, event_name, ending).await?;
        Ok(wanted(want_result, finished))
    }

    async fn create(
        &self,
        _: &RequestContext,
        event: &mut InstanceActionEvent,
        instance_uuid: &str,
        request_id: &str,
    ) -> Result<(), Fault> {
        let args = (event.clone(), instance_uuid.to_owned(), request_id.to_owned());
        *event = change(&self.0, args, |tx, (mut event, uuid, request)| async move {
            create_event_in(&tx, &mut event, &uuid, &request).await?;
            Ok(event)
        })
        .await?;
        Ok(())
    }

    async fn finish(&self, _: &RequestContext, event: &mut InstanceActionEvent) -> Result<(), Fault> {
        self.end_event(event, Ending::Success).await
    }

    async fn finish_with_failure(
        &self,
        _: &RequestContext,
        event: &mut InstanceActionEvent,
        exc_val: Option<&str>,
        exc_tb: Option<&str>,
    ) -> Result<(), Fault> {
        self.end_event(event, ending(exc_val, exc_tb)).await
    }
}

fn ending(exc_val: Option<&str>, exc_tb: Option<&str>) -> Ending {
    if exc_val.is_none() && exc_tb.is_none() {
        return Ending::Success;
    }
    Ending::Error { details: exc_val.map(str::to_owned), traceback: exc_tb.map(str::to_owned) }
}

async fn create_event_in(
    tx: &Tx,
    event: &mut InstanceActionEvent,
    instance_uuid: &str,
    request_id: &str,
) -> Result<(), ActionError> {
    if event.id.is_set() {
        return Err(refused("create", "already created"));
    }
    let action = super::find(tx, instance_uuid, request_id).await?;
    let action = action.ok_or_else(|| no_action(instance_uuid, request_id))?;
    let mut row = row::event::columns(event, Pick::Set)?;
    row.action_id = Set(Some(action.id));
    row.created_at = Set(Some(now(tx).await?));
    row.deleted = Set(0);
    row::event::load(event, row.insert(tx).await?)?;
    event.reset_changes();
    Ok(())
}

impl CellStore {
    async fn finish_event(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        name: &str,
        ending: Ending,
    ) -> Result<InstanceActionEvent, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned(), name.to_owned(), ending);
        let finished = change(&self.0, args, |tx, (cx, uuid, name, ending)| async move {
            match event::finish(&tx, &cx, &uuid, &name, ending).await? {
                Stepped::Event(row) => Ok(row),
                Stepped::NoAction => Err(no_action(&uuid, cx.request_id())),
                Stepped::NoEvent(id) => {
                    Err(ActionError::fault(InstanceActionEventNotFound { event: name, action_id: id.into() }))
                }
            }
        });
        event_of(finished.await?)
    }

    async fn end_event(&self, event: &mut InstanceActionEvent, ending: Ending) -> Result<(), Fault> {
        let ended = change(&self.0, (*event.id.get()?, ending), |tx, (id, ending)| async move {
            let failed = matches!(ending, Ending::Error { .. });
            let row = event::end(&tx, narrow(id)?, ending).await?;
            if let Some(action) = row.action_id {
                super::touch(&tx, action, failed).await?;
            }
            Ok(row)
        });
        row::event::load(event, ended.await?)?;
        event.reset_changes();
        Ok(())
    }
}

#[async_trait]
impl InstanceActionEventListActions for CellStore {
    async fn get_by_action(
        &self,
        _: &RequestContext,
        action_id: i64,
    ) -> Result<InstanceActionEventList, Fault> {
        use instance_action_event::{Column, Entity};
        let rows = look(&self.0, action_id, |tx, action| async move {
            let rows = Entity::find().filter(Column::ActionId.eq(narrow(action)?));
            Ok(rows.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).all(&tx).await?)
        });
        let events = rows.await?.into_iter().map(event_of);
        Ok(InstanceActionEventList::of(events.collect::<Result<_, Fault>>()?))
    }
}
