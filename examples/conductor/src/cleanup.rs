//! The last step of a deletion.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::context::ReadDeleted;
use nova_core::operation::{Flow, NewOperation, Queue, Running, StepError, StepHandler};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::Placement;
use nova_objects::Objects;
use nova_objects_catalog::exception::InstanceNotFound;
use nova_objects_catalog::{Instance, VmState};
use nova_objects_db::actions::{instance, instance_action, instance_group, instance_mapping, request_spec};
use nova_objects_db::{ActionError, NovaDb, operations};
use nova_rpcapi::notification::{self, Phase};
use nova_rpcapi::operations::{COMPUTE, Delete, TERMINATE};

/// Removes what a deletion leaves: allocations, then the record.
pub struct CleanupHandler {
    db: NovaDb,
    objects: Objects,
    placement: Arc<dyn Placement>,
    /// As whom it tells of deletions.
    publisher: Option<String>,
}

impl CleanupHandler {
    /// Cleans up in `db`.
    pub fn new(db: &NovaDb, placement: Arc<dyn Placement>) -> Self {
        Self { db: db.clone(), objects: Objects::local(db.registry()), placement, publisher: None }
    }

    /// Writes down what is to be [told](nova_rpcapi::notification), as the conductor of `host`.
    pub fn telling(mut self, host: &str) -> Self {
        self.publisher = Some(format!("nova-conductor:{host}"));
        self
    }
}

#[async_trait]
impl StepHandler<Delete> for CleanupHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Delete>) -> Result<Flow, StepError> {
        let cx = &cx.elevated().with_read_deleted(ReadDeleted::Yes);
        let found = Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&[]), None).await;
        let instance = match found {
            Ok(instance) => Some(instance),
            Err(fault) if fault.is::<InstanceNotFound>() => None,
            Err(fault) => return Err(fault.into()),
        };
        let host = instance.as_ref().and_then(|instance| instance.host.present().cloned());
        let found_elsewhere = host.is_some() && host != step.state.terminated_on;
        if found_elsewhere && !nova_core::mutant!("conductor: a deletion does not look for a build") {
            // A build got this far before the deletion was asked for.
            let queue = Queue::on(COMPUTE, host.unwrap_or_default());
            return Ok(Flow::Goto { step: TERMINATE, queue });
        }
        if !nova_core::mutant!("conductor: a deletion keeps what was held") {
            self.placement.retire(cx, step.args.instance).await.map_err(Fault::from)?;
        }
        self.forget_request(cx, step.target()).await?;
        self.destroy_record(cx, step, instance).await?;
        Ok(Flow::Recorded { next: None })
    }
}

impl CleanupHandler {
    async fn forget_request(&self, cx: &RequestContext, uuid: &str) -> Result<(), Fault> {
        let (cx, uuid) = (cx.without_token(), uuid.to_owned());
        let forgotten = self.db.api().write(move |tx| {
            let (cx, uuid) = (cx.clone(), uuid.clone());
            async move {
                request_spec::destroy_in(&tx, &cx, &uuid).await?;
                instance_group::leave_in(&tx, &cx, &uuid).await?;
                instance_mapping::queue_for_delete_in(&tx, &cx, &uuid).await?;
                Ok::<_, ActionError>(())
            }
        });
        Ok(forgotten.await?)
    }

    /// The record, the end of the action and the end of the operation, in one transaction.
    async fn destroy_record(
        &self,
        cx: &RequestContext,
        step: &Running<Delete>,
        instance: Option<Instance>,
    ) -> Result<(), StepError> {
        let (end, lease) = (step.end(&Flow::Done)?, step.lease().clone());
        let (cx, uuid) = (cx.without_token(), step.target().to_owned());
        let told = self.end_of(&cx, instance)?;
        let destroyed = self.db.cell1().write(move |tx| {
            let (cx, uuid, end, lease) = (cx.clone(), uuid.clone(), end.clone(), lease.clone());
            let told = told.clone();
            async move {
                instance::destroy_in(&tx, &cx, &uuid).await?;
                if let Some(told) = told {
                    operations::submit(&tx, told).await?;
                }
                instance_action::action_finish_in(&tx, &cx, &uuid).await?;
                operations::finish_in(&tx, &lease, &end).await?;
                Ok::<_, ActionError>(())
            }
        });
        Ok(destroyed.await.map_err(Fault::from)?)
    }

    /// What is told of the end, if anybody listens.
    fn end_of(&self, cx: &RequestContext, instance: Option<Instance>) -> Result<Option<NewOperation>, Fault> {
        let (Some(publisher), Some(mut instance)) = (&self.publisher, instance) else { return Ok(None) };
        let env = self.db.cell1().env();
        instance.vm_state.set(VmState::Deleted);
        instance.task_state.set(None);
        instance.terminated_at.set(Some(env.now()));
        notification::about(env, cx, publisher, "delete", &[Phase::End], &instance, None).map(Some)
    }
}

impl std::fmt::Debug for CleanupHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CleanupHandler").finish_non_exhaustive()
    }
}
