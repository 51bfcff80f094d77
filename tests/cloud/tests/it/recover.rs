//! What becomes of instances that nobody works on when their host's compute starts.

use nova_compute_api::{Action, ServerStatus};
use nova_objects_catalog::VmState;
use nova_objects_db::DbError;
use nova_objects_db::entity::instance;
use nova_tests_cloud::World;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// What a service leaves behind that knows no operations: a state, and nobody who works on it.
async fn leave_busy(world: &World, id: Uuid, vm_state: &'static str, task_state: &'static str) {
    use instance::{Column, Entity};
    let left = world.cloud.shared().db.cell1().write(move |tx| async move {
        Entity::update_many()
            .col_expr(Column::VmState, Expr::val(vm_state))
            .col_expr(Column::TaskState, Expr::val(task_state))
            .filter(Column::Uuid.eq(id.to_string()))
            .exec(&tx)
            .await?;
        Ok::<_, DbError>(())
    });
    left.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_works_on_is_settled_when_the_compute_starts() {
    let mut world = World::builder().hosts(&[12]).start().await;
    let table = [
        ("active", "powering-off", None, ServerStatus::Shutoff),
        ("stopped", "powering-on", Some(Action::Stop), ServerStatus::Active),
        ("active", "reboot_pending", None, ServerStatus::Active),
        ("active", "reboot_started", None, ServerStatus::Active),
        ("active", "pausing", None, ServerStatus::Active),
        ("paused", "unpausing", Some(Action::Pause), ServerStatus::Active),
        ("active", "image_uploading", None, ServerStatus::Active),
        ("active", "rebuilding", None, ServerStatus::Error),
    ];
    let mut left = Vec::new();
    for (vm_state, task_state, before, expected) in table {
        let id = world.running("left").await;
        if let Some(action) = before {
            world.act(id, action).await.unwrap();
            world.rest(id).await;
        }
        left.push((id, vm_state, task_state, expected));
    }
    let doomed = world.running("doomed").await;
    world.killer("host-1")();
    for (id, vm_state, task_state, _) in &left {
        leave_busy(&world, *id, vm_state, task_state).await;
    }
    leave_busy(&world, doomed, "active", "deleting").await;
    world.restart("host-1").await;
    for (id, vm_state, task_state, expected) in left {
        let server = world.rest(id).await.unwrap();
        assert_eq!(server.status, expected, "{vm_state} {task_state}: {:?}", server.fault);
        assert_eq!(server.fault.is_some(), expected == ServerStatus::Error, "{vm_state} {task_state}");
    }
    assert!(world.rest(doomed).await.is_none());
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_an_open_operation_is_left_to_it() {
    let mut world = World::builder().hosts(&[4]).start().await;
    let id = world.running("worked-on").await;
    world.killer("host-1")();
    // By the table a rebuild that is found is an error; this one has an operation, which goes on.
    let image = world.cloud.image();
    crate::rebuild::rebuild(&world, id, image).await.unwrap();
    world.restart("host-1").await;
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.vm_state, Some(VmState::Active), "{:?}", server.fault);
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settling_twice_is_settling_once() {
    let mut world = World::builder().hosts(&[4]).start().await;
    let id = world.running("twice").await;
    world.killer("host-1")();
    leave_busy(&world, id, "active", "powering-off").await;
    world.restart("host-1").await;
    world.killer("host-1")();
    world.restart("host-1").await;
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Shutoff);
    let store = &world.cloud.hypervisors()["host-1"];
    let stops = store.journal().unwrap().into_iter().filter(|entry| entry.effect.name() == "powered_off");
    assert_eq!(stops.count(), 1);
    world.clean().await;
    world.stop().await;
}
