use nova_core::{Fault, RequestContext};
use nova_rpc::rpc_interface;

#[rpc_interface(topic = "t", version = "1.0")]
pub trait Api {
    #[rpc(call)]
    async fn get(&self, cx: &RequestContext) -> i64;

    #[rpc(cast)]
    async fn put(&self, cx: &RequestContext) -> Result<i64, Fault>;
}

fn main() {}
