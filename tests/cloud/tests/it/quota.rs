//! How much a project may have, from the configuration to the databases.

use nova_compute_api::ApiError;
use nova_tests_cloud::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_from_the_configuration_is_kept_and_a_deletion_makes_room() {
    let world = World::builder().hosts(&[8]).option("quota", "instances", "2").start().await;
    let ids = world.create(world.request("a").counts(1, 5)).await;
    assert_eq!(ids.len(), 2, "as many as there is room for");
    for id in &ids {
        world.rest(*id).await;
    }
    let refused = world.cloud.api().create(&world.cx, world.request("b")).await;
    assert!(matches!(refused, Err(ApiError::OverQuota(_))), "{refused:?}");
    world.delete(ids[0]).await;
    world.rest(ids[0]).await;
    world.clean().await;
    let created = world.create(world.request("c")).await;
    world.rest(created[0]).await;
    world.stop().await;
}
