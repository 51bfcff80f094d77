//! What is told of servers, to whom, and when.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use nova_all_in_one::Route;
use nova_compute_api::{Action, Reboot, RebuildServer, ServerStatus};
use nova_core::notify::{Notification, NotificationSink, Priority};
use nova_core::{Fault, RequestContext};
use nova_objects::{Objects, async_trait};
use nova_objects_catalog::Instance;
use nova_tests_cloud::{Boundary, Points, World};
use nova_virt::Call;
use nova_virt::fake::{Failure, Rule, Script};
use uuid::Uuid;

use crate::crash::{CONDUCTOR, Death, HOST, Victim};

/// Remembers what it is told.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<Notification>>,
    /// How often it refuses before it hears.
    deaf: Mutex<u32>,
    /// Where it looks whether what it hears is so.
    records: OnceLock<Objects>,
    early: Mutex<Vec<String>>,
}

#[async_trait]
impl NotificationSink for Listener {
    async fn send(&self, cx: &RequestContext, notification: &Notification) -> Result<(), Fault> {
        if let Some(left) = { *self.deaf.lock().unwrap() }.checked_sub(1) {
            *self.deaf.lock().unwrap() = left;
            return Err(Fault::new("m", "Deaf", "later"));
        }
        if let (Some(records), "instance.create.end") = (self.records.get(), &*notification.event_type) {
            let uuid = notification.payload["uuid"].as_str().unwrap();
            let record = Instance::get_by_uuid(&cx.elevated(), records, uuid, Some(&[]), None).await?;
            if record.vm_state.present().map(String::as_str) != Some("active") {
                self.early.lock().unwrap().push(uuid.to_owned());
            }
        }
        self.heard.lock().unwrap().push(notification.clone());
        Ok(())
    }
}

impl Listener {
    /// What it was told of the server, each once, in the order of the first time.
    fn of(&self, id: Uuid) -> Vec<Notification> {
        let mut once: Vec<Notification> = Vec::new();
        for heard in self.heard.lock().unwrap().iter().filter(|heard| heard.payload["uuid"] == id.to_string())
        {
            match once.iter().find(|known| known.message_id == heard.message_id) {
                Some(known) => assert_eq!(known, heard, "a repetition is the same"),
                None => once.push(heard.clone()),
            }
        }
        once
    }

