//! Recording what happens to instances where the database is.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use nova_core::fault::FaultData;
use nova_core::operation::{Hinter, LeaseLost, OperationId, Queue};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::UnexpectedTaskStateError;
use nova_objects_catalog::{Expected, Instance, InstanceFault};
use nova_objects_db::actions::{instance, instance_action, instance_fault};
use nova_objects_db::{ActionError, Db, NovaDb, Tx, generations, operations};
use nova_rpcapi::notification;
use nova_rpcapi::operations::CONDUCTOR;
use nova_rpcapi::recorder::{EventChange, EventStage, InstanceChange, InstanceRecorder};

/// Records what happens to instances in the cell's database, each change in one transaction.
#[derive(Clone)]
pub struct LocalRecorder {
    cell: Db,
    listeners: Option<Arc<dyn Hinter>>,
}

impl LocalRecorder {
    /// Records in `db`.
    pub fn new(db: &NovaDb) -> Self {
        Self { cell: db.cell1().clone(), listeners: None }
    }

    /// Writes down, with each record, what is to be [told](nova_rpcapi::notification) of it, and has `hinter` say so to conductors:
    /// for where one has a sink.
    pub fn telling(mut self, hinter: Arc<dyn Hinter>) -> Self {
        self.listeners = Some(hinter);
        self
    }
}

#[async_trait]
impl InstanceRecorder for LocalRecorder {
    async fn record(&self, cx: &RequestContext, change: InstanceChange) -> Result<Instance, Fault> {
        let cx = cx.without_token();
        let (work, tells) = ((cx.clone(), change), self.listeners.is_some());
        let recorded = self.cell.write(move |tx| {
            let (cx, change) = work.clone();
            async move {
                let (parent, event, fault) =
                    (change.lease.operation, change.event.clone(), change.fault.clone());
                let instance = record_in(&tx, &cx, change).await?;
                if let Some(event) = event.filter(|_| tells) {
                    tell_in(&tx, &cx, parent, &event, &instance, fault).await?;
                }
                Ok::<_, ActionError>(instance)
            }
        });
        let recorded = recorded.await?;
        if let Some(hinter) = &self.listeners {
            hinter.hint(&cx, &Queue::any(CONDUCTOR)).await;
        }
        Ok(recorded)
    }
}

/// All of `change`, in the caller's transaction.
pub(crate) async fn record_in(
    tx: &Tx,
    cx: &RequestContext,
    change: InstanceChange,
) -> Result<Instance, ActionError> {
    let InstanceChange { lease, mut instance, expected_task_state, generation, event, fault, end } = change;
    if !operations::is_current(tx, &lease).await? {
        return Err(ActionError::fault(LeaseLost::from(&lease)));
    }
    let expected = expected_task_state.into_iter().collect::<Expected>();
    let uuid = instance.uuid.get().map_err(crate::selection::unset)?.to_string();
    let host = instance.host.present().cloned();
    instance::save_in(tx, cx, &mut instance, None, Some(&expected)).await?;
    // After the save, which waits for whoever accepts something about the instance now.
    if let (Some(generation), Some(host)) = (generation, &host) {
        let last = generations::last_in(tx, &uuid, host).await?;
        let written = nova_core::mutant!("conductor: what was overtaken is written");
        if last.is_some_and(|last| last > generation) && !written {
            return Err(ActionError::fault(overtaken(uuid, generation, last)));
        }
    }
    if let Some(event) = &event {
        record_event(tx, cx, &uuid, event).await?;
    }
    if let Some(fault) = fault {
        let mut fault = InstanceFault::of(&uuid, host.as_deref(), &Fault::from_data(fault));
        instance_fault::create_in(tx, cx, &mut fault).await?;
    }
    if let Some(end) = end {
        operations::finish_in(tx, &lease, &end).await?;
    }
    Ok(instance)
}

/// What a step is told whose machine a later request has taken over.
fn overtaken(instance_uuid: String, generation: u64, last: Option<u64>) -> UnexpectedTaskStateError {
    let expected = format!("generation {generation}");
    let actual = last.map(|last| format!("generation {last}")).unwrap_or_default();
    UnexpectedTaskStateError { instance_uuid, expected: expected.into(), actual: actual.into() }
}

/// Writes down what is to be told of `event`.
async fn tell_in(
    tx: &Tx,
    cx: &RequestContext,
    parent: OperationId,
    event: &EventChange,
    instance: &Instance,
    fault: Option<FaultData>,
) -> Result<(), ActionError> {
    let fault = fault.map(Fault::from_data);
    if let Some(told) = notification::of_event(tx.env(), cx, parent, event, instance, fault.as_ref())? {
        operations::submit(tx, told).await?;
    }
    Ok(())
}

/// One stage of an event of the instance's action.
pub(crate) async fn record_event(
    tx: &Tx,
    cx: &RequestContext,
    uuid: &str,
    event: &EventChange,
) -> Result<(), ActionError> {
    let EventChange { name, host, what } = event;
    match what {
        EventStage::Start => instance_action::event_ensure_started_in(tx, cx, uuid, name, Some(host)).await,
        EventStage::Success => instance_action::event_finish_in(tx, cx, uuid, name, None).await,
        EventStage::Error(text) => instance_action::event_finish_in(tx, cx, uuid, name, Some(text)).await,
    }
}

impl fmt::Debug for LocalRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRecorder").field("cell", &self.cell).finish_non_exhaustive()
    }
}
