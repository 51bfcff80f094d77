//! Operations and recording, served to services that hold no database.

use std::sync::Arc;

use nova_core::operation::{
    Hints, Lease, OperationId, OperationRecord, OperationStore, Pull, Pulled, StepEnd,
};
use nova_core::service::Manager;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use nova_rpcapi::contract::{HintApi, OperationsApi};
use nova_rpcapi::recorder::{InstanceChange, InstanceRecorder};

/// Serves [`OperationsApi`] and [`HintApi`] from whatever store and recorder it is given.
pub struct OperationsEndpoint {
    operations: Arc<dyn OperationStore>,
    recorder: Arc<dyn InstanceRecorder>,
    hints: Vec<Hints>,
}

impl OperationsEndpoint {
    /// Serves `operations` and `recorder`; a hint wakes up the workers that `hints` belong to.
    pub fn new(
        operations: Arc<dyn OperationStore>,
        recorder: Arc<dyn InstanceRecorder>,
        hints: Vec<Hints>,
    ) -> Self {
        Self { operations, recorder, hints }
    }
}

/// The conductor's own life needs no hooks: it keeps nothing.
impl Manager for OperationsEndpoint {}

impl OperationsApi for OperationsEndpoint {
    async fn pull(&self, cx: &RequestContext, pull: Pull) -> Result<Pulled, Fault> {
        Ok(self.operations.pull(cx, &pull).await?)
    }

    async fn finish(&self, cx: &RequestContext, lease: Lease, end: StepEnd) -> Result<(), Fault> {
        Ok(self.operations.finish(cx, &lease, &end).await?)
    }

    async fn get(&self, cx: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, Fault> {
        Ok(self.operations.get(cx, id).await?)
    }

    async fn record(&self, cx: &RequestContext, change: InstanceChange) -> Result<Instance, Fault> {
        self.recorder.record(cx, change).await
    }
}

impl HintApi for OperationsEndpoint {
    async fn look(&self, _: &RequestContext) -> Result<(), Fault> {
        self.hints.iter().for_each(Hints::look);
        Ok(())
    }
}

impl std::fmt::Debug for OperationsEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperationsEndpoint").finish_non_exhaustive()
    }
}
