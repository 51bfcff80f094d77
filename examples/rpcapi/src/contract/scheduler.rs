//! Nova's scheduler interface.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::{RequestSpec, Selection};
use nova_rpc::rpc_interface;

/// What a scheduler answers.
#[rpc_interface(topic = "scheduler", version = "4.5", to = "any")]
pub trait SchedulerApi {
    /// Chooses a host for each of `instance_uuids`, in that order, and claims its resources: per instance a list with
    /// the chosen host first and, if asked for, the alternates after it.
    ///
    /// All or nothing: if one instance finds no host, nothing stays claimed and the answer is `NoValidHost`.
    #[rpc(call, timeout = long, since = "4.0")]
    async fn select_destinations(
        &self,
        cx: &RequestContext,
        spec_obj: RequestSpec,
        instance_uuids: Vec<String>,
        #[rpc(since = "4.5")] return_objects: Option<bool>,
        #[rpc(since = "4.5", drop)] return_alternates: Option<bool>,
    ) -> Result<Vec<Vec<Selection>>, Fault>;
}
