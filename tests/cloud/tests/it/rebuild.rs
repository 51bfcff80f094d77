//! What becomes of a server that is made anew.

use std::time::Duration;

use nova_compute_api::{Action, ApiError, RebuildServer, ServerStatus};
use nova_neighbours::image::ImageInfo;
use nova_objects_catalog::{PowerState, TaskState, VmState};
use nova_tests_cloud::World;
use nova_virt::Call;
use nova_virt::fake::{Effect, Failure, Latency, Rule, Script};
use serde_json::json;
use uuid::Uuid;

use crate::act::{effects, latest_action};

/// Another image, with these properties.
pub(crate) fn image(world: &World, properties: serde_json::Value) -> Uuid {
    let id = world.new_id();
    let info = json!({"id": id, "name": "other", "properties": properties});
    world.add_image(&serde_json::from_value::<ImageInfo>(info).unwrap());
    id
}

pub(crate) async fn rebuild(world: &World, id: Uuid, image: Uuid) -> Result<(), ApiError> {
    let request = RebuildServer::new(image);
    world.cloud.api().rebuild(&world.request_context(), id, request).await.map(drop)
}

/// The image that the machine was made from last.
fn made_from(world: &World, id: Uuid) -> Option<String> {
    let journals = world.cloud.hypervisors().values().map(|store| store.journal().unwrap());
    let of_it = journals.flatten().filter(|entry| entry.uuid == Some(id));
    let images = of_it.filter_map(|entry| match entry.effect {
        Effect::Spawned { spec } => spec.image.map(|image| image.id),
        _ => None,
    });
    images.fold(None, |_, image| Some(image))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_made_anew_from_another_image_on_its_host_with_its_id() {
    let world = World::builder().hosts(&[2, 2]).start().await;
    let id = world.running("web").await;
    let before = world.get(id).await.unwrap();
    let done = effects(&world, id).len();
    let other = image(&world, json!({"hw_disk_bus": "scsi"}));
    let request = RebuildServer::new(other).name("web-2").metadata([("a".to_owned(), "b".to_owned())].into());
    let accepted = world.cloud.api().rebuild(&world.request_context(), id, request).await.unwrap();
    assert_eq!((accepted.image, accepted.name.as_str()), (Some(other), "web-2"));
    let server = world.rest(id).await.unwrap();
    assert_eq!(
        (server.status, server.image, &server.host),
        (ServerStatus::Active, Some(other), &before.host)
    );
    assert_eq!(server.metadata["a"], "b");
    assert!(server.launched_at >= before.launched_at); // to the second
    assert_eq!(made_from(&world, id), Some(other.to_string()));
    assert_eq!(effects(&world, id).split_off(done), ["destroyed", "disk_created", "spawned"]);
    let (name, message, mut events) = latest_action(&world, id).await;
    events.sort();
    let ended = |event: &str| (event.to_owned(), "Success".to_owned());
    assert_eq!((name.as_str(), message), ("rebuild", None));
    assert_eq!(events, [ended("compute_rebuild_instance"), ended("rebuild_server")]);
    world.clean().await;
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_from_the_same_image_asks_no_scheduler_and_a_stopped_server_stays_off() {
    let world = World::builder().hosts(&[2]).start().await;
    let id = world.running("off").await;
    world.act(id, Action::Stop).await.unwrap();
    world.rest(id).await;
    world.killer("scheduler-1")();
    rebuild(&world, id, world.cloud.image()).await.unwrap();
    let server = world.rest(id).await.unwrap();
    assert_eq!((server.status, server.power_state), (ServerStatus::Shutoff, PowerState::Shutdown));
    world.clean().await;
    world.act(id, Action::Start).await.unwrap();
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_the_host_cannot_run_leaves_the_server_as_it_was_with_a_fault() {
    let world = World::builder().hosts(&[2]).start().await;
    let id = world.running("kept").await;
    let done = effects(&world, id).len();
    let foreign = image(&world, json!({"hw_architecture": "s390x"}));
    rebuild(&world, id, foreign).await.unwrap();
    let server = world.rest(id).await.unwrap();
    assert_eq!((server.status, server.image), (ServerStatus::Active, Some(world.cloud.image())));
    assert!(server.fault.unwrap().message.contains("No valid host"));
    assert_eq!(effects(&world, id).len(), done, "the machine was left alone");
    let (_, message, events) = latest_action(&world, id).await;
    assert_eq!((message.as_deref(), events[0].1.as_str()), (Some("Error"), "Error"));
    world.clean().await;
    // What is asked next is judged by the old image.
    rebuild(&world, id, world.cloud.image()).await.unwrap();
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_host_rebuilds_its_servers_because_nothing_more_is_claimed() {
    let world = World::builder().hosts(&[1]).start().await;
    let id = world.running("full").await;
    rebuild(&world, id, image(&world, json!({}))).await.unwrap();
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_fails_on_the_host_is_an_error_and_can_be_asked_for_again() {
    for call in [Call::Destroy, Call::Spawn] {
        let script = Script::new();
        let world = World::builder().hosts(&[2]).script("host-1", script.clone()).start().await;
        let id = world.running("broken").await;
        script.add(Rule::on(call).machine(id).times(1).fail(Failure::Host));
        rebuild(&world, id, world.cloud.image()).await.unwrap();
        let server = world.rest(id).await.unwrap();
        assert_eq!((server.vm_state, server.task_state), (Some(VmState::Error), None), "{call}");
        assert!(server.fault.is_some() && server.host.is_some(), "{call}");
        assert_eq!(latest_action(&world, id).await.1.as_deref(), Some("Error"));
        world.clean_after(&format!("a rebuild whose {call} failed")).await;
        rebuild(&world, id, world.cloud.image()).await.unwrap();
        assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active, "{call}");
        world.clean_after(&format!("another rebuild after a failed {call}")).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_whose_answers_are_lost_makes_one_machine_once() {
    for call in [Call::Destroy, Call::Spawn] {
        let script = Script::new();
        let world = World::builder().hosts(&[2]).script("host-1", script.clone()).start().await;
        let id = world.running("lost").await;
        let done = effects(&world, id).len();
        script.add(Rule::on(call).machine(id).times(1).lose_answer());
        rebuild(&world, id, world.cloud.image()).await.unwrap();
        assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active, "{call}");
        assert_eq!(effects(&world, id).split_off(done), ["destroyed", "disk_created", "spawned"], "{call}");
        world.clean_after(&format!("a rebuild whose {call} was not answered")).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_at_any_moment_of_a_rebuild_leaves_nothing() {
    let script = Script::new();
    let world = World::builder().hosts(&[2]).script("host-1", script.clone()).start().await;
    for call in [Call::Destroy, Call::Spawn] {
        script.add(Rule::on(call).skip(1).delay(Latency::Fixed(Duration::from_millis(80))));
    }
    let other = image(&world, json!({}));
    for wait in (0..28).step_by(4) {
        let id = world.running("doomed").await;
        rebuild(&world, id, other).await.unwrap();
        world.passes(wait).await;
        world.delete(id).await;
        assert!(world.rest(id).await.is_none(), "{wait}");
        world.clean_after(&format!("a deletion during a rebuild, {wait}")).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_being_rebuilt_takes_no_other_action() {
    let script = Script::new();
    let world = World::builder().hosts(&[2]).script("host-1", script.clone()).start().await;
    let id = world.running("busy").await;
    script.add(Rule::on(Call::Destroy).delay(Latency::Fixed(Duration::from_millis(400))));
    rebuild(&world, id, world.cloud.image()).await.unwrap();
    assert_eq!(world.get(id).await.unwrap().task_state, Some(TaskState::Rebuilding));
    for action in Action::ALL {
        let refused = world.act(id, action).await.unwrap_err();
        assert!(matches!(refused, ApiError::WrongState { .. }), "{action:?}: {refused}");
    }
    let refused = rebuild(&world, id, world.cloud.image()).await.unwrap_err();
    assert!(matches!(refused, ApiError::WrongState { attribute: "task_state", .. }), "{refused}");
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    world.stop().await;
}
