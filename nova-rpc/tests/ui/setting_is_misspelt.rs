use nova_core::{Fault, RequestContext};
use nova_rpc::rpc_interface;

#[rpc_interface(topic = "t", version = "1.0", unknown_arg = "ignore")]
pub trait Api {
    #[rpc(call, idempotant)]
    async fn get(&self, cx: &RequestContext) -> Result<(), Fault>;
}

fn main() {}
