//! The death of a service at every moment of a boot and of a deletion.

use std::sync::Arc;

use nova_compute_api::ServerStatus;
use nova_tests_cloud::{Boundary, World};
use tokio::sync::Notify;

/// Boots, or deletes, while `victim` dies at the `n`-th piece of database work; says whether there was so much.
async fn die_at(world: &mut World, victim: &str, n: usize, boundary: Boundary, deleting: bool) -> bool {
    let kill = world.killer(victim);
    let died = Arc::new(Notify::new());
    let signal = Arc::clone(&died);
    let plan = move || {
        kill();
        signal.notify_one();
    };
    let id = if deleting {
        let id = world.create(world.request("survivor")).await[0];
        assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
        world.gate.plan(n, boundary, plan);
        world.delete(id).await;
        id
    } else {
        world.gate.plan(n, boundary, plan);
        world.create(world.request("survivor")).await[0]
    };
    let died_in_time = tokio::select! {
        biased;
        () = died.notified() => true,
        _ = world.rest(id) => false,
    };
    let reached = died_in_time || !world.gate.take_unused();
    if reached {
        world.restart(victim).await;
    }
    let rested = world.rest(id).await;
    match rested {
        None => assert!(deleting, "the server is gone: {victim} {n} {boundary:?}"),
        Some(server) => {
            assert_eq!(server.status, ServerStatus::Active, "{victim} {n} {boundary:?}: {:?}", server.fault);
            assert!(!deleting);
        }
    }
    world.clean().await;
    world.delete(id).await;
    world.rest(id).await;
    world.clean().await;
    reached
}

async fn die_everywhere(victim: &str, deleting: bool) {
    let mut world = World::builder().hosts(&[4]).start().await;
    for boundary in [Boundary::Before, Boundary::After] {
        for n in 0..60 {
            if !die_at(&mut world, victim, n, boundary, deleting).await {
                break;
            }
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_survives_the_death_of_the_conductor_between_any_two_steps() {
    die_everywhere("conductor-1", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_survives_the_death_of_the_compute_between_any_two_steps() {
    die_everywhere("host-1", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_survives_the_death_of_the_scheduler_between_any_two_steps() {
    die_everywhere("scheduler-1", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_survives_the_death_of_the_conductor_between_any_two_steps() {
    die_everywhere("conductor-1", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_survives_the_death_of_the_compute_between_any_two_steps() {
    die_everywhere("host-1", true).await;
}
