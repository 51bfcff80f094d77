use nova_all_in_one::Route;
use nova_compute_api::ServerStatus;
use nova_rpc::transport::memory::SeenKind;
use nova_tests_cloud::World;

async fn a_server_boots_and_goes(route: Route) -> World {
    let world = World::builder().route(route).start().await;
    let id = world.create(world.request("one")).await[0];
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, ServerStatus::Active, "{:?}", server.fault);
    assert!(server.launched_at.is_some() && server.host.is_some() || server.host.is_none());
    world.clean().await;
    let machines: usize = world.cloud.hypervisors().values().map(|store| store.list().unwrap().len()).sum();
    assert_eq!(machines, 1);
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean().await;
    let machines: usize = world.cloud.hypervisors().values().map(|store| store.list().unwrap().len()).sum();
    assert_eq!(machines, 0);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_boots_and_goes_with_compute_beside_the_database() {
    let world = a_server_boots_and_goes(Route::Local).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_boots_and_goes_with_compute_beyond_a_conductor_and_every_save_crosses_the_codec() {
    let world = World::builder().route(Route::Remote).start().await;
    let tap = world.cloud.shared().bus.tap();
    let id = world.create(world.request("one")).await[0];
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    let calls: Vec<_> = tap.seen().into_iter().filter(|seen| seen.kind == SeenKind::Call).collect();
    let records = calls.iter().filter(|seen| seen.method == "record").count();
    assert!(
        records >= 2,
        "the beginning and the end of the build were recorded through a conductor: {calls:?}"
    );
    world.stop().await;
    let world = a_server_boots_and_goes(Route::Remote).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_several_servers_spreads_them_and_boots_all() {
    let world = World::builder().hosts(&[2, 2, 2]).start().await;
    let ids = world.create(world.request("many").counts(2, 5)).await;
    assert_eq!(ids.len(), 5);
    for id in &ids {
        assert_eq!(world.rest(*id).await.unwrap().status, ServerStatus::Active);
    }
    world.clean().await;
    let loads: Vec<_> = world.cloud.hypervisors().values().map(|store| store.list().unwrap().len()).collect();
    assert!(loads.iter().all(|load| (1..=2).contains(load)), "{loads:?}");
    for id in ids {
        world.delete(id).await;
    }
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_is_stopped_and_started_again_knows_its_servers() {
    let mut world = World::start().await;
    let id = world.create(world.request("kept")).await[0];
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    for name in ["conductor-1", "scheduler-1", "host-1", "host-2", "host-3"] {
        world.killer(name)();
        world.restart(name).await;
    }
    assert_eq!(world.get(id).await.unwrap().status, ServerStatus::Active);
    let other = world.create(world.request("new")).await[0];
    assert_eq!(world.rest(other).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    world.stop().await;
}
