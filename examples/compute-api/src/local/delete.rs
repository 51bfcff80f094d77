//! Accepting a deletion.

use nova_core::operation::{NewOperation, Queue};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::InstanceNotFound;
use nova_objects_catalog::{Instance, TaskState};
use nova_objects_db::actions::{
    build_request, instance, instance_action, instance_group, instance_mapping, request_spec,
};
use nova_objects_db::entity::instance::{Column, Entity};
use nova_objects_db::{ActionError, DbError, Tx, operations};
use nova_rpcapi::notification::{self, Phase};
use nova_rpcapi::operations::{CLEANUP, COMPUTE, CONDUCTOR, Delete, DeleteArgs, TERMINATE};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::Inner;
use super::cells::Cell;
use super::locate::{Located, Place};
use crate::ApiError;
use crate::policy::Permission;

/// What is already so when a deletion is asked for.
enum Before {
    Gone,
    Deleting,
    Alive,
}

impl Inner {
    pub(super) async fn delete_server(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        let Located { place, target, .. } = self.locate(cx, id).await?;
        self.enforce(cx, Permission::DeleteServer, &target).await?;
        let place = match place {
            Place::Unscheduled(instance) if self.withdraw(cx, id, &instance).await? => return Ok(()),
            // A server moves once from the API database to a cell: it is there now, or another deletion was faster.
            Place::Unscheduled(_) => self.locate(cx, id).await?.place,
            place => place,
        };
        match place {
            Place::Unscheduled(_) => Err(ApiError::Conflict {
                kind: crate::Kind::Server,
                id: id.to_string(),
                reason: "changes too quickly; try again".to_owned(),
            }),
            Place::In(Cell::Zero) => self.forget(cx, id).await,
            Place::In(Cell::One) => self.delete_in_cell(cx, id).await,
        }
    }

    /// Takes the build request away: whoever does decides. The boot operation sees it and cleans up. `false` when a
    /// conductor, or another deletion, was faster.
    async fn withdraw(&self, cx: &RequestContext, id: Uuid, instance: &Instance) -> Result<bool, ApiError> {
        let told = self.told_of_deletion(cx, &[Phase::Start, Phase::End], instance)?;
        let work = (cx.clone(), id.to_string(), told);
        let withdrawn = self.db.api().write(move |tx| {
            let (cx, id, told) = work.clone();
            async move {
                let withdrawn = build_request::destroy_in(&tx, &cx, &id).await?;
                if let Some(told) = told.filter(|_| withdrawn) {
                    operations::submit(&tx, told).await?;
                }
                Ok(withdrawn)
            }
        });
        Ok(withdrawn.await.map_err(|error: ActionError| Fault::from(error))?)
    }

    /// Destroys what is left of a server that never had a host: first what points to its record, then the record, so
    /// that a deletion that was cut off between the two can be asked for again. It is told with the first.
    async fn forget(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        let told = match self.publisher {
            None => None,
            Some(_) => match self.buried(cx, id).await? {
                Some(instance) => self.told_of_deletion(cx, &[Phase::Start, Phase::End], &instance)?,
                None => return Err(ApiError::no_server(id)),
            },
        };
        let work = (cx.clone(), id.to_string(), told);
        let unmapped = self.db.api().write(move |tx| {
            let (cx, id, told) = work.clone();
            async move {
                request_spec::destroy_in(&tx, &cx, &id).await?;
                instance_group::leave_in(&tx, &cx, &id).await?;
                if let Some(told) = told {
                    operations::submit(&tx, told).await?;
                }
                instance_mapping::queue_for_delete_in(&tx, &cx, &id).await
            }
        });
        unmapped.await.map_err(|error: ActionError| Fault::from(error))?;
        let work = (cx.clone(), id.to_string());
        let forgotten = self.db.cell0().write(move |tx| {
            let (cx, id) = work.clone();
            async move { instance::destroy_in(&tx, &cx, &id).await }
        });
        match forgotten.await.map_err(|error: ActionError| Fault::from(error))? {
            true => Ok(()),
            false => Err(ApiError::no_server(id)),
        }
    }

    /// The record of a server that never had a host.
    async fn buried(&self, cx: &RequestContext, id: Uuid) -> Result<Option<Instance>, ApiError> {
        let work = (cx.elevated(), id.to_string());
        let found = self.db.cell0().read(move |tx| {
            let (cx, id) = work.clone();
            async move { instance::get_in(&tx, &cx, &id, &["flavor", "metadata"]).await }
        });
        match found.await.map_err(|error: ActionError| Fault::from(error)) {
            Ok(instance) => Ok(Some(instance)),
            Err(fault) if fault.is::<InstanceNotFound>() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn delete_in_cell(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        match self.before(id).await? {
            Before::Gone => Err(ApiError::no_server(id)),
            Before::Deleting => Ok(()),
            Before::Alive => self.submit_delete(cx, id).await,
        }
    }

    async fn before(&self, id: Uuid) -> Result<Before, DbError> {
        let query = self.db.cell1().query(move |tx| async move {
            let alive = Entity::find().filter(Column::Uuid.eq(id.to_string())).filter(Column::Deleted.eq(0));
            let task: Option<Option<String>> =
                alive.select_only().column(Column::TaskState).into_tuple().one(&tx).await?;
            Ok::<_, DbError>(task)
        });
        Ok(match query.await? {
            None => Before::Gone,
            Some(Some(task)) if task == TaskState::Deleting.as_str() => Before::Deleting,
            Some(_) => Before::Alive,
        })
    }

    /// The state, the action and the operation, in one transaction; then the hint.
    async fn submit_delete(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        let operation =
            NewOperation::of::<Delete>(&self.env, cx, id.to_string(), &DeleteArgs { instance: id })?;
        let work = (cx.clone(), id.to_string(), operation, self.publisher.clone());
        let submitted = self.db.cell1().write(move |tx| {
            let (cx, id, operation, publisher) = work.clone();
            async move { begin(&tx, &cx, &id, operation, publisher.as_deref()).await }
        });
        if let Some(queue) = submitted.await.map_err(Fault::from)? {
            self.hint(cx, &queue).await;
        }
        if self.publisher.is_some() {
            self.hint(cx, &Queue::any(CONDUCTOR)).await;
        }
        Ok(())
    }
}

/// Whose the first step is; nobody's when another deletion was faster.
async fn begin(
    tx: &Tx,
    cx: &RequestContext,
    id: &str,
    operation: NewOperation,
    publisher: Option<&str>,
) -> Result<Option<Queue>, ActionError> {
    if !instance::mark_deleting_in(tx, cx, id).await? {
        return Ok(None);
    }
    if let Some(publisher) = publisher {
        let found = instance::get_in(tx, &cx.elevated(), id, &["flavor", "metadata"]).await?;
        let told = notification::about(tx.env(), cx, publisher, "delete", &[Phase::Start], &found, None)?;
        operations::submit(tx, told).await?;
    }
    instance_action::action_start_in(tx, cx, id, "delete").await?;
    let row = Entity::find().filter(Column::Uuid.eq(id)).select_only().column(Column::Host);
    let host: Option<Option<String>> = row.into_tuple().one(tx).await?;
    let (step, queue) = match host.flatten() {
        Some(host) => (TERMINATE, Queue::on(COMPUTE, host)),
        None => (CLEANUP, Queue::any(CONDUCTOR)),
    };
    operations::submit(tx, operation.starting_at(step, queue.clone())).await?;
    Ok(Some(queue))
}
