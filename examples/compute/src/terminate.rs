//! The `terminate` step of a deletion.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::operation::{Flow, Queue, Running, StepError, StepHandler};
use nova_core::sync::KeyedLocks;
use nova_core::{Fault, RequestContext};
use nova_neighbours::network::Network;
use nova_rpcapi::operations::{CLEANUP, CONDUCTOR, Delete};
use nova_virt::{Disks, Driver, Generation, Order};

/// Destroys machines.
pub struct TerminateHandler {
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) locks: KeyedLocks,
}

#[async_trait]
impl StepHandler<Delete> for TerminateHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Delete>) -> Result<Flow, StepError> {
        // What is under way with this instance ends first.
        let _lock = self.locks.lock(step.target()).await;
        // More authority than anything else: what comes late finds itself fenced off.
        let generation = match nova_core::mutant!("compute: a deletion fences nothing") {
            true => Generation::FIRST,
            false => Generation::LAST,
        };
        let order = Order::new(step.lease().operation.0, step.key(), generation);
        let destroyed = self.driver.destroy(&order, step.args.instance, Disks::Remove).await;
        destroyed.map_err(|error| Fault::internal("destroying the machine", &error))?;
        self.network.deallocate(&cx.elevated(), step.args.instance).await?;
        step.state.terminated_on = Some(self.host.clone());
        Ok(Flow::Goto { step: CLEANUP, queue: Queue::any(CONDUCTOR) })
    }
}

impl std::fmt::Debug for TerminateHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerminateHandler").finish_non_exhaustive()
    }
}
