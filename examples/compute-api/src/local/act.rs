//! Accepting an action on a server.

use nova_core::operation::{NewOperation, Queue};
use nova_core::{Fault, RequestContext};
use nova_objects_db::actions::instance_action;
use nova_objects_db::entity::instance::{Column, Entity, Model};
use nova_objects_db::{ActionError, CompareAndSwap, SwapError, Tx, generations, operations, time};
use nova_rpcapi::operations::{ACT, COMPUTE, Power, PowerArgs, Rule};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Inner;
use super::cells::Cell;
use super::guard::Guard;
use super::locate::{Located, Place};
use crate::policy::Permission;
use crate::{Action, ApiError};

/// Why an accepting transaction was undone.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undone {
    /// The server may not be asked this.
    #[error(transparent)]
    Refused(ApiError),
    /// The database failed.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<nova_objects_db::DbError> for Undone {
    fn from(error: nova_objects_db::DbError) -> Self {
        Self::Action(error.into())
    }
}

impl From<sea_orm::DbErr> for Undone {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Action(error.into())
    }
}

impl From<Undone> for ApiError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Refused(error) => error,
            Undone::Action(error) => Self::Failed(error.into()),
        }
    }
}

impl Inner {
    pub(super) async fn act_on_server(
        &self,
        cx: &RequestContext,
        id: Uuid,
        action: Action,
    ) -> Result<(), ApiError> {
        let rule = action.rule();
        self.in_a_cell(cx, id, action.permission(), guard(rule)).await?;
        let args = PowerArgs { instance: id, action: action.power(), generation: 0 };
        let operation = NewOperation::of::<Power>(&self.env, cx, id.to_string(), &args)?;
        let work = (cx.clone(), args, operation);
        let accepted = self.db.cell1().write(move |tx| {
            let (cx, args, operation) = work.clone();
            async move { accept(&tx, &cx, rule, args, operation).await }
        });
        let queue = accepted.await?;
        self.hint(cx, &queue).await;
        Ok(())
    }

    /// Refuses a server that `cx` may not see, or that it may not do this with, or that has no record in the cell of those
    /// that found a host.
    pub(super) async fn in_a_cell(
        &self,
        cx: &RequestContext,
        id: Uuid,
        needed: Permission,
        guard: Guard,
    ) -> Result<(), ApiError> {
        let Located { place, target, .. } = self.locate(cx, id).await?;
        self.enforce(cx, needed, &target).await?;
        match place {
            Place::In(Cell::One) => Ok(()),
            Place::In(Cell::Zero) => Err(ApiError::NotReady { id }),
            Place::Unscheduled(instance) => Err(guard.refuse_unscheduled(id, &instance)),
        }
    }
}

fn guard(rule: &'static Rule) -> Guard {
    Guard { action: rule.name, vm_states: rule.vm_states, task_states: rule.task_states }
}

/// The task state, the action, its authority over the machine and the operation, in one transaction. Says whose it is.
async fn accept(
    tx: &Tx,
    cx: &RequestContext,
    rule: &'static Rule,
    args: PowerArgs,
    operation: NewOperation,
) -> Result<Queue, Undone> {
    let id = args.instance;
    let host = guard(rule).check(cx, id, &live(tx, id).await?).map_err(Undone::Refused)?;
    let taken = CompareAndSwap::<Entity>::of(Column::Uuid, id.to_string())
        .and(Column::Deleted, 0)
        .expect_any(Column::VmState, rule.vm_states.iter().map(|state| state.as_str()))
        .expect_any(Column::TaskState, rule.task_states.iter().map(|task| task.map(|task| task.as_str())))
        .set(Column::TaskState, rule.task.as_str())
        .set(Column::UpdatedAt, Some(time::to_column(tx.now().await?)));
    match taken.run(tx).await {
        Ok(()) => {}
        Err(SwapError::Conflict { current }) => return Err(faster(cx, id, guard(rule), current.as_deref())),
        Err(SwapError::Db(error)) => return Err(error.into()),
        Err(error) => return Err(ActionError::from(Fault::internal("taking a server", &error)).into()),
    }
    instance_action::action_start_in(tx, cx, &id.to_string(), rule.name).await?;
    let generation = generations::take_in(tx, &id.to_string(), &host, 1).await?;
    let queue = Queue::on(COMPUTE, host);
    let operation = operation
        .with_args::<Power>(&PowerArgs { generation, ..args })
        .map_err(Fault::from)
        .map_err(ActionError::from)?
        .starting_at(ACT, queue.clone());
    operations::submit(tx, operation).await?;
    Ok(queue)
}

/// The record of a server that is there.
pub(super) async fn live(tx: &Tx, id: Uuid) -> Result<Model, Undone> {
    let found = Entity::find().filter(Column::Uuid.eq(id.to_string())).filter(Column::Deleted.eq(0));
    found.one(tx).await?.ok_or_else(|| Undone::Refused(ApiError::no_server(id)))
}

/// Another request changed the record between our look and our change.
fn faster(cx: &RequestContext, id: Uuid, guard: Guard, current: Option<&Model>) -> Undone {
    let refused = current.filter(|row| row.deleted == 0).map(|row| guard.check(cx, id, row));
    Undone::Refused(match refused {
        Some(Err(error)) => error,
        None => ApiError::no_server(id),
        Some(Ok(_)) => ApiError::Conflict {
            kind: crate::Kind::Server,
            id: id.to_string(),
            reason: "changes too quickly; try again".to_owned(),
        },
    })
}
