//! A deletion at every moment of a boot.

use std::sync::Arc;

use nova_tests_cloud::{Boundary, Points, World};
use tokio::sync::Notify;

/// Deletes the server at the `n`-th piece of database work of its boot; says whether there was one.
async fn delete_at(world: &World, n: usize, boundary: Boundary) -> bool {
    let due = Arc::new(Notify::new());
    let signal = Arc::clone(&due);
    let request = world.request("doomed").in_group(world.apart().await);
    let id = world.create(request).await[0];
    world.gate.plan(n, boundary, move || signal.notify_one());
    let rested = tokio::select! {
        biased;
        () = due.notified() => false,
        _ = world.rest(id) => true,
    };
    world.delete(id).await;
    assert!(world.rest(id).await.is_none(), "after {n} {boundary:?}");
    world.clean().await;
    !(world.gate.take_unused() && rested)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_between_any_two_steps_of_a_boot_leaves_nothing() {
    let world = World::builder().hosts(&[4, 4]).start().await;
    for boundary in [Boundary::Before, Boundary::After] {
        for n in Points::dense() {
            if !delete_at(&world, n, boundary).await {
                break;
            }
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_twice_is_deleting_once() {
    let world = World::start().await;
    let id = world.create(world.request("twice")).await[0];
    world.rest(id).await;
    world.delete(id).await;
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean().await;
    world.stop().await;
}
