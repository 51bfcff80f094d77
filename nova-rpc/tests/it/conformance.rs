//! The memory transport passes the suite every transport must pass, whichever envelope it carries.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use nova_core::Env;
use nova_rpc::Transport;
use nova_rpc::codec::Oslo;
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

/// The same bus with the envelope of Python peers.
struct OsloBench(MemoryBench);

impl Bench for OsloBench {
    fn connect(&self) -> BoxFuture<'_, Arc<dyn Transport>> {
        let MemoryBench { env, bus } = &self.0;
        Box::pin(async { bus.connect_with(Oslo::new(env), env) as Arc<dyn Transport> })
    }
}

mod with_the_oslo_codec {
    use super::*;

    nova_rpc::transport_conformance! {
        OsloBench(MemoryBench::new()),
        #[tokio::test(start_paused = true)]
    }
}
