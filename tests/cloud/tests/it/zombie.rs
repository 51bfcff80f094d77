//! A conductor that is only slow while another has taken over its work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use nova_compute_api::ServerStatus;
use nova_neighbours::placement::{CandidateRequest, Claim};
use nova_objects_db::DbError;
use nova_objects_db::entity::{instance, instance_mapping};
use nova_tests_cloud::{Boundary, Points, SLOW_CONDUCTOR, World};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::Notify;
use uuid::Uuid;

/// Longer than a lease and a boot.
const STALL: Boundary = Boundary::Late(Duration::from_millis(1600));

/// Boots on `world` with a conductor that renews no lease and stands still at the `n`-th piece of database work, while
/// another takes over; says whether there was so much.
async fn stand_still_at(world: &mut World, n: usize, expected: ServerStatus) -> bool {
    world.killer("conductor-1")();
    world.restart(SLOW_CONDUCTOR).await;
    let stalled = Arc::new(Notify::new());
    let signal = Arc::clone(&stalled);
    let request = world.request("contended").in_group(world.apart().await);
    world.gate.plan(n, STALL, move || signal.notify_one());
    let id = world.create(request).await[0];
    let stands_still = tokio::time::timeout(Duration::from_secs(1), stalled.notified()).await.is_ok();
    world.gate.take_unused();
    world.restart("conductor-1").await;
    let server = world.rest(id).await.expect("nobody deleted the server");
    assert_eq!(server.status, expected, "{n}: {:?}", server.fault);
    if stands_still {
        // The slow one comes round, and does what it was about to do.
        tokio::time::sleep(Duration::from_millis(1800)).await;
    }
    let server = world.rest(id).await.expect("nobody deleted the server");
    assert_eq!(server.status, expected, "{n}: {:?}", server.fault);
    world.clean_after(&format!("{n}")).await;
    world.delete(id).await;
    world.clean_after(&format!("{n}")).await;
    world.killer(SLOW_CONDUCTOR)();
    stands_still
}

async fn stand_still_everywhere(slots: &[u64], expected: ServerStatus) {
    let mut world = World::builder().hosts(slots).slow_conductor().start().await;
    for n in Points::dense() {
        if !stand_still_at(&mut world, n, expected).await {
            break;
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conductor_that_wakes_up_after_its_boot_was_taken_over_changes_nothing() {
    stand_still_everywhere(&[2, 2], ServerStatus::Active).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conductor_that_wakes_up_after_its_burial_was_taken_over_changes_nothing() {
    stand_still_everywhere(&[0], ServerStatus::Error).await;
}

/// Deletes a server on `world` while its conductor, which renews no lease, stands still at the `n`-th piece of database
/// work; another sees to the deletion. Says whether there was so much.
async fn delete_while_it_stands_still_at(world: &mut World, n: usize) -> bool {
    world.killer("conductor-1")();
    world.restart(SLOW_CONDUCTOR).await;
    let stalled = Arc::new(Notify::new());
    let signal = Arc::clone(&stalled);
    let request = world.request("unwanted").in_group(world.apart().await);
    world.gate.plan(n, STALL, move || signal.notify_one());
    let id = world.create(request).await[0];
    let stands_still = tokio::time::timeout(Duration::from_secs(1), stalled.notified()).await.is_ok();
    world.gate.take_unused();
    world.restart("conductor-1").await;
    world.delete(id).await;
    assert!(world.rest(id).await.is_none(), "{n}");
    while world.gate.is_late() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clean_after(&format!("{n}")).await;
    world.killer(SLOW_CONDUCTOR)();
    stands_still
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conductor_that_wakes_up_after_its_server_was_deleted_changes_nothing() {
    let mut world = World::builder().hosts(&[2, 2]).slow_conductor().start().await;
    for n in Points::dense() {
        if !delete_while_it_stands_still_at(&mut world, n).await {
            break;
        }
    }
    world.stop().await;
}

/// Whether the record is in the cell while the mapping does not say so yet.
async fn is_between(world: &World, id: Uuid) -> bool {
    let db = &world.cloud.shared().db;
    let records = db.cell1().query(move |tx| async move {
        let of_id = instance::Entity::find().filter(instance::Column::Uuid.eq(id.to_string()));
        Ok::<_, DbError>(of_id.one(&tx).await?)
    });
    let mappings = db.api().query(move |tx| async move {
        let column = instance_mapping::Column::InstanceUuid;
        let of_id = instance_mapping::Entity::find().filter(column.eq(id.to_string()));
        Ok::<_, DbError>(of_id.one(&tx).await?)
    });
    let mapped = mappings.await.unwrap().is_some_and(|mapping| mapping.cell_id.is_some());
    records.await.unwrap().is_some() && !mapped
}

/// Claims another host for the instance, as a scheduler does that is asked by a conductor whose record came too late.
async fn claim_elsewhere(world: &World, id: Uuid) {
    let placement = &world.cloud.shared().placement;
    let held = placement.held_by(&world.cx, id).await.unwrap().unwrap();
    let (provider, resources) = held.resources.first_key_value().unwrap();
    let request = CandidateRequest { resources: resources.clone(), ..Default::default() };
    let candidates = placement.candidates(&world.cx, &request).await.unwrap();
    let other = candidates.iter().find(|candidate| candidate.provider.id != *provider).unwrap();
    let claim = Claim {
        consumer: id,
        consumer_generation: Some(held.generation),
        project_id: "lab".to_owned(),
        user_id: "ann".to_owned(),
        resources: BTreeMap::from([(other.provider.id, resources.clone())]),
        group: None,
    };
    placement.claim(&world.cx, &claim).await.unwrap();
}

/// Boots on `world`, kills the conductor after the `n`-th piece of database work and, if it had made the record and
/// not the mapping, claims another host for it; says whether it had.
async fn cross_at(world: &mut World, n: usize) -> bool {
    let (kill, died) = (world.killer("conductor-1"), Arc::new(Notify::new()));
    let signal = Arc::clone(&died);
    world.gate.plan(n, Boundary::After, move || {
        kill();
        signal.notify_one();
    });
    let id = world.create(world.request("contended")).await[0];
    let died = tokio::time::timeout(Duration::from_secs(1), died.notified()).await.is_ok();
    world.gate.take_unused();
    let between = died && is_between(world, id).await;
    if between {
        claim_elsewhere(world, id).await;
    }
    if died {
        world.restart("conductor-1").await;
    }
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean_after(&format!("{n}")).await;
    world.delete(id).await;
    world.clean_after(&format!("{n}")).await;
    between
}

#[tokio::test(flavor = "multi_thread")]
async fn when_two_conductors_chose_two_hosts_what_is_held_follows_the_record() {
    let mut world = World::builder().hosts(&[4, 4]).start().await;
    for n in 0..80 {
        if cross_at(&mut world, n).await {
            return world.stop().await;
        }
    }
    panic!("no conductor was cut off between the record and the mapping");
}
