//! What becomes of machines that change by themselves, or by another hand.

use std::time::Duration;

use nova_compute_api::{Action, ServerStatus};
use nova_core::Env;
use nova_objects_db::DbError;
use nova_objects_db::entity::instance_action;
use nova_tests_cloud::World;
use nova_virt::MachineSpec;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

async fn world(deleted: &'static str) -> World {
    let builder = World::builder().hosts(&[8]).option("DEFAULT", "sync_power_state_interval", "1");
    let builder = builder.option("DEFAULT", "running_deleted_instance_poll_interval", "1");
    builder.option("DEFAULT", "running_deleted_instance_action", deleted).start().await
}

/// Waits until the server is like this.
async fn becomes(world: &World, id: Uuid, status: ServerStatus) {
    for _ in 0..600 {
        if world.get(id).await.is_some_and(|server| server.status == status && !server.is_busy()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} does not become {status:?}: {:?}", world.get(id).await);
}

async fn actions(world: &World, id: Uuid) -> Vec<String> {
    use instance_action::{Column, Entity};
    let rows = world.cloud.shared().db.cell1().query(move |tx| async move {
        let of = Entity::find().filter(Column::InstanceUuid.eq(id.to_string()));
        Ok::<_, DbError>(of.all(&tx).await?)
    });
    rows.await.unwrap().into_iter().filter_map(|row| row.action).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_goes_off_by_itself_is_a_server_that_was_stopped() {
    let world = world("reap").await;
    let (killed, crashed, paused) =
        (world.running("killed").await, world.running("crashed").await, world.running("paused").await);
    world.act(paused, Action::Pause).await.unwrap();
    becomes(&world, paused, ServerStatus::Paused).await;
    let outside = world.cloud.hypervisors()["host-1"].outside(&Env::system());
    assert!(
        outside.kill(killed).unwrap() && outside.crash(crashed).unwrap() && outside.kill(paused).unwrap()
    );
    for id in [killed, crashed, paused] {
        becomes(&world, id, ServerStatus::Shutoff).await;
        assert!(actions(&world, id).await.contains(&"stop".to_owned()));
    }
    world.act(killed, Action::Start).await.unwrap();
    becomes(&world, killed, ServerStatus::Active).await;
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_another_hand_starts_is_stopped_again() {
    let world = world("reap").await;
    let id = world.running("stopped").await;
    world.act(id, Action::Stop).await.unwrap();
    becomes(&world, id, ServerStatus::Shutoff).await;
    let store = &world.cloud.hypervisors()["host-1"];
    assert!(store.outside(&Env::system()).start(id).unwrap());
    world.clean().await;
    assert_eq!(world.get(id).await.unwrap().status, ServerStatus::Shutoff);
    let stops = store.journal().unwrap().into_iter().filter(|entry| entry.effect.name() == "powered_off");
    assert_eq!(stops.count(), 2, "the user's and ours");
    world.stop().await;
}

/// A machine of a server that was deleted, as a backup of its host brings it back; and one that nobody knows.
async fn bring_back(world: &World) -> (Uuid, Uuid) {
    let id = world.running("deleted").await;
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean().await;
    let outside = world.cloud.hypervisors()["host-1"].outside(&Env::system());
    let foreign = world.new_id();
    for uuid in [id, foreign] {
        assert!(outside.start_foreign(MachineSpec::smallest(uuid, "host-1")).unwrap());
    }
    (id, foreign)
}

fn machines(world: &World) -> Vec<Uuid> {
    let machines = world.cloud.hypervisors()["host-1"].list().unwrap();
    machines.into_iter().map(|machine| machine.spec.uuid).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_server_is_deleted_is_removed_and_a_foreign_one_is_left() {
    let world = world("reap").await;
    let (_, foreign) = bring_back(&world).await;
    for _ in 0..600 {
        if machines(&world) == [foreign] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(machines(&world), [foreign]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_server_is_deleted_is_only_turned_off_if_the_operator_says_so() {
    let world = world("shutdown").await;
    let (id, foreign) = bring_back(&world).await;
    let store = &world.cloud.hypervisors()["host-1"];
    let is_off = || {
        let machines = store.list().unwrap();
        machines.into_iter().any(|machine| machine.spec.uuid == id && machine.state.is_off())
    };
    for _ in 0..600 {
        if is_off() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_off() && machines(&world).contains(&foreign));
    world.stop().await;
}
