//! Server groups, from the request to the hypervisors.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use nova_audit::Finding;
use nova_compute_api::{GroupPolicy, ServerStatus};
use nova_neighbours::placement::{Claim, GroupClaim, GroupRule};
use nova_objects_db::actions::instance_group;
use nova_objects_db::entity::instance_mapping;
use nova_objects_db::{ActionError, DbError};
use nova_tests_cloud::World;
use nova_virt::Call;
use nova_virt::fake::{Failure, Latency, Rule, Script};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The hosts that have machines, with how many of `ids` each has.
fn hosts_of(world: &World, ids: &[Uuid]) -> BTreeMap<String, usize> {
    let mut hosts = BTreeMap::new();
    for (host, store) in world.cloud.hypervisors() {
        let there = store.list().unwrap().iter().filter(|machine| ids.contains(&machine.spec.uuid)).count();
        if there > 0 {
            hosts.insert(host.clone(), there);
        }
    }
    hosts
}

async fn boot(world: &World, name: &str, group: Uuid) -> (Uuid, ServerStatus) {
    let id = world.create(world.request(name).in_group(group)).await[0];
    let server = world.rest(id).await.unwrap();
    (id, server.status)
}

async fn members(world: &World, group: Uuid) -> Vec<Uuid> {
    world.cloud.api().get_group(&world.cx, group).await.unwrap().members
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_stay_apart_need_a_host_each_and_a_deleted_one_makes_room() {
    let world = World::builder().hosts(&[4, 4]).start().await;
    let group = world.group(GroupPolicy::ANTI_AFFINITY).await;
    let (first, status) = boot(&world, "first", group).await;
    assert_eq!(status, ServerStatus::Active);
    let (second, status) = boot(&world, "second", group).await;
    assert_eq!(status, ServerStatus::Active);
    assert_eq!(hosts_of(&world, &[first, second]).len(), 2);
    let (third, status) = boot(&world, "third", group).await;
    assert_eq!(status, ServerStatus::Error);
    assert_eq!(members(&world, group).await, [first, second, third]);
    world.clean().await;

    for gone in [third, first] {
        world.delete(gone).await;
        assert!(world.rest(gone).await.is_none());
    }
    assert_eq!(members(&world, group).await, [second], "what is deleted has left");
    let (fourth, status) = boot(&world, "fourth", group).await;
    assert_eq!(status, ServerStatus::Active);
    assert_eq!(hosts_of(&world, &[second, fourth]).len(), 2);
    world.clean().await;

    world.cloud.api().delete_group(&world.request_context(), group).await.unwrap();
    world.clean().await;
    for id in [second, fourth] {
        world.delete(id).await;
        assert!(world.rest(id).await.is_none());
    }
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_in_one_group_as_many_servers_run_as_there_are_hosts() {
    let world = World::builder().hosts(&[8, 8, 8]).start().await;
    let group = world.group(GroupPolicy::ANTI_AFFINITY).await;
    let boots = (0..9).map(|_| boot(&world, "crowd", group));
    let booted = join_all(boots).await;
    let active: Vec<_> =
        booted.iter().filter(|(_, status)| *status == ServerStatus::Active).map(|(id, _)| *id).collect();
    assert_eq!(active.len(), 3, "{booted:?}");
    let hosts = hosts_of(&world, &active);
    assert!(hosts.len() == 3 && hosts.values().all(|there| *there == 1), "{hosts:?}");
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_stay_together_follow_the_first_also_within_a_request() {
    let world = World::builder().hosts(&[4, 4]).start().await;
    let group = world.group(GroupPolicy::Affinity).await;
    let mut ids = world.create(world.request("pair").count(2).in_group(group)).await;
    for id in &ids {
        assert_eq!(world.rest(*id).await.unwrap().status, ServerStatus::Active);
    }
    let (third, status) = boot(&world, "third", group).await;
    assert_eq!(status, ServerStatus::Active);
    ids.push(third);
    assert_eq!(hosts_of(&world, &ids).into_values().collect::<Vec<_>>(), [3]);
    let (_, status) = boot(&world, "fourth", group).await;
    assert_eq!(status, ServerStatus::Active);
    let (_, status) = boot(&world, "fifth", group).await;
    assert_eq!(status, ServerStatus::Error, "its host is full, and no other will do");
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_host_fails_moves_past_alternates_that_its_group_has_taken_meanwhile() {
    let slow_and_broken = Script::new();
    slow_and_broken.add(Rule::on(Call::Spawn).delay(Latency::Fixed(Duration::from_millis(700))));
    slow_and_broken.add(Rule::on(Call::Spawn).fail(Failure::Host));
    let world = World::builder().hosts(&[3, 2, 1]).script("host-1", slow_and_broken).start().await;
    let group = world.group(GroupPolicy::ANTI_AFFINITY).await;
    let slow = world.create(world.request("slow").in_group(group)).await[0];
    while world.cloud.shared().placement.members_of(&world.cx, group).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (quick, status) = boot(&world, "quick", group).await;
    assert_eq!(status, ServerStatus::Active);
    assert_eq!(
        hosts_of(&world, &[quick]),
        BTreeMap::from([("host-2".to_owned(), 1)]),
        "an alternate of the first"
    );
    let moved = world.rest(slow).await.unwrap();
    assert_eq!(moved.status, ServerStatus::Active, "{:?}", moved.fault);
    assert_eq!(hosts_of(&world, &[slow]), BTreeMap::from([("host-3".to_owned(), 1)]));
    world.clean().await;
    world.stop().await;
}

/// Waits until the boot of the server is over: its record is in the cell and its mapping says so.
async fn until_recorded(world: &World, id: Uuid) {
    let is_mapped = async || {
        let db = world.cloud.shared().db.api();
        let found = db.query(move |tx| async move {
            let of_id = instance_mapping::Column::InstanceUuid.eq(id.to_string());
            Ok::<_, DbError>(instance_mapping::Entity::find().filter(of_id).one(&tx).await?)
        });
        found.await.unwrap().is_some_and(|mapping| mapping.cell_id.is_some())
    };
    while !is_mapped().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_whose_place_others_of_its_group_took_is_not_begun_there_and_moves_on() {
    let mut world = World::builder().hosts(&[4, 2]).start().await;
    let group = world.group(GroupPolicy::ANTI_AFFINITY).await;
    world.killer("host-1")();
    let id = world.create(world.request("displaced").in_group(group)).await[0];
    until_recorded(&world, id).await;
    // What a conductor does that did not see the record, and then another of the group.
    let (placement, cx) = (world.cloud.shared().placement.clone(), world.cx.elevated());
    let held = placement.held_by(&cx, id).await.unwrap().unwrap();
    placement.release(&cx, id, held.generation).await.unwrap();
    let other = Claim {
        consumer: world.new_id(),
        consumer_generation: None,
        project_id: "lab".to_owned(),
        user_id: "ann".to_owned(),
        resources: held.resources,
        group: Some(GroupClaim { group, rule: GroupRule::AtMost(1) }),
    };
    placement.claim(&cx, &other).await.unwrap();

    world.restart("host-1").await;
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, ServerStatus::Active, "{:?}", server.fault);
    assert_eq!(hosts_of(&world, &[id]), BTreeMap::from([("host-2".to_owned(), 1)]));
    let journal = world.cloud.hypervisors()["host-1"].journal().unwrap();
    assert!(journal.iter().all(|entry| entry.uuid != Some(id) || !entry.changed_something()), "{journal:?}");
    placement.retire(&cx, other.consumer).await.unwrap();
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_finds_a_broken_policy_a_member_that_is_not_there_and_one_that_placement_does_not_know() {
    let world = World::builder().hosts(&[4]).start().await;
    let ids = [world.running("one").await, world.running("two").await];
    world.clean().await;
    let group = world.group(GroupPolicy::ANTI_AFFINITY).await;
    let stranger = world.new_id();
    // Behind everybody's back.
    let members: Vec<_> = ids.iter().chain([&stranger]).map(ToString::to_string).collect();
    let cx = world.cx.elevated();
    let join = world.cloud.shared().db.api().write(move |tx| {
        let (cx, members) = (cx.clone(), members.clone());
        async move { instance_group::add_members_in(&tx, &cx, &group.to_string(), &members).await }
    });
    join.await.map_err(|error: ActionError| error).unwrap();
    let found = world.audit().await.findings;
    let names = |id: &Uuid, text: &str| text.contains(&id.to_string());
    assert!(
        found.iter().any(|one| matches!(one, Finding::GroupPolicy(text) if names(&group, text))),
        "{found:?}"
    );
    assert!(
        found.iter().any(|one| matches!(one, Finding::StrangeMember(text) if names(&stranger, text))),
        "{found:?}"
    );
    for id in ids {
        assert!(found.iter().any(|one| matches!(one, Finding::Books(text) if names(&id, text))), "{found:?}");
    }
    assert_eq!(found.len(), 4, "{found:?}");
    world.stop().await;
}
