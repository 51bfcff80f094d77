use std::time::Duration;

use nova_compute_api::ServerStatus;
use nova_tests_cloud::World;

/// Quiet beats and reports, so that what is counted is the boot.
async fn quiet() -> World {
    World::builder()
        .option("DEFAULT", "report_interval", "600")
        .option("DEFAULT", "service_down_time", "6000")
        .option("DEFAULT", "operation_poll_interval", "60")
        .option("conductor", "operation_poll_interval", "60")
        .option("DEFAULT", "operation_lease", "200")
        .option("conductor", "operation_lease", "200")
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_boot_takes_at_most_8_write_transactions_and_14_rpcs() {
    let world = quiet().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let shared = world.cloud.shared();
    let (before, placement_before) = (shared.db.stats(), shared.placement_db.stats());
    let tap = shared.bus.tap();
    let id = world.create(world.request("counted")).await[0];
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let nova = shared.db.stats().since(before);
    let placement = shared.placement_db.stats().since(placement_before);
    let writes = nova.writes + placement.writes;
    assert!(writes <= 8, "{writes} write transactions: {nova:?} {placement:?}");
    assert!(tap.requests() <= 14, "{} requests: {:?}", tap.requests(), tap.methods());
    world.stop().await;
}
