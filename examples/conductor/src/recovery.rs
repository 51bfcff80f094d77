//! Settling instances that nobody works on, where the database is.

use async_trait::async_trait;
use nova_core::context::ReadDeleted;
use nova_core::operation::{NewOperation, Queue};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{InstanceNotFound, is_update_conflict};
use nova_objects_catalog::{Expected, Instance, InstanceFault, TaskState, VmState};
use nova_objects_db::actions::{instance, instance_action, instance_fault};
use nova_objects_db::{ActionError, Db, NovaDb, Tx, generations, operations};
use nova_rpcapi::contract::RecoveryApi;
use nova_rpcapi::operations::{ACT, COMPUTE, Delete, DeleteArgs, Power, PowerArgs, TERMINATE};
use nova_rpcapi::recovery::{Decision, Recovery, Settlement};
use uuid::Uuid;

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
            async move { instance::orphans_in(&tx, &cx, &host).await }
        });
        Ok(found.await?)
    }

    async fn resting(&self, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, Fault> {
        let work = (cx.elevated().with_read_deleted(ReadDeleted::No), host.to_owned());
        let found = self.cell.read(move |tx| {
            let (cx, host) = work.clone();
            async move { instance::resting_in(&tx, &cx, &host).await }
        });
        Ok(found.await?)
    }

    async fn gone(&self, _: &RequestContext, host: &str, instances: &[Uuid]) -> Result<Vec<Uuid>, Fault> {
        let uuids: Vec<_> = instances.iter().map(Uuid::to_string).collect();
        let work = (host.to_owned(), uuids);
        let found = self.cell.read(move |tx| {
            let (host, uuids) = work.clone();
            async move { instance::gone_in(&tx, &host, &uuids).await }
        });
        Ok(found.await?.iter().filter_map(|uuid| uuid.parse().ok()).collect())
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

    async fn resting(&self, cx: &RequestContext, host: String) -> Result<Vec<Instance>, Fault> {
        Recovery::resting(self, cx, &host).await
    }

    async fn gone(
        &self,
        cx: &RequestContext,
        host: String,
        instances: Vec<Uuid>,
    ) -> Result<Vec<Uuid>, Fault> {
        Recovery::gone(self, cx, &host, &instances).await
    }

    async fn settle(&self, cx: &RequestContext, settlement: Settlement) -> Result<bool, Fault> {
        Recovery::settle(self, cx, settlement).await
    }
}

/// Nothing is written unless the record is as it was found and nobody works on it.
async fn settle_in(tx: &Tx, cx: &RequestContext, settlement: Settlement) -> Result<bool, ActionError> {
    let Settlement { instance: id, host, vm_state, task_state, power_state, decision } = settlement;
    let uuid = id.to_string();
    if operations::is_open_about_in(tx, &uuid).await? {
        return Ok(false);
    }
    let mut record = match instance::get_in(tx, cx, &uuid, &[]).await {
        Ok(record) => record,
        Err(ActionError::Fault(fault)) if fault.is::<InstanceNotFound>() => return Ok(false),
        Err(error) => return Err(error),
    };
    if record.host.present() != Some(&host) {
        return Ok(false);
    }
    apply(&mut record, power_state, &decision);
    let (vm_state, task_state) = (Expected::from_iter([vm_state]), Expected::from_iter([task_state]));
    match instance::save_in(tx, cx, &mut record, Some(&vm_state), Some(&task_state)).await {
        Ok(()) => {}
        Err(ActionError::Fault(fault)) if is_update_conflict(&fault) => return Ok(false),
        Err(error) => return Err(error),
    }
    let is_new = matches!(decision, Decision::Begin(_));
    match decision {
        Decision::Rest(_) => {}
        Decision::Fail(why) => {
            let mut fault = InstanceFault::of(&uuid, Some(&host), &Fault::from_data(why));
            instance_fault::create_in(tx, cx, &mut fault).await?;
        }
        Decision::Redo(action) | Decision::Begin(action) => {
            if is_new {
                instance_action::action_start_in(tx, cx, &uuid, action.rule().name).await?;
            }
            let generation = generations::take_in(tx, &uuid, &host, 1).await?;
            let args = PowerArgs { instance: id, action, generation };
            let again = NewOperation::of::<Power>(tx.env(), cx, &*uuid, &args).map_err(Fault::from)?;
            operations::submit(tx, again.starting_at(ACT, Queue::on(COMPUTE, host))).await?;
        }
        Decision::Delete => {
            let args = DeleteArgs { instance: id };
            let again = NewOperation::of::<Delete>(tx.env(), cx, &*uuid, &args).map_err(Fault::from)?;
            operations::submit(tx, again.starting_at(TERMINATE, Queue::on(COMPUTE, host))).await?;
        }
    }
    Ok(true)
}

/// What the record says from now on.
fn apply(record: &mut Instance, power_state: Option<i64>, decision: &Decision) {
    if let Some(code) = power_state {
        record.power_state.set(Some(code));
    }
    match decision {
        Decision::Rest(vm_state) => {
            record.task_state.set(None);
            if let Some(vm_state) = vm_state {
                record.vm_state.set(Some(vm_state.clone()));
            }
        }
        Decision::Fail(_) => {
            record.task_state.set(None);
            record.vm_state.set(VmState::Error);
        }
        Decision::Redo(action) | Decision::Begin(action) => record.task_state.set(action.rule().task),
        Decision::Delete => record.task_state.set(TaskState::Deleting),
    }
}
