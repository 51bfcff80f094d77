//! The operation store of a cell, for services that hold no database.

use nova_core::operation::{Lease, OperationId, OperationRecord, Pull, Pulled, StepEnd};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use nova_rpc::rpc_interface;

use crate::recorder::InstanceChange;

/// Served by conductors beside Nova's own interfaces. Nova's Python services do not know it and are never sent it.
#[rpc_interface(topic = "conductor", version = "1.0", namespace = "operations", to = "any")]
pub trait OperationsApi {
    /// Renews leases and takes free steps: see [`OperationStore::pull`](nova_core::operation::OperationStore::pull).
    #[rpc(call, since = "1.0", idempotent)]
    async fn pull(&self, cx: &RequestContext, pull: Pull) -> Result<Pulled, Fault>;

    /// Records the end of a step.
    #[rpc(call, since = "1.0", idempotent)]
    async fn finish(&self, cx: &RequestContext, lease: Lease, end: StepEnd) -> Result<(), Fault>;

    /// The operation, if it is there.
    #[rpc(call, since = "1.0", idempotent)]
    async fn get(&self, cx: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, Fault>;

    /// Saves an instance together with what belongs to it: see [`InstanceRecorder`](crate::recorder::InstanceRecorder).
    #[rpc(call, since = "1.0", idempotent)]
    async fn record(&self, cx: &RequestContext, change: InstanceChange) -> Result<Instance, Fault>;
}
