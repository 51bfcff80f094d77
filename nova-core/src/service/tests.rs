//! The order of a managed service's life.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::env::FixedClock;
use crate::group::{MemoryGroup, ServiceGroup, ServiceRecord};
use crate::periodic::{PeriodicTask, PeriodicTasks};
use crate::{Env, RequestContext, Timestamp};

type Journal = Arc<Mutex<Vec<String>>>;

fn note(journal: &Journal, what: impl Into<String>) {
    journal.lock().unwrap().push(what.into());
}

struct Recording {
    journal: Journal,
    fails_in: &'static str,
}

impl Recording {
    fn hook(&self, name: &'static str, detail: &str) -> Result<(), BoxError> {
        note(&self.journal, format!("{name}{detail}"));
        if self.fails_in == name { Err("on purpose".into()) } else { Ok(()) }
    }
}

#[async_trait]
impl Manager for Recording {
    async fn init_host(&self, _: &RequestContext, record: Option<&ServiceRecord>) -> Result<(), BoxError> {
        self.hook("init_host", if record.is_some() { " again" } else { " first" })
    }
    async fn pre_start(&self, _: &RequestContext, record: &ServiceRecord) -> Result<(), BoxError> {
        self.hook("pre_start", &format!(" v{}", record.version))
    }
    async fn post_start(&self, _: &RequestContext) -> Result<(), BoxError> {
        self.hook("post_start", "")
    }
    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let task = PeriodicTask::new("tick", Duration::from_secs(60), move || {
            let this = Arc::clone(&self);
            async move { this.hook("tick", "") }
        });
        tasks.add(task.run_immediately());
    }
    async fn drain(&self, _: &RequestContext, _: Duration) {
        note(&self.journal, "drain");
    }
    async fn cleanup_host(&self, _: &RequestContext) {
        note(&self.journal, "cleanup_host");
    }
    async fn reset(&self, _: &RequestContext) {
        note(&self.journal, "reset");
    }
}

struct Part {
    name: &'static str,
    journal: Journal,
    fails: bool,
    last: bool,
    drain_takes: Duration,
}

impl Part {
    fn new(name: &'static str, journal: &Journal) -> Self {
        Self { name, journal: Arc::clone(journal), fails: false, last: false, drain_takes: Duration::ZERO }
    }
}

#[async_trait]
impl Component for Part {
    fn name(&self) -> &str {
        self.name
    }
    async fn start(&self, _: &Env, _: &Identity) -> Result<(), BoxError> {
        note(&self.journal, format!("start {}", self.name));
        if self.fails { Err("on purpose".into()) } else { Ok(()) }
    }
    async fn drain(&self, _: Duration) {
        tokio::time::sleep(self.drain_takes).await;
        note(&self.journal, format!("drained {}", self.name));
    }
    async fn stop(&self) {
        note(&self.journal, format!("stop {}", self.name));
    }
    fn drains_last(&self) -> bool {
        self.last
    }
}

struct Bench {
    env: Env,
    journal: Journal,
    group: Arc<MemoryGroup>,
}

impl Bench {
    fn new() -> Self {
        let env = Env::builder().clock(FixedClock::at(Timestamp::UNIX_EPOCH)).seed(1).build();
        Self { group: Arc::new(MemoryGroup::new(&env)), journal: Journal::default(), env }
    }

    fn builder(&self, fails_in: &'static str) -> ManagedServiceBuilder {
        let manager = Arc::new(Recording { journal: Arc::clone(&self.journal), fails_in });
        ManagedService::builder(&self.env, "nova-test", "h", manager)
            .service_group(self.group.clone())
            .version(7)
    }

    async fn record(&self) -> ServiceRecord {
        let cx = RequestContext::admin(&self.env);
        self.group.find(&cx, &Identity::new("h", "nova-test")).await.unwrap().unwrap()
    }

