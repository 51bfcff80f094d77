//! The memory transport passes the suite every transport must pass.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use nova_core::Env;
use nova_rpc::Transport;
use nova_rpc::testing::conformance::Bench;
use nova_rpc::transport::memory::MemoryBus;

struct MemoryBench {
    env: Env,
    bus: MemoryBus,
}

impl MemoryBench {
    fn new() -> Self {
        let env = Env::builder().seed(1).build();
        Self { bus: MemoryBus::new(&env), env }
    }
}

impl Bench for MemoryBench {
    fn connect(&self) -> BoxFuture<'_, Arc<dyn Transport>> {
        Box::pin(async { self.bus.connect(&self.env) as Arc<dyn Transport> })
    }
}

nova_rpc::transport_conformance! {
    MemoryBench::new(),
    #[tokio::test(start_paused = true)]
}
