//! A server as a part of a managed service.

use std::sync::Arc;
use std::time::Duration;

use nova_core::group::MemoryGroup;
use nova_core::service::{BuildError, ManagedService, ManagedServiceBuilder, Manager, Service};
use nova_core::{Env, RequestContext};
use nova_rpc::transport::memory::MemoryBus;
use nova_rpc::{Client, RpcServiceExt, Server};

use crate::support::{ComputeApiClient, ComputeApiDispatcher, Machines};

impl Manager for Machines {}

fn builder(env: &Env, bus: &MemoryBus, servers: usize) -> ManagedServiceBuilder {
    let machines = Arc::new(Machines::default());
    let transport = bus.connect(env);
    let builder = ManagedService::builder(env, "nova-compute", "h1", Arc::clone(&machines))
        .service_group(Arc::new(MemoryGroup::new(env)));
    (0..servers).fold(builder, |builder, _| {
        builder.rpc(
            Server::new(&transport, "compute").endpoint(ComputeApiDispatcher::new(Arc::clone(&machines))),
        )
    })
}

#[tokio::test(start_paused = true)]
async fn a_managed_service_serves_its_contracts_under_its_host_name_until_it_is_stopped() {
    let env = Env::builder().seed(1).build();
    let bus = MemoryBus::new(&env);
    let service = builder(&env, &bus, 1).build().unwrap();
    service.start().await.unwrap();
    let cx = RequestContext::admin(&env);
    let h1 = ComputeApiClient::new(&Client::new(&bus.connect(&env))).on("h1");
    assert_eq!(h1.uptime(&cx, "h1").await.unwrap(), "h1: 3 days");
    service.stop(Duration::from_secs(1)).await;
    assert!(h1.with_timeout(Duration::from_secs(1)).uptime(&cx, "h1").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn two_servers_of_one_topic_in_one_service_are_an_error_of_the_build() {
    let env = Env::builder().seed(1).build();
    let refused = builder(&env, &MemoryBus::new(&env), 2).build().err().unwrap();
    assert!(matches!(&refused, BuildError::Duplicate { key, .. } if key == "topic compute"), "{refused}");
}
