//! The death of a service while a server is made anew.

use std::time::Duration;

use nova_compute_api::ServerStatus;
use nova_tests_cloud::{Boundary, Points, World};
use serde_json::json;
use uuid::Uuid;

use super::{BOUNDARIES, CONDUCTOR, Death, HOST, SCHEDULER, Victim};
use crate::act::effects;
use crate::rebuild::{image, rebuild};

/// Rebuilds from `from` while `victim` dies at the `n`-th piece of database work; says whether there was so much.
async fn die_at(world: &mut World, id: Uuid, from: Uuid, victim: Victim, n: usize, at: Boundary) -> bool {
    let before = effects(world, id).len();
    let death = Death::plan(world, victim, n, at);
    death.ask(async || accepted(world, id, from).await).await;
    let died_in_time = tokio::select! {
        biased;
        () = death.died.notified() => true,
        _ = world.rest(id) => false,
    };
    let reached = !world.gate.take_unused() || died_in_time;
    if let (true, Victim::Service(name)) = (reached, victim) {
        world.restart(name).await;
    }
    let what = format!("{victim:?} {at:?} {n}");
    let server = world.rest(id).await.expect("nobody deleted it");
    assert_eq!(
        (server.status, server.image),
        (ServerStatus::Active, Some(from)),
        "{what}: {:?}",
        server.fault
    );
    while world.gate.is_late() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clean_after(&what).await;
    assert_eq!(effects(world, id).split_off(before), ["destroyed", "disk_created", "spawned"], "{what}");
    reached
}

/// Asks for the rebuild; a user whose request was cut off after it was accepted is told so by the state.
async fn accepted(world: &World, id: Uuid, from: Uuid) {
    if let Err(refused) = rebuild(world, id, from).await {
        let server = world.get(id).await.expect("nobody deleted it");
        assert!(server.task_state.is_some() || server.image == Some(from), "{refused}");
    }
}

async fn die_everywhere(victim: Victim) {
    let mut world = World::builder().hosts(&[2]).start().await;
    let id = world.running("renewed").await;
    let images = [image(&world, json!({})), world.cloud.image()];
    for (number, n) in Points::dense().enumerate() {
        let at = BOUNDARIES[number % BOUNDARIES.len()];
        let reached = die_at(&mut world, id, images[number % 2], victim, n, at).await;
        if !reached {
            break;
        }
    }
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean_after("rebuilds").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_survives_the_death_of_the_compute_between_any_two_steps() {
    die_everywhere(HOST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_survives_the_death_of_the_conductor_between_any_two_steps() {
    die_everywhere(CONDUCTOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_survives_the_death_of_the_scheduler_between_any_two_steps() {
    die_everywhere(SCHEDULER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_whose_request_is_cut_off_and_repeated_happens_once() {
    die_everywhere(Victim::Api).await;
}
