use nova_core::{Fault, RequestContext};
use nova_rpc::rpc_interface;

#[rpc_interface(topic = "t", version = "1.0")]
pub trait Api {
    #[rpc(call)]
    async fn get(&mut self, cx: &RequestContext) -> Result<(), Fault>;
}

fn main() {}
