//! Callers: versions, deadlines, errors, layers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_rpc::transport::memory::Disturbance;
use nova_rpc::{CallError, Client, Interface, Outcome, Pins, Version, VersionCaps};
use tokio::time::Instant;

use crate::support::{ComputeApiClient, Machines, Stage, settle};

fn minor(minor: u32) -> Version {
    Version::new(6, minor)
}

#[tokio::test(start_paused = true)]
async fn an_older_peer_is_not_sent_what_may_be_dropped_and_gets_the_lowest_version_that_covers_the_rest() {
    let stage = Stage::new().await;
    let h1 = stage.h1();
    let labels = ["a".to_owned()];
    h1.build(&stage.cx, "new", Some(&labels), Some(1)).await.unwrap();
    h1.capped(minor(1)).build(&stage.cx, "old", Some(&labels), Some(2)).await.unwrap();
    h1.capped(minor(0)).build(&stage.cx, "oldest", Some(&labels), None).await.unwrap();
    settle().await;
    assert_eq!(
        stage.machines.log(),
        [r#"build new Some(["a"]) Some(1)"#, "build old None Some(2)", "build oldest None None"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_dropped_is_refused_before_anything_is_sent() {
    let stage = Stage::new().await;
    let tap = stage.bus.tap();
    let old = stage.h1().capped(minor(0));
    let error = old.build(&stage.cx, "x", None, Some(3)).await.unwrap_err();
    assert!(
        matches!(error, CallError::VersionCap { needed, cap, .. } if (needed, cap) == (minor(1), minor(0)))
    );
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(matches!(old.late(&stage.cx).await, Err(CallError::VersionCap { .. })));
    let other_major = stage.h1().capped(Version::new(5, 13));
    assert!(matches!(other_major.uptime(&stage.cx, "h1").await, Err(CallError::VersionCap { .. })));
    assert!(!old.can_send(minor(1)) && old.can_send(minor(0)) && stage.h1().can_send(minor(2)));
    assert!(!stage.h1().can_send(minor(3)), "newer than this code");
    assert_eq!(tap.requests(), 0);
}

/// Moves while the process runs.
struct Auto(Arc<AtomicU32>);

impl VersionCaps for Auto {
    fn cap(&self, _: &'static Interface, topic: &str) -> Option<Version> {
        (topic == "compute").then(|| minor(self.0.load(Ordering::Relaxed)))
    }
}

#[tokio::test(start_paused = true)]
async fn version_caps_are_read_at_every_call_and_pins_hold_for_their_topic() {
    let stage = Stage::new().await;
    let fleet = Arc::new(AtomicU32::new(1));
    let h1 =
        ComputeApiClient::new(&Client::new(&stage.transport).with_caps(Auto(Arc::clone(&fleet)))).on("h1");
    assert!(matches!(h1.late(&stage.cx).await, Err(CallError::VersionCap { .. })));
    fleet.store(2, Ordering::Relaxed);
    h1.late(&stage.cx).await.unwrap();
    let pinned = Client::new(&stage.transport).with_caps(Pins::default().pin("compute", minor(1)));
    assert!(matches!(
        ComputeApiClient::new(&pinned).on("h1").late(&stage.cx).await,
        Err(CallError::VersionCap { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn no_call_outlives_the_earlier_of_its_timeout_and_the_deadline_of_its_context() {
    let stage = Stage::new().await;
    let began = Instant::now();
    let soon = stage.cx.with_deadline(began + Duration::from_secs(2));
    let error = stage.h1().wait(&soon, 100).await.unwrap_err();
    assert!(
        matches!(error, CallError::Timeout { timeout, .. } if timeout == Duration::from_secs(2)),
        "{error:?}"
    );
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    let error = stage.h1().with_timeout(Duration::from_secs(1)).wait(&stage.cx, 100).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    assert_eq!(error.outcome(), Outcome::Unknown);
    let error = stage.h1().wait(&soon, 0).await.unwrap_err();
    assert!(matches!(error, CallError::Expired { .. }), "{error:?}");
    assert!(stage.transport.replies().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_default_and_the_long_timeout_are_the_clients() {
    let stage = Stage::new().await;
    stage.bus.disturb(Disturbance::drop());
    let client = Client::new(&stage.transport)
        .response_timeout(Duration::from_secs(5))
        .long_timeout(Duration::from_secs(50));
    let h1 = ComputeApiClient::new(&client).on("h1");
    let began = Instant::now();
    h1.wait(&stage.cx, 0).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    stage.bus.calm();
    h1.ponder(&stage.cx, 49).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(54));
    let error = h1.ponder(&stage.cx, 51).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::from_secs(104));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_long_call_to_a_server_that_says_nothing_ends_as_soon_as_any_other() {
    let stage = Stage::new().await;
    let client = Client::new(&stage.transport).response_timeout(Duration::from_secs(5));
    let h1 = ComputeApiClient::new(&client).on("h1");
    let began = Instant::now();
    let call = h1.ponder(&stage.cx, 1000);
    tokio::pin!(call);
    assert!(
        tokio::time::timeout(Duration::from_secs(60), &mut call).await.is_err(),
        "it is told of the work"
    );
    stage.bus.partition("h1");
    let error = call.await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { .. }), "{error:?}");
    assert!(began.elapsed() <= Duration::from_secs(66), "{:?}", began.elapsed());
    assert!(stage.transport.replies().is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_long_calls_are_told_that_they_are_worked_on() {
    let stage = Stage::new().await;
    let client = Client::new(&stage.transport).response_timeout(Duration::from_secs(10));
    let h1 = ComputeApiClient::new(&client).on("h1");
    let tap = stage.bus.tap();
    h1.wait(&stage.cx, 9).await.unwrap();
    assert_eq!(tap.replies(), 1);
    h1.ponder(&stage.cx, 9).await.unwrap();
    assert_eq!(tap.replies(), 1 + 2, "one sign of life after five seconds, and the answer");
}

#[tokio::test(start_paused = true)]
async fn the_time_left_travels_and_the_method_sees_it() {
    let stage = Stage::new().await;
    let left = stage.h1().with_timeout(Duration::from_secs(30)).wait(&stage.cx, 0).await.unwrap();
    assert_eq!(left, Some(30));
}

#[tokio::test(start_paused = true)]
async fn a_peers_fault_passes_through_a_manager_whole() {
    let stage = Stage::new().await;
    let error = stage.h1().refuse(&stage.cx).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Refused);
    let fault = Fault::from(error);
    assert!(fault.is::<ValueError>());
    assert_eq!((fault.code(), fault.message()), (409, "no"));
    stage.bus.disturb(Disturbance::drop());
    let timeout = Fault::from(stage.h1().refuse(&stage.cx).await.unwrap_err());
    assert_eq!((timeout.module(), timeout.class()), ("oslo_messaging.exceptions", "MessagingTimeout"));
}

#[tokio::test(start_paused = true)]
async fn a_stock_tower_layer_fits_around_a_client_and_its_errors_stay_typed() {
    let stage = Stage::with(Machines::default(), |server| server).await;
    let client = Client::new(&stage.transport).layer(tower::limit::ConcurrencyLimitLayer::new(1));
    let h1 = ComputeApiClient::new(&client).on("h1");
    let began = Instant::now();
    let (a, b) = tokio::join!(h1.wait(&stage.cx, 5), h1.wait(&stage.cx, 5));
    a.unwrap();
    b.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(10), "one at a time");
    assert!(matches!(h1.refuse(&stage.cx).await, Err(CallError::Fault { .. })));
}
