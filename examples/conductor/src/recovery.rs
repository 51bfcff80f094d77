//! Settling instances that nobody works on, where the database is.

use async_trait::async_trait;
use nova_core::context::ReadDeleted;
use nova_core::operation::{NewOperation, Queue};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::{Expected, Instance, InstanceFault, TaskState, VmState};
use nova_objects_db::actions::{instance, instance_fault};
use nova_objects_db::entity::instance::{Column, Entity};
use nova_objects_db::entity::operation;
use nova_objects_db::{ActionError, Db, NovaDb, Tx, generations, operations};
use nova_rpcapi::contract::RecoveryApi;
use nova_rpcapi::operations::{ACT, COMPUTE, Delete, DeleteArgs, Power, PowerArgs, TERMINATE};
use nova_rpcapi::recovery::{Decision, Recovery, Settlement};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

/// Statuses of operations that have not ended.
const OPEN: [&str; 2] = ["open", "compensating"];

/// Settles instances of the cell's database.
#[derive(Clone, Debug)]
pub struct LocalRecovery {
    cell: Db,
}

impl LocalRecovery {
    /// Settles in `db`.
    pub fn new(db: &NovaDb) -> Self {
        Self { cell: db.cell1().clone() }
    }
}

#[async_trait]
impl Recovery for LocalRecovery {
    async fn orphans(&self, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, Fault> {
        let work = (cx.elevated().with_read_deleted(ReadDeleted::No), host.to_owned());
        let found = self.cell.read(move |tx| {
            let (cx, host) = work.clone();
            async move { orphans_in(&tx, &cx, &host).await }
        });
        Ok(found.await?)
    }

    async fn settle(&self, cx: &RequestContext, settlement: Settlement) -> Result<bool, Fault> {
        let work = (cx.elevated().without_token(), settlement);
        let settled = self.cell.write(move |tx| {
            let (cx, settlement) = work.clone();
            async move { settle_in(&tx, &cx, settlement).await }
        });
        Ok(settled.await?)
    }
}

impl RecoveryApi for LocalRecovery {
    async fn orphans(&self, cx: &RequestContext, host: String) -> Result<Vec<Instance>, Fault> {
        Recovery::orphans(self, cx, &host).await
    }

    async fn settle(&self, cx: &RequestContext, settlement: Settlement) -> Result<bool, Fault> {
        Recovery::settle(self, cx, settlement).await
    }
}

async fn orphans_in(tx: &Tx, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, ActionError> {
    let worked_on = Query::select()
        .column(operation::Column::Target)
        .from(operation::Entity)
        .and_where(operation::Column::Status.is_in(OPEN))
        .to_owned();
    let unfinished = [VmState::Building, VmState::Deleted].map(VmState::as_str);
    let busy = Condition::any().add(Column::TaskState.is_not_null()).add(Column::VmState.is_in(unfinished));
    let found = Entity::find()
        .filter(Column::Host.eq(host))
        .filter(Column::Deleted.eq(0))
        .filter(busy)
        .filter(Column::Uuid.not_in_subquery(worked_on))
        .select_only()
        .column(Column::Uuid);
    let uuids: Vec<String> = found.into_tuple().all(tx).await?;
    let mut orphans = Vec::with_capacity(uuids.len());
    for uuid in uuids {
        orphans.push(instance::get_in(tx, cx, &uuid, &[]).await?);
    }
    Ok(orphans)
}

async fn settle_in(tx: &Tx, cx: &RequestContext, settlement: Settlement) -> Result<bool, ActionError> {
    let Settlement { instance: id, host, vm_state, task_state, power_state, decision } = settlement;
    let uuid = id.to_string();
    let there = Entity::find().filter(Column::Uuid.eq(&*uuid)).filter(Column::Host.eq(&*host));
    if there.lock_exclusive().one(tx).await?.is_none() || is_worked_on(tx, &uuid).await? {
        return Ok(false);
    }
    let mut record = match instance::get_in(tx, cx, &uuid, &[]).await {
        Ok(record) => record,
        Err(ActionError::Fault(fault)) if fault.code() == 404 => return Ok(false),
        Err(error) => return Err(error),
    };
    let as_found = (Expected::from_iter([vm_state]), Expected::from_iter([task_state]));
    let is_as_found = as_found.0.allows(record.vm_state.present().map(String::as_str))
        && as_found.1.allows(record.task_state.present().map(String::as_str));
    if !is_as_found {
        return Ok(false);
    }
    if let Some(code) = power_state {
        record.power_state.set(Some(code));
    }
    let mut fault = None;
    match decision {
        Decision::Rest(vm_state) => {
            record.task_state.set(None);
            if vm_state.is_some() {
                record.vm_state.set(vm_state);
            }
        }
        Decision::Fail(why) => {
            record.task_state.set(None);
            record.vm_state.set(VmState::Error);
            fault = Some(InstanceFault::of(&uuid, Some(&host), &Fault::from_data(why)));
        }
        Decision::Redo(action) => {
            record.task_state.set(action.rule().task);
            let generation = generations::take_in(tx, &uuid, &host, 1).await?;
            let args = PowerArgs { instance: id, action, generation };
            let again = NewOperation::of::<Power>(tx.env(), cx, &*uuid, &args).map_err(Fault::from)?;
            operations::submit(tx, again.starting_at(ACT, Queue::on(COMPUTE, host))).await?;
        }
        Decision::Delete => {
            record.task_state.set(TaskState::Deleting);
            let args = DeleteArgs { instance: id };
            let again = NewOperation::of::<Delete>(tx.env(), cx, &*uuid, &args).map_err(Fault::from)?;
            operations::submit(tx, again.starting_at(TERMINATE, Queue::on(COMPUTE, host))).await?;
        }
    }
    instance::save_in(tx, cx, &mut record, Some(&as_found.0), Some(&as_found.1)).await?;
    if let Some(mut fault) = fault {
        instance_fault::create_in(tx, cx, &mut fault).await?;
    }
    Ok(true)
}

async fn is_worked_on(tx: &Tx, uuid: &str) -> Result<bool, ActionError> {
    let open = operation::Entity::find()
        .filter(operation::Column::Target.eq(uuid))
        .filter(operation::Column::Status.is_in(OPEN));
    Ok(open.one(tx).await?.is_some())
}
