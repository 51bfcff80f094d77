//! "Look": the message that shortens a wait.

use nova_core::{Fault, RequestContext};
use nova_rpc::rpc_interface;

/// Served by every service with an operation worker, on its own topic.
#[rpc_interface(version = "1.0", namespace = "hints", to = "any")]
pub trait HintApi {
    /// There may be work in the store: look now instead of at the next poll. Losing it costs only time.
    #[rpc(cast, since = "1.0", idempotent)]
    async fn look(&self, cx: &RequestContext) -> Result<(), Fault>;
}
