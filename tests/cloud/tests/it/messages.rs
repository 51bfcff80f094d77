//! The loss of one message, whichever it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nova_compute_api::ServerStatus;
use nova_rpc::transport::memory::Disturbance;
use nova_tests_cloud::{Points, World};

/// Loses the `n`-th message from now, or delivers it twice; counts them.
fn disturb(world: &World, disturbance: Disturbance, n: usize) -> Arc<AtomicUsize> {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    world.cloud.shared().bus.disturb(disturbance.when(move |_| count.fetch_add(1, Ordering::SeqCst) == n));
    sent
}

/// A boot and a deletion, each with its `n`-th message lost or doubled; says whether there were so many.
async fn with_message(world: &World, disturbance: fn() -> Disturbance, n: usize) -> bool {
    let bus = &world.cloud.shared().bus;
    let sent = disturb(world, disturbance(), n);
    let id = world.create(world.request("deaf")).await[0];
    let server = world.rest(id).await.expect("the server is there");
    assert_eq!(server.status, ServerStatus::Active, "message {n} of the boot: {:?}", server.fault);
    bus.calm();
    world.clean_after(&format!("message {n} of a boot")).await;
    let of_deletion = disturb(world, disturbance(), n);
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    bus.calm();
    world.clean_after(&format!("message {n} of a deletion")).await;
    sent.load(Ordering::SeqCst) > n || of_deletion.load(Ordering::SeqCst) > n
}

async fn with_every_message(disturbance: fn() -> Disturbance) {
    let world = World::builder().hosts(&[4, 4]).start().await;
    for n in Points::new() {
        if !with_message(&world, disturbance, n).await {
            break;
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_one_message_of_a_boot_and_a_deletion_may_be_lost() {
    with_every_message(Disturbance::drop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_one_message_of_a_boot_and_a_deletion_may_come_twice() {
    with_every_message(Disturbance::duplicate).await;
}
