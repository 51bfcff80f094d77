//! Instances that nobody works on, for services that hold no database.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use nova_rpc::rpc_interface;
use uuid::Uuid;

use crate::recovery::Settlement;

/// Served by conductors: see [`Recovery`](crate::recovery::Recovery). Nova's Python services do not know it and are
/// never sent it.
#[rpc_interface(topic = "conductor", version = "1.1", namespace = "recovery", to = "any")]
pub trait RecoveryApi {
    /// The busy instances on `host` that no open operation is about.
    #[rpc(call, since = "1.0", idempotent)]
    async fn orphans(&self, cx: &RequestContext, host: String) -> Result<Vec<Instance>, Fault>;

    /// The instances on `host` that rest.
    #[rpc(call, since = "1.1", idempotent)]
    async fn resting(&self, cx: &RequestContext, host: String) -> Result<Vec<Instance>, Fault>;

    /// Which of `instances` were on `host` and are deleted.
    #[rpc(call, since = "1.1", idempotent)]
    async fn gone(&self, cx: &RequestContext, host: String, instances: Vec<Uuid>)
    -> Result<Vec<Uuid>, Fault>;

    /// Writes down what becomes of one; `false` if it is no longer as it was found.
    #[rpc(call, since = "1.0", idempotent)]
    async fn settle(&self, cx: &RequestContext, settlement: Settlement) -> Result<bool, Fault>;
}
