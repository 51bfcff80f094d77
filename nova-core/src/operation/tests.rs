//! What operations promise, on the in-memory store and in paused time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::env::FixedClock;
use crate::fault::InternalError;
use crate::service::{Component, Identity};
use crate::{Env, Fault, RequestContext, Timestamp};

struct Trip;

impl Operation for Trip {
    const KIND: &'static str = "trip";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] = &[
        Step::on("book", "agency").compensated(),
        Step::on("pack", "agency").max_attempts(3),
        Step::on("go", "agency"),
    ];
    type Args = String;
    type State = Vec<String>;
}

/// What each call of the handler does, by `step attempt` or `undo step`.
type Script = fn(&str) -> Option<Act>;

enum Act {
    Retry,
    Fail,
    Panic,
    Hang,
}

#[derive(Clone)]
struct Agency {
    script: Script,
    journal: Arc<Mutex<Vec<String>>>,
}

impl Agency {
    async fn act(&self, what: String) -> Result<(), StepError> {
        self.journal.lock().unwrap().push(what.clone());
        let fault = || Fault::from(InternalError { message: what.clone() });
        match (self.script)(&what) {
            None => Ok(()),
            Some(Act::Retry) => Err(StepError::Retry(fault())),
            Some(Act::Fail) => Err(StepError::Fail(fault())),
            Some(Act::Panic) => panic!("on purpose"),
            Some(Act::Hang) => std::future::pending().await,
        }
    }
}

#[async_trait]
impl StepHandler<Trip> for Agency {
    async fn run(&self, _: &RequestContext, step: &mut Running<Trip>) -> Result<Flow, StepError> {
        self.act(format!("{} {}", step.name(), step.attempt())).await?;
        step.state.push(step.name().to_owned());
        Ok(Flow::Next)
    }

    async fn compensate(&self, _: &RequestContext, step: &mut Running<Trip>) -> Result<(), Fault> {
        match self.act(format!("undo {} {}", step.name(), step.attempt())).await {
            Ok(()) => Ok(()),
            Err(StepError::Retry(fault) | StepError::Fail(fault)) => Err(fault),
        }
    }
}

struct Fleet {
    env: Env,
    cx: RequestContext,
    store: Arc<MemoryStore>,
    agency: Agency,
}

impl Fleet {
    fn new(script: Script) -> Self {
        let env = Env::builder().clock(FixedClock::at(Timestamp::UNIX_EPOCH)).seed(1).build();
        let (cx, store) = (RequestContext::admin(&env), Arc::new(MemoryStore::new(&env)));
        Self { env, cx, store, agency: Agency { script, journal: Arc::default() } }
    }

    async fn worker(&self, host: &str) -> Worker {
        let worker = Worker::builder(&self.env, self.store.clone())
            .serve::<Trip>(Arc::new(self.agency.clone()))
            .build();
        let me = Identity::new(host, "agency");
        worker.start(&self.env, &me).await.unwrap();
        worker
    }

    async fn submit(&self) -> OperationId {
        let operation = NewOperation::of::<Trip>(&self.env, &self.cx, "t", &"rome".to_owned()).unwrap();
        self.store.submit(&self.cx, operation).await.unwrap()
    }

