//! The contract between callers and a conductor.

use nova_core::{Fault, RequestContext};
use nova_rpc::{Encoded, rpc_interface};

use crate::manifest::Manifest;

/// Nova's conductor contract for objects, on topic `conductor`, without a namespace.
///
/// Callers do not use it themselves: [`Objects`](super::Objects) does. [`ObjectEndpoint`](super::ObjectEndpoint)
/// implements it.
#[doc(alias = "nova.conductor.rpcapi.ConductorAPI")]
#[rpc_interface(topic = "conductor", version = "3.0")]
pub trait ObjectApi {
    /// Runs an action of a class and brings its result down to what the asker reads.
    #[rpc(call)]
    async fn object_class_action_versions(
        &self,
        cx: &RequestContext,
        objname: String,
        objmethod: String,
        object_versions: Manifest,
        args: Encoded,
        kwargs: Encoded,
    ) -> Result<Encoded, Fault>;

    /// Runs an action on an object; answers with what it changed in it, and its result.
    #[rpc(call)]
    async fn object_action(
        &self,
        cx: &RequestContext,
        objinst: Encoded,
        objmethod: String,
        args: Encoded,
        kwargs: Encoded,
    ) -> Result<(Encoded, Encoded), Fault>;

    /// Brings an object down to what the asker reads.
    #[rpc(call)]
    async fn object_backport_versions(
        &self,
        cx: &RequestContext,
        objinst: Encoded,
        object_versions: Manifest,
    ) -> Result<Encoded, Fault>;
}
