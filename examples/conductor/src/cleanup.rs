//! The last step of a deletion.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::context::ReadDeleted;
use nova_core::operation::{Flow, Queue, Running, StepError, StepHandler};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::Placement;
use nova_objects::Objects;
use nova_objects_catalog::Instance;
use nova_objects_catalog::exception::InstanceNotFound;
use nova_objects_db::actions::{instance, instance_action, instance_group, instance_mapping, request_spec};
use nova_objects_db::{ActionError, NovaDb, operations};
use nova_rpcapi::operations::{COMPUTE, Delete, TERMINATE};

/// Removes what a deletion leaves: allocations, then the record.
pub struct CleanupHandler {
    db: NovaDb,
    objects: Objects,
    placement: Arc<dyn Placement>,
}

impl CleanupHandler {
    /// Cleans up in `db`.
    pub fn new(db: &NovaDb, placement: Arc<dyn Placement>) -> Self {
        Self { db: db.clone(), objects: Objects::local(db.registry()), placement }
    }
}

#[async_trait]
impl StepHandler<Delete> for CleanupHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Delete>) -> Result<Flow, StepError> {
        let cx = &cx.elevated().with_read_deleted(ReadDeleted::Yes);
        let found = Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&[]), None).await;
        let host = match found {
            Ok(instance) => instance.host.present().cloned(),
            Err(fault) if fault.is::<InstanceNotFound>() => None,
            Err(fault) => return Err(fault.into()),
        };
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
        self.destroy_record(cx, step).await?;
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
    async fn destroy_record(&self, cx: &RequestContext, step: &Running<Delete>) -> Result<(), StepError> {
        let (end, lease) = (step.end(&Flow::Done)?, step.lease().clone());
        let (cx, uuid) = (cx.without_token(), step.target().to_owned());
        let destroyed = self.db.cell1().write(move |tx| {
            let (cx, uuid, end, lease) = (cx.clone(), uuid.clone(), end.clone(), lease.clone());
            async move {
                instance::destroy_in(&tx, &cx, &uuid).await?;
                instance_action::action_finish_in(&tx, &cx, &uuid).await?;
                operations::finish_in(&tx, &lease, &end).await?;
                Ok::<_, ActionError>(())
            }
        });
        Ok(destroyed.await.map_err(Fault::from)?)
    }
}

impl std::fmt::Debug for CleanupHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CleanupHandler").finish_non_exhaustive()
    }
}