    async fn ended(&self, id: OperationId) -> OperationRecord {
        for _ in 0..10_000 {
            let record = self.store.get(&self.cx, id).await.unwrap().unwrap();
            if !record.status.is_open() {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the operation does not end");
    }

    fn journal(&self) -> Vec<String> {
        self.agency.journal.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn steps_run_in_order_and_hand_their_state_on() {
    let fleet = Fleet::new(|_| None);
    let _worker = fleet.worker("h").await;
    let record = {
        let id = fleet.submit().await;
        fleet.ended(id).await
    };
    assert_eq!(record.status, Status::Done);
    assert_eq!(record.state, serde_json::json!(["book", "pack", "go"]));
    assert_eq!(fleet.journal(), ["book 1", "pack 1", "go 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_may_work_later_is_tried_again_after_a_pause() {
    let fleet = Fleet::new(|what| ["book 1", "book 2"].contains(&what).then_some(Act::Retry));
    let _worker = fleet.worker("h").await;
    let record = {
        let id = fleet.submit().await;
        fleet.ended(id).await
    };
    assert_eq!(record.status, Status::Done);
    assert_eq!(fleet.journal()[..3], ["book 1", "book 2", "book 3"]);
    let took = record.updated_at.saturating_since(record.created_at);
    assert!(took >= Duration::from_secs(3), "1 s, then 2 s");
    assert!(
        took < Duration::from_secs(4),
        "the worker looks again when the pause is over, not at its next poll"
    );
}

struct Errand;

impl Operation for Errand {
    const KIND: &'static str = "errand";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] = &[Step::on("run", "agency")];
    type Args = ();
    type State = ();
}

#[async_trait]
impl StepHandler<Errand> for Agency {
    async fn run(&self, _: &RequestContext, _: &mut Running<Errand>) -> Result<Flow, StepError> {
        Ok(Flow::Done)
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_whose_places_are_taken_keeps_others_from_nothing() {
    let fleet = Fleet::new(|_| Some(Act::Hang));
    let worker = Worker::builder(&fleet.env, fleet.store.clone())
        .serve::<Trip>(Arc::new(fleet.agency.clone()))
        .serve::<Errand>(Arc::new(fleet.agency.clone()))
        .concurrency(4)
        .places::<Trip>(2)
        .build();
    for _ in 0..9 {
        fleet.submit().await;
    }
    worker.start(&fleet.env, &Identity::new("h", "agency")).await.unwrap();
    let errand = NewOperation::of::<Errand>(&fleet.env, &fleet.cx, "e", &()).unwrap();
    let errand = fleet.store.submit(&fleet.cx, errand).await.unwrap();
    assert_eq!(fleet.ended(errand).await.status, Status::Done);
    assert_eq!(fleet.journal().len(), 2, "two trips are under way");
}

#[tokio::test(start_paused = true)]
async fn a_place_that_becomes_free_is_taken_at_once() {
    let fleet = Fleet::new(|_| None);
    let worker = Worker::builder(&fleet.env, fleet.store.clone())
        .serve::<Trip>(Arc::new(fleet.agency.clone()))
        .places::<Trip>(1)
        .poll_interval(Duration::from_secs(3600))
        .build();
    let ids = [fleet.submit().await, fleet.submit().await, fleet.submit().await];
    let began = tokio::time::Instant::now();
    worker.start(&fleet.env, &Identity::new("h", "agency")).await.unwrap();
    for id in ids {
        fleet.ended(id).await;
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_failure_undoes_what_is_behind_and_the_undoing_is_repeated_until_it_works() {
    let fleet = Fleet::new(|what| match what {
        "pack 1" => Some(Act::Fail),
        "undo book 1" => Some(Act::Retry),
        _ => None,
    });
    let _worker = fleet.worker("h").await;
    let record = {
        let id = fleet.submit().await;
        fleet.ended(id).await
    };
    assert_eq!(record.status, Status::Failed);
    assert_eq!(record.fault.unwrap().message, "pack 1");
    assert_eq!(fleet.journal(), ["book 1", "pack 1", "undo book 1", "undo book 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_with_an_undoing_is_itself_undone() {
    let fleet = Fleet::new(|what| (what == "book 1").then_some(Act::Fail));
    let _worker = fleet.worker("h").await;
    let id = fleet.submit().await;
    assert_eq!(fleet.ended(id).await.status, Status::Failed);
    assert_eq!(fleet.journal(), ["book 1", "undo book 1"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_turns_a_retry_into_a_failure() {
    let fleet = Fleet::new(|what| what.starts_with("pack").then_some(Act::Retry));
    let _worker = fleet.worker("h").await;
    let id = fleet.submit().await;
    assert_eq!(fleet.ended(id).await.status, Status::Failed);
    assert_eq!(fleet.journal(), ["book 1", "pack 1", "pack 2", "pack 3", "undo book 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_step_is_a_failed_attempt() {
    let fleet = Fleet::new(|what| (what == "go 1").then_some(Act::Panic));
    let _worker = fleet.worker("h").await;
    let id = fleet.submit().await;
    assert_eq!(fleet.ended(id).await.status, Status::Done);
    assert_eq!(fleet.journal().last().unwrap(), "go 2");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_dies_in_a_step_is_succeeded_when_its_lease_runs_out() {
    let fleet = Fleet::new(|what| (what == "pack 1").then_some(Act::Hang));
    let first = fleet.worker("one").await;
    let id = fleet.submit().await;
    first.hints().look();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(first.in_flight(), 1);
    first.stop().await;
    let _second = fleet.worker("two").await;
    let record = fleet.ended(id).await;
    assert_eq!(record.status, Status::Done);
    assert_eq!(fleet.journal(), ["book 1", "pack 1", "pack 2", "go 1"]);
    assert!(record.updated_at.saturating_since(record.created_at) <= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_long_step_keeps_its_lease_for_as_long_as_it_runs() {
    let fleet = Fleet::new(|what| (what == "pack 1").then_some(Act::Hang));
    let _one = fleet.worker("one").await;
    let _two = fleet.worker("two").await;
    let id = fleet.submit().await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(fleet.journal(), ["book 1", "pack 1"]);
    assert_eq!(fleet.store.get(&fleet.cx, id).await.unwrap().unwrap().attempt, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_drops_the_step_and_its_end_is_refused() {
    let fleet = Fleet::new(|what| (what == "book 1").then_some(Act::Hang));
    let worker = fleet.worker("one").await;
    let id = fleet.submit().await;
    worker.hints().look();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held = fleet.store.get(&fleet.cx, id).await.unwrap().unwrap().lease().unwrap();
    let retry =
        StepEnd::Retry { after: Duration::from_secs(3600), fault: Fault::new("m", "C", "x").into_data() };
    fleet.store.finish(&fleet.cx, &held, &retry).await.unwrap();
    worker.hints().look();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(worker.in_flight(), 0);
    let again = fleet.store.finish(&fleet.cx, &held, &retry).await;
    assert!(matches!(again, Err(StoreError::LeaseLost { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_draining_worker_finishes_its_steps_and_takes_no_more() {
    let fleet = Fleet::new(|_| None);
    let worker = fleet.worker("one").await;
    worker.drain(Duration::from_secs(1)).await;
    let id = fleet.submit().await;
    worker.hints().look();
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(fleet.store.get(&fleet.cx, id).await.unwrap().unwrap().attempt, 0);
}

#[tokio::test(start_paused = true)]
async fn submitting_an_id_twice_is_submitting_it_once() {
    let fleet = Fleet::new(|_| None);
    let operation = NewOperation::of::<Trip>(&fleet.env, &fleet.cx, "t", &"rome".to_owned()).unwrap();
    for _ in 0..2 {
        fleet.store.submit(&fleet.cx, operation.clone()).await.unwrap();
    }
    assert_eq!(fleet.store.list(&fleet.cx, &OperationFilter::about("t")).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn operations_of_a_newer_version_are_left_to_newer_workers() {
    let fleet = Fleet::new(|_| None);
    let _worker = fleet.worker("one").await;
    let mut operation = NewOperation::of::<Trip>(&fleet.env, &fleet.cx, "t", &"rome".to_owned()).unwrap();
    operation.version = 2;
    let id = fleet.store.submit(&fleet.cx, operation).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(fleet.store.get(&fleet.cx, id).await.unwrap().unwrap().status.is_open());
    assert!(fleet.journal().is_empty());
}

#[test]
fn the_token_of_the_submitter_is_not_in_the_record() {
    let env = Env::builder().seed(1).build();
    let cx = RequestContext::builder().user("u").auth_token("s3cret").build(&env);
    let operation = NewOperation::of::<Trip>(&env, &cx, "t", &"rome".to_owned()).unwrap();
    assert!(!format!("{operation:?}").contains("s3cret"));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_panics_each_time_fails_after_its_last_attempt() {
    let fleet = Fleet::new(|what| what.starts_with("pack").then_some(Act::Panic));
    let _worker = fleet.worker("h").await;
    let id = fleet.submit().await;
    assert_eq!(fleet.ended(id).await.status, Status::Failed);
    assert_eq!(fleet.journal(), ["book 1", "pack 1", "pack 2", "pack 3", "undo book 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_without_room_takes_the_next_step_as_soon_as_one_ends() {
    let fleet = Fleet::new(|_| None);
    let builder = Worker::builder(&fleet.env, fleet.store.clone()).concurrency(1);
    let worker = builder.serve::<Trip>(Arc::new(fleet.agency.clone())).build();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(fleet.submit().await);
    }
    worker.start(&fleet.env, &Identity::new("h", "agency")).await.unwrap();
    let began = tokio::time::Instant::now();
    for id in ids {
        fleet.ended(id).await;
    }
    assert!(began.elapsed() < Duration::from_secs(10), "60 steps took {:?}", began.elapsed());
}

/// A store that stops answering pulls after the first ones.
struct Deaf(Arc<MemoryStore>, Mutex<usize>);

#[async_trait]
impl OperationStore for Deaf {
    async fn submit(&self, cx: &RequestContext, operation: NewOperation) -> Result<OperationId, StoreError> {
        self.0.submit(cx, operation).await
    }
    async fn pull(&self, cx: &RequestContext, pull: &Pull) -> Result<Pulled, StoreError> {
        let left = {
            let mut left = self.1.lock().unwrap();
            *left = left.saturating_sub(1);
            *left
        };
        if left == 0 { Err(Fault::new("m", "Gone", "no answer").into()) } else { self.0.pull(cx, pull).await }
    }
    async fn finish(&self, cx: &RequestContext, lease: &Lease, end: &StepEnd) -> Result<(), StoreError> {
        self.0.finish(cx, lease, end).await
    }
    async fn get(&self, cx: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        self.0.get(cx, id).await
    }
    async fn list(
        &self,
        cx: &RequestContext,
        filter: &OperationFilter,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        self.0.list(cx, filter).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_cannot_renew_drops_its_step_before_another_may_take_it() {
    let fleet = Fleet::new(|what| (what == "book 1").then_some(Act::Hang));
    fleet.submit().await;
    let store = Arc::new(Deaf(fleet.store.clone(), Mutex::new(2)));
    let worker = Worker::builder(&fleet.env, store).serve::<Trip>(Arc::new(fleet.agency.clone())).build();
    worker.start(&fleet.env, &Identity::new("h", "agency")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(worker.in_flight(), 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(worker.in_flight(), 0);
}
