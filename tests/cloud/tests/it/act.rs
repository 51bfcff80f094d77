//! What becomes of a server that is acted on, when all goes well.

use nova_compute_api::{Action, ApiError, Reboot, ServerStatus};
use nova_core::operation::{OperationFilter, OperationStore};
use nova_objects::Objects;
use nova_objects_catalog::{InstanceActionEventList, InstanceActionList, TaskState};
use nova_objects_db::operations::DbOperationStore;
use nova_tests_cloud::World;
use nova_virt::fake::Store;
use uuid::Uuid;

const SOFT: Action = Action::Reboot(Reboot::Soft);
const HARD: Action = Action::Reboot(Reboot::Hard);

/// What the hypervisors did with the machine, one after the other, its making left out.
pub(crate) fn effects(world: &World, id: Uuid) -> Vec<&'static str> {
    let of = |store: &Store| store.journal().unwrap().into_iter().filter(move |entry| entry.uuid == Some(id));
    let all = world.cloud.hypervisors().values().flat_map(of);
    all.filter(|entry| entry.changed_something()).map(|entry| entry.effect.name()).skip(2).collect()
}

/// The latest action's name and message, and its events with their results.
pub(crate) async fn latest_action(
    world: &World,
    id: Uuid,
) -> (String, Option<String>, Vec<(String, String)>) {
    let objects = Objects::local(world.cloud.shared().db.registry());
    let cx = nova_core::RequestContext::admin(&nova_core::Env::system());
    let uuid = id.to_string();
    let found = InstanceActionList::get_by_instance_uuid(&cx, &objects, &uuid, Some(1), None, None);
    let actions = found.await.unwrap().objects.into_value().unwrap().0;
    let action = &actions[0];
    let events = InstanceActionEventList::get_by_action(&cx, &objects, *action.id.get().unwrap());
    let events = events.await.unwrap().objects.into_value().unwrap().0;
    let text = |field: &nova_objects::Field<Option<String>>| field.present().cloned().unwrap_or_default();
    (
        text(&action.action),
        action.message.present().cloned(),
        events.iter().map(|event| (text(&event.event), text(&event.result))).collect(),
    )
}

async fn walk(world: &World, id: Uuid, action: Action, expected: ServerStatus) {
    world.act(id, action).await.unwrap();
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, expected, "{action:?}: {:?}", server.fault);
    world.clean_after(&format!("{action:?}")).await;
    let (name, message, events) = latest_action(world, id).await;
    assert_eq!((name.as_str(), message), (action.name(), None));
    assert_eq!(events, [(format!("compute_{}_instance", action.name()), "Success".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_through_every_state_and_back_and_its_machine_with_it() {
    let world = World::builder().hosts(&[2]).start().await;
    let id = world.running("web").await;
    walk(&world, id, Action::Stop, ServerStatus::Shutoff).await;
    walk(&world, id, Action::Start, ServerStatus::Active).await;
    walk(&world, id, SOFT, ServerStatus::Active).await;
    walk(&world, id, Action::Pause, ServerStatus::Paused).await;
    walk(&world, id, Action::Unpause, ServerStatus::Active).await;
    walk(&world, id, Action::Suspend, ServerStatus::Suspended).await;
    walk(&world, id, Action::Resume, ServerStatus::Active).await;
    walk(&world, id, Action::Suspend, ServerStatus::Suspended).await;
    walk(&world, id, HARD, ServerStatus::Active).await;
    assert_eq!(
        effects(&world, id),
        [
            "powered_off",
            "powered_on",
            "rebooted",
            "paused",
            "unpaused",
            "suspended",
            "resumed",
            "suspended",
            "rebooted"
        ]
    );
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_shut_itself_down_is_started_by_a_soft_reboot() {
    let world = World::builder().hosts(&[2]).start().await;
    let id = world.running("off").await;
    let store = &world.cloud.hypervisors()["host-1"];
    store.outside(&nova_core::Env::system()).kill(id).unwrap();
    walk(&world, id, SOFT, ServerStatus::Active).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_four_write_transactions() {
    let world = World::builder()
        .hosts(&[2])
        .option("DEFAULT", "report_interval", "600")
        .option("DEFAULT", "service_down_time", "6000")
        .option("DEFAULT", "operation_poll_interval", "60")
        .option("conductor", "operation_poll_interval", "60")
        .option("DEFAULT", "operation_lease", "200")
        .option("conductor", "operation_lease", "200")
        .start()
        .await;
    let id = world.running("counted").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let before = world.cloud.shared().db.stats();
    world.act(id, Action::Stop).await.unwrap();
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Shutoff);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let writes = world.cloud.shared().db.stats().since(before).writes;
    assert!(writes <= 4, "{writes} write transactions");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_a_busy_server_is_refused_and_a_deletion_never() {
    let script = nova_virt::fake::Script::new();
    script.add(
        nova_virt::fake::Rule::on(nova_virt::Call::PowerOff)
            .delay(nova_virt::fake::Latency::Fixed(std::time::Duration::from_millis(600))),
    );
    let world = World::builder().hosts(&[2]).script("host-1", script).start().await;
    let id = world.running("busy").await;
    world.act(id, Action::Stop).await.unwrap();
    for action in [Action::Start, Action::Stop, SOFT, HARD, Action::Pause, Action::Suspend] {
        let refused = world.act(id, action).await.unwrap_err();
        assert!(matches!(refused, ApiError::WrongState { .. }), "{action:?} {refused}");
    }
    assert_eq!(world.get(id).await.unwrap().task_state, Some(TaskState::PoweringOff));
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_leaves_one_operation_that_is_done() {
    let world = World::builder().hosts(&[2]).start().await;
    let id = world.running("one").await;
    world.act(id, Action::Pause).await.unwrap();
    world.rest(id).await;
    world.clean().await;
    let store = DbOperationStore::new(world.cloud.shared().db.cell1());
    let all = store.list(&world.cx, &OperationFilter::about(id.to_string())).await.unwrap();
    let kinds: Vec<_> = all.iter().map(|record| (record.kind.as_str(), record.status.as_str())).collect();
    assert_eq!(kinds, [("build", "done"), ("power", "done")]);
    world.stop().await;
}

/// While the host's service is dead both are accepted, and neither can be told from the other by the task state.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_hard_reboots_the_first_gives_way_and_the_second_is_done() {
    let mut world = World::builder().hosts(&[4]).start().await;
    let id = world.running("twice").await;
    world.killer("host-1")();
    for _ in 0..2 {
        world.act(id, HARD).await.unwrap();
    }
    world.restart("host-1").await;
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    let (name, message, events) = latest_action(&world, id).await;
    assert_eq!((name.as_str(), message), ("reboot", None));
    assert_eq!(events, [("compute_reboot_instance".to_owned(), "Success".to_owned())]);
    world.stop().await;
}
