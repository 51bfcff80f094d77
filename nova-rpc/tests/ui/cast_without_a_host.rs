use nova_core::{Fault, RequestContext};
use nova_rpc::rpc_interface;

#[rpc_interface(topic = "t", version = "1.0", to = "server")]
pub trait Api {
    #[rpc(cast)]
    async fn forget_instance(&self, cx: &RequestContext) -> Result<(), Fault>;
}

async fn nowhere(api: ApiClient, cx: RequestContext) {
    let _ = api.forget_instance(&cx).await;
}

fn main() {}
