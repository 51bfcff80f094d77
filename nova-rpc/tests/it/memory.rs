//! The memory bus: bounds, disturbances, partitions, taps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nova_core::{Env, Fault, RequestContext};
use nova_rpc::transport::memory::{Disturbance, MemoryBus, SeenKind};
use nova_rpc::{CallError, Client, Outcome, Server, Target, Transport, rpc_interface};
use tokio::time::Instant;

use crate::support::{ComputeApiClient, Stage, settle};

/// Counts.
#[rpc_interface(topic = "count", version = "1.0")]
trait CountApi {
    /// One more.
    #[rpc(cast)]
    async fn count(&self, cx: &RequestContext) -> Result<(), Fault>;
}

#[derive(Default)]
struct Counter(AtomicU32);

impl CountApi for Counter {
    async fn count(&self, _cx: &RequestContext) -> Result<(), Fault> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn who_inspects_the_bus_sees_each_message_with_its_bytes_and_its_sender() {
    let env = Env::builder().seed(1).build();
    let bus = MemoryBus::new(&env);
    let inspected = Arc::new(std::sync::Mutex::new(Vec::new()));
    let list = Arc::clone(&inspected);
    bus.inspect(move |seen, frame| {
        list.lock().unwrap().push((seen.kind, seen.sender.clone(), frame.len()));
    });
    let transport = bus.connect_as("h2", &env);
    drop(transport.listen(&Target::new("compute").on("h1")).await.unwrap()); // declares the queue
    let h1 = ComputeApiClient::new(&Client::new(&transport)).on("h1");
    h1.build(&RequestContext::admin(&env), "a", None, None).await.unwrap();
    let inspected = inspected.lock().unwrap().clone();
    assert!(
        matches!(&*inspected, [(SeenKind::Cast, Some(sender), bytes)] if &**sender == "h2" && *bytes > 0),
        "{inspected:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_and_loses_nothing_it_took() {
    let env = Env::builder().seed(1).build();
    let bus = MemoryBus::with_queue_limit(&env, 2);
    let transport = bus.connect(&env);
    let target = Target::new("compute").on("h1");
    drop(transport.listen(&target).await.unwrap()); // declares the queue
    let h1 = ComputeApiClient::new(&Client::new(&transport)).on("h1");
    let cx = RequestContext::admin(&env);
    h1.build(&cx, "a", None, None).await.unwrap();
    h1.build(&cx, "b", None, None).await.unwrap();
    let error = h1.build(&cx, "c", None, None).await.unwrap_err();
    assert!(matches!(error, CallError::Overloaded { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(bus.waiting(&target), Some(2));
}

#[tokio::test(start_paused = true)]
async fn lost_casts_look_sent_and_only_the_method_that_is_meant_is_lost() {
    let stage = Stage::new().await;
    stage.bus.disturb(Disturbance::drop().when(|seen| seen.method == "build"));
    stage.h1().build(&stage.cx, "gone", None, None).await.unwrap();
    ComputeApiClient::new(&stage.client).refresh(&stage.cx).await.unwrap();
    settle().await;
    assert_eq!(stage.machines.log(), ["refresh"]);
    stage.bus.calm();
    stage.h1().build(&stage.cx, "there", None, None).await.unwrap();
    settle().await;
    assert_eq!(stage.machines.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn chance_is_a_function_of_the_seed() {
    let run = || async {
        let stage = Stage::new().await;
        stage.bus.disturb(Disturbance::drop().kind(SeenKind::Cast).chance(0.5));
        for number in 0..40 {
            stage.h1().build(&stage.cx, &number.to_string(), None, None).await.unwrap();
        }
        settle().await;
        stage.machines.log()
    };
    let (first, second) = (run().await, run().await);
    assert_eq!(first, second);
    assert!((5..35).contains(&first.len()), "{}", first.len());
}

#[tokio::test(start_paused = true)]
async fn delayed_messages_come_late_and_change_places() {
    let stage = Stage::new().await;
    stage
        .bus
        .disturb(Disturbance::delay(Duration::from_secs(1), Duration::from_secs(3)).kind(SeenKind::Cast));
    for number in 0..20 {
        stage.h1().build(&stage.cx, &format!("{number:02}"), None, None).await.unwrap();
    }
    settle().await;
    assert!(stage.machines.log().is_empty());
    tokio::time::sleep(Duration::from_secs(4)).await;
    let log = stage.machines.log();
    assert_eq!(log.len(), 20);
    assert!(!log.is_sorted());
}

#[tokio::test(start_paused = true)]
async fn a_partitioned_server_hears_and_says_nothing_until_it_is_reconnected() {
    let stage = Stage::new().await;
    let (_h2, _) = stage.join("h2").await;
    stage.bus.partition("h1");
    stage.h1().build(&stage.cx, "waits", None, None).await.unwrap();
    let error = stage.h1().with_timeout(Duration::from_secs(3)).uptime(&stage.cx, "h1").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let h2 = ComputeApiClient::new(&stage.client).on("h2");
    assert_eq!(h2.uptime(&stage.cx, "h2").await.unwrap(), "h2: 3 days");
    assert!(stage.machines.log().is_empty());
    stage.bus.reconnect("h1");
    settle().await;
    assert_eq!(stage.machines.log(), ["build waits None None"], "the cast was kept, the call had expired");
}

#[tokio::test(start_paused = true)]
async fn a_partitioned_caller_knows_that_nothing_was_sent() {
    let stage = Stage::new().await;
    stage.bus.partition("caller");
    let began = Instant::now();
    let error = stage.h1().uptime(&stage.cx, "h1").await.unwrap_err();
    assert!(matches!(error, CallError::Transport { .. }), "{error:?}");
    assert_eq!((error.outcome(), began.elapsed()), (Outcome::NotSent, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_tap_counts_and_names_every_message() {
    let stage = Stage::new().await;
    let tap = stage.bus.tap();
    stage.h1().uptime(&stage.cx, "h1").await.unwrap();
    stage.h1().build(&stage.cx, "vm", None, None).await.unwrap();
    ComputeApiClient::new(&stage.client).refresh(&stage.cx).await.unwrap();
    assert_eq!(tap.methods(), ["uptime", "build", "refresh"]);
    assert_eq!((tap.requests(), tap.replies()), (3, 1));
    let seen = tap.seen();
    assert_eq!((seen[0].kind, seen[0].target.to_string().as_str()), (SeenKind::Call, "compute.h1"));
    assert_eq!(seen[1].kind, SeenKind::Reply);
    tap.clear();
    assert_eq!(tap.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_goes_to_another_server_where_one_waits() {
    let env = Env::builder().seed(1).build();
    let bus = MemoryBus::new(&env);
    let counters = [Arc::new(Counter::default()), Arc::new(Counter::default())];
    let mut servers = Vec::new();
    for (host, counter) in ["h1", "h2"].into_iter().zip(&counters) {
        let server =
            Server::new(&bus.connect(&env), "count").endpoint(CountApiDispatcher::new(Arc::clone(counter)));
        server.listen(host).await.unwrap();
        servers.push(server);
    }
    settle().await;
    bus.disturb(Disturbance::duplicate());
    let cx = RequestContext::admin(&env);
    CountApiClient::new(&Client::new(&bus.connect(&env))).count(&cx).await.unwrap();
    settle().await;
    assert_eq!(counters.map(|counter| counter.0.load(Ordering::Relaxed)), [1, 1]);
}
