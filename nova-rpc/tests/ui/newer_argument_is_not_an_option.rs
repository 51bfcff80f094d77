use nova_core::{Fault, RequestContext};
use nova_rpc::rpc_interface;

#[rpc_interface(topic = "t", version = "1.2")]
pub trait Api {
    #[rpc(call)]
    async fn get(&self, cx: &RequestContext, id: i64, #[rpc(since = "1.2")] deep: bool) -> Result<i64, Fault>;
}

fn main() {}
