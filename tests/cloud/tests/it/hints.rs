use nova_compute_api::ServerStatus;
use nova_rpc::transport::memory::{Disturbance, SeenKind};
use nova_tests_cloud::World;

#[tokio::test(flavor = "multi_thread")]
async fn with_every_cast_dropped_a_server_is_active_within_a_minute_on_the_host_that_owns_it() {
    let world = World::builder()
        .option("DEFAULT", "operation_poll_interval", "10")
        .option("conductor", "operation_poll_interval", "10")
        .option("DEFAULT", "operation_lease", "30")
        .option("conductor", "operation_lease", "30")
        .start()
        .await;
    let bus = &world.cloud.shared().bus;
    bus.disturb(Disturbance::drop().kind(SeenKind::Cast));
    bus.disturb(Disturbance::drop().kind(SeenKind::Fanout));
    let id = world.create(world.request("deaf")).await[0];
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, ServerStatus::Active, "{:?}", server.fault);
    world.clean().await;
    world.stop().await;
}