    fn take_journal(&self) -> Vec<String> {
        std::mem::take(&mut self.journal.lock().unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_and_a_stop_go_through_every_stage_in_order() {
    let bench = Bench::new();
    let alt = Part { last: true, ..Part::new("alt", &bench.journal) };
    let service =
        bench.builder("").component(Part::new("rpc", &bench.journal)).component(alt).build().unwrap();
    service.start().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    let up = ["init_host first", "pre_start v7", "start rpc", "start alt", "post_start", "tick"];
    assert_eq!(bench.take_journal(), up);
    service.reset().await;
    service.stop(Duration::from_secs(5)).await;
    service.wait().await;
    let down = ["reset", "drained rpc", "drain", "drained alt", "stop alt", "stop rpc", "cleanup_host"];
    assert_eq!(bench.take_journal(), down);
}

#[tokio::test(start_paused = true)]
async fn the_second_start_on_a_host_gets_the_record_of_the_first() {
    let bench = Bench::new();
    for expected in ["init_host first", "init_host again"] {
        let service = bench.builder("").build().unwrap();
        service.start().await.unwrap();
        service.stop(Duration::ZERO).await;
        assert_eq!(bench.take_journal()[0], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_stage_takes_down_exactly_what_was_up() {
    let expected: [(&str, &[&str]); 3] = [
        ("init_host", &["init_host first", "drain", "cleanup_host"]),
        ("pre_start", &["init_host first", "pre_start v7", "drain", "cleanup_host"]),
        (
            "post_start",
            &["init_host first", "pre_start v7", "start rpc", "post_start", "stop rpc", "cleanup_host"],
        ),
    ];
    for (stage, journal) in expected {
        let bench = Bench::new();
        let service = bench.builder(stage).component(Part::new("rpc", &bench.journal)).build().unwrap();
        let error = service.start().await.unwrap_err().to_string();
        assert!(error.contains(stage), "{error}");
        let seen = bench.take_journal();
        let seen: Vec<_> = seen.iter().filter(|what| !what.starts_with("drain")).collect();
        let wanted: Vec<_> = journal.iter().filter(|what| !what.starts_with("drain")).collect();
        assert_eq!(seen, wanted, "{stage}");
        assert!(bench.group.find(&RequestContext::admin(&bench.env), service.identity()).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_component_that_does_not_start_stops_the_earlier_ones() {
    let bench = Bench::new();
    let broken = Part { fails: true, ..Part::new("b", &bench.journal) };
    let service =
        bench.builder("").component(Part::new("a", &bench.journal)).component(broken).build().unwrap();
    assert_eq!(service.start().await.unwrap_err().to_string(), "nova-test@h could not start b");
    let journal = bench.take_journal();
    assert_eq!(journal[journal.len() - 3..], ["stop b", "stop a", "cleanup_host"]);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_go_on_while_draining_and_end_with_the_service() {
    let bench = Bench::new();
    let slow = Part { drain_takes: Duration::from_secs(35), ..Part::new("slow", &bench.journal) };
    let service = bench.builder("").component(slow).build().unwrap();
    service.start().await.unwrap();
    assert_eq!(bench.record().await.report_count, 1);
    service.stop(Duration::from_secs(100)).await;
    let count = bench.record().await.report_count;
    assert_eq!(count, 4);
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(bench.record().await.report_count, count);
}

#[tokio::test(start_paused = true)]
async fn draining_never_takes_longer_than_the_grace() {
    let bench = Bench::new();
    let stuck = Part { drain_takes: Duration::from_secs(10_000), ..Part::new("stuck", &bench.journal) };
    let service = bench.builder("").component(stuck).build().unwrap();
    service.start().await.unwrap();
    let began = tokio::time::Instant::now();
    service.stop(Duration::from_secs(3)).await;
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    assert!(bench.take_journal().contains(&"stop stuck".to_owned()));
}

#[tokio::test]
async fn two_components_with_one_key_do_not_build() {
    let bench = Bench::new();
    let parts = ["one", "two"].map(|name| Part::new(name, &bench.journal));
    let builder = parts
        .into_iter()
        .fold(bench.builder(""), |builder, part| builder.exclusive_component("topic t", part));
    let error = builder.build().unwrap_err().to_string();
    assert!(error.contains("topic t is served twice, by one and by two"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nothing_happens_before_the_prerequisite_is_ready() {
    let bench = Bench::new();
    let journal = Arc::clone(&bench.journal);
    let service = bench.builder("").wait_for("the conductor", move || {
        let journal = Arc::clone(&journal);
        async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            note(&journal, "ready");
            Ok(())
        }
    });
    service.build().unwrap().start().await.unwrap();
    assert_eq!(bench.take_journal()[..2], ["ready", "init_host first"]);
}