    /// Waits until it was told of `last`, and says what it was told.
    async fn until(&self, id: Uuid, last: &str) -> Vec<String> {
        for _ in 0..2_000 {
            let heard: Vec<_> = self.of(id).into_iter().map(|told| told.event_type).collect();
            if heard.iter().any(|event| event == last) {
                return heard;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{last} was not told: {:?}", self.of(id));
    }
}

const BOOTED: [&str; 2] = ["instance.create.start", "instance.create.end"];

async fn every_change_is_told(route: Route) {
    let listener = Arc::new(Listener::default());
    let world = World::builder().hosts(&[2]).route(route).listener(listener.clone()).start().await;
    let db = &world.cloud.shared().db;
    listener.records.set(Objects::local(db.registry())).ok().unwrap();
    let id = world.running("told").await;
    let reboot = Action::Reboot(Reboot::Hard);
    for action in
        [Action::Stop, Action::Start, reboot, Action::Pause, Action::Unpause, Action::Suspend, Action::Resume]
    {
        world.act(id, action).await.unwrap();
        world.rest(id).await;
    }
    let request = RebuildServer::new(world.cloud.image());
    world.cloud.api().rebuild(&world.request_context(), id, request).await.unwrap();
    world.rest(id).await;
    world.delete(id).await;
    world.rest(id).await;
    let heard = listener.until(id, "instance.delete.end").await;
    let actions = [
        "create",
        "power_off",
        "power_on",
        "reboot",
        "pause",
        "unpause",
        "suspend",
        "resume",
        "rebuild",
        "delete",
    ];
    let expected: Vec<_> = actions
        .iter()
        .flat_map(|action| ["start", "end"].map(|phase| format!("instance.{action}.{phase}")))
        .collect();
    assert_eq!(heard, expected);
    assert_eq!(*listener.early.lock().unwrap(), [""; 0], "before it was so");
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_in_order_after_it_was_committed_through_a_conductor() {
    every_change_is_told(Route::Remote).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_in_order_after_it_was_committed_beside_the_database() {
    every_change_is_told(Route::Local).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tells_what_and_of_which_server_is_in_the_notification() {
    let listener = Arc::new(Listener::default());
    let world = World::builder().hosts(&[2]).listener(listener.clone()).start().await;
    let id = world.running("told").await;
    world.delete(id).await;
    listener.until(id, "instance.delete.end").await;
    let told = listener.of(id);
    let publishers: Vec<_> = told.iter().map(|told| told.publisher_id.as_str()).collect();
    let compute = "nova-compute:host-1";
    assert_eq!(publishers, [compute, compute, "nova-api:api", "nova-conductor:conductor-1"]);
    let states: Vec<_> =
        told.iter().map(|told| (&told.payload["state"], &told.payload["task_state"])).collect();
    assert_eq!(
        format!("{states:?}"),
        r#"[(String("building"), String("spawning")), (String("active"), Null), (String("active"), String("deleting")), (String("deleted"), Null)]"#
    );
    let end = &told[1].payload;
    assert_eq!(
        (&end["display_name"], &end["tenant_id"], &end["user_id"]),
        (&"told".into(), &"lab".into(), &"ann".into())
    );
    assert_eq!((&end["host"], &end["flavor"]["flavorid"]), (&"host-1".into(), &"1".into()));
    assert!(end["launched_at"].is_string() && told[3].payload["terminated_at"].is_string());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_with_its_reason() {
    let script = Script::new();
    script.add(Rule::on(Call::Spawn).fail(Failure::Host));
    let listener = Arc::new(Listener::default());
    let world =
        World::builder().hosts(&[4, 2]).script("host-1", script).listener(listener.clone()).start().await;
    let moved = world.running("moved").await;
    let heard = listener.until(moved, "instance.create.end").await;
    assert_eq!(
        heard,
        ["instance.create.start", "instance.create.error", "instance.create.start", "instance.create.end"]
    );
    let failed = listener.of(moved).into_iter().find(|told| told.priority == Priority::Error).unwrap();
    assert!(failed.payload["fault"]["exception"].is_string(), "{failed:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_finds_no_host_and_one_that_waits_for_one_are_told_of_too() {
    let listener = Arc::new(Listener::default());
    let world = World::builder().hosts(&[0]).listener(listener.clone()).start().await;
    let id = world.create(world.request("homeless")).await[0];
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Error);
    assert_eq!(listener.until(id, "instance.create.error").await, ["instance.create.error"]);
    world.delete(id).await;
    let heard = listener.until(id, "instance.delete.end").await;
    assert_eq!(heard, ["instance.create.error", "instance.delete.start", "instance.delete.end"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_listener_refuses_is_told_later_and_still_in_order() {
    let listener = Arc::new(Listener::default());
    *listener.deaf.lock().unwrap() = 1;
    let world = World::builder().hosts(&[2]).listener(listener.clone()).start().await;
    let id = world.running("patient").await;
    assert_eq!(listener.until(id, "instance.create.end").await, BOOTED);
    world.stop().await;
}

/// Boots one server after the other, with the victim's death later each time.
async fn nothing_is_missed(victim: Victim) {
    let Victim::Service(name) = victim else { unreachable!() };
    let listener = Arc::new(Listener::default());
    let mut world = World::builder().hosts(&[4]).listener(listener.clone()).start().await;
    for n in Points::new() {
        let at = [Boundary::Before, Boundary::After][n % 2];
        let death = Death::plan(&world, victim, n, at);
        let id = world.create(world.request("told")).await[0];
        tokio::select! {
            biased;
            () = death.died.notified() => world.restart(name).await,
            _ = listener.until(id, "instance.create.end") => {}
        }
        let what = format!("{victim:?} {at:?} {n}");
        let heard = listener.until(id, "instance.create.end").await;
        assert_eq!(heard, BOOTED, "{what}");
        let reached = !world.gate.take_unused();
        assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active, "{what}");
        world.delete(id).await;
        listener.until(id, "instance.delete.end").await;
        if !reached {
            break;
        }
    }
    world.clean_after("told servers").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_when_the_conductor_dies_in_between() {
    nothing_is_missed(CONDUCTOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_when_the_compute_dies_in_between() {
    nothing_is_missed(HOST).await;
}
