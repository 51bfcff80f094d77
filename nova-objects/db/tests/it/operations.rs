use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::operation::{
    Flow, NewOperation, Operation, OperationFilter, OperationId, OperationRecord, OperationStore, Progress,
    Pull, Queue, Running, Status, Step, StepEnd, StepError, StepHandler, StoreError, Worker,
};
use nova_core::service::{Component, Identity};
use nova_core::{Fault, RequestContext};
use nova_objects_db::operations::{AdminError, DbOperationStore, call_off, is_next_in, migrations, submit};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, ObjectTable, Tx};

use crate::object_table::Tally;
use sea_orm::ConnectionTrait;

struct Boot;

impl Operation for Boot {
    const KIND: &'static str = "boot";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] = &[Step::on("place", "conductor"), Step::on("spawn", "conductor")];
    type Args = String;
    type State = Option<String>;
}

struct Undoable;

impl Operation for Undoable {
    const KIND: &'static str = "undoable";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] =
        &[Step::on("place", "conductor").compensated(), Step::on("spawn", "conductor")];
    type Args = ();
    type State = ();
}

struct Booter;

#[async_trait]
impl StepHandler<Boot> for Booter {
    async fn run(&self, _: &RequestContext, step: &mut Running<Boot>) -> Result<Flow, StepError> {
        step.state = Some(format!("{}{}", step.state.take().unwrap_or_default(), step.name()));
        Ok(Flow::Next)
    }
}

/// Counts each step of a boot in the transaction that ends it; the first attempt at the first step fails after counting.
struct Counter(DbOperationStore);

const TALLIES: ObjectTable<Tally> = ObjectTable::new("boot-tallies");

#[async_trait]
impl StepHandler<Boot> for Counter {
    async fn run(&self, _: &RequestContext, step: &mut Running<Boot>) -> Result<Flow, StepError> {
        let first = step.attempt() == 1 && step.name() == "place";
        let count = move |tx: Tx| async move {
            TALLIES.update(&tx, "boot", |tally| tally.count.update_or(0, |count| *count += 1)).await?;
            let refused = Fault::new("nova.exception", "Invalid", "not yet");
            if first { Err(refused.into()) } else { Ok(()) }
        };
        self.0.finish_with(step, &Flow::Next, count).await
    }
}

async fn store(test: &TestDb) -> (DbOperationStore, RequestContext) {
    test.db.migrate(&migrations()).await.unwrap();
    (DbOperationStore::new(&test.db), RequestContext::admin(&test.env))
}

fn boot(test: &TestDb, cx: &RequestContext, target: &str) -> NewOperation {
    NewOperation::of::<Boot>(&test.env, cx, target, &"small".to_owned()).unwrap()
}

fn pull(owner: &str, max: usize, lease: Duration) -> Pull {
    Pull {
        owner: owner.to_owned(),
        queues: vec![Queue::any("conductor")],
        serves: serves(),
        renew: Vec::new(),
        max,
        places: BTreeMap::new(),
        lease,
    }
}

fn serves() -> BTreeMap<String, u32> {
    BTreeMap::from([(Boot::KIND.to_owned(), Boot::VERSION)])
}

const LONG: Duration = Duration::from_secs(600);

nova_objects_db::database_tests! {
    async fn a_record_that_cannot_be_read_is_put_off_and_stops_neither_claims_nor_renewals(test: TestDb) {
        let (store, cx) = store(test).await;
        let bad = store.submit(&cx, boot(test, &cx, "bad")).await.unwrap();
        let good = store.submit(&cx, boot(test, &cx, "good")).await.unwrap();
        test.db.write(move |tx| async move {
            let sql = format!("UPDATE operations SET passed = '{{' WHERE id = '{bad}'");
            Ok::<_, DbError>(tx.execute_unprepared(&sql).await?)
        }).await.unwrap();
        let claimed = store.pull(&cx, &pull("w", 5, LONG)).await.unwrap().claimed;
        assert_eq!(claimed.iter().map(|record| record.id).collect::<Vec<_>>(), [good]);
        let renewal = Pull { renew: vec![claimed[0].lease().unwrap()], ..pull("w", 5, LONG) };
        let renewed = store.pull(&cx, &renewal).await.unwrap();
        assert!(renewed.lost.is_empty() && renewed.claimed.is_empty());
        assert_eq!(store.list(&cx, &OperationFilter::open()).await.unwrap().len(), 1);
    }

    async fn an_operation_is_next_when_all_older_ones_of_its_kind_about_its_target_have_ended(test: TestDb) {
        let (store, cx) = store(test).await;
        let first = store.submit(&cx, boot(test, &cx, "i1")).await.unwrap();
        let second = store.submit(&cx, boot(test, &cx, "i1")).await.unwrap();
        let elsewhere = store.submit(&cx, boot(test, &cx, "i2")).await.unwrap();
        let is_next = async |id| test.db.read(move |tx| async move { is_next_in(&tx, id).await }).await.unwrap();
        assert!(is_next(first).await && is_next(elsewhere).await && !is_next(second).await);
        let claimed = store.pull(&cx, &pull("w", 1, LONG)).await.unwrap().claimed.remove(0);
        assert_eq!(claimed.id, first);
        let end = StepEnd::Finish { status: Status::Done, state: serde_json::Value::Null, fault: None };
        store.finish(&cx, &claimed.lease().unwrap(), &end).await.unwrap();
        assert!(is_next(second).await);
    }

    async fn operations_of_kinds_or_versions_a_worker_does_not_know_are_left_to_others(test: TestDb) {
        let (store, cx) = store(test).await;
        store.submit(&cx, boot(test, &cx, "i1")).await.unwrap();
        for (kind, version) in [("other", 9), (Boot::KIND, 0)] {
            let serves = BTreeMap::from([(kind.to_owned(), version)]);
            let ignorant = Pull { serves, ..pull("w", 5, LONG) };
            assert!(store.pull(&cx, &ignorant).await.unwrap().claimed.is_empty(), "{kind} {version}");
        }
        assert_eq!(store.pull(&cx, &pull("w", 5, LONG)).await.unwrap().claimed[0].attempt, 1);
    }

    async fn an_operation_that_was_called_off_cannot_be_submitted_and_one_that_was_submitted_not_called_off(
        test: TestDb
    ) {
        let (store, cx) = store(test).await;
        let [first, second] = ["i1", "i2"].map(|target| boot(test, &cx, target));
        let why = Fault::new("nova.exception", "InstanceNotFound", "gone");
        let call_off = async |operation: &NewOperation| {
            let (operation, why) = (operation.clone(), why.clone());
            let called_off = test.db.write(move |tx| {
                let (operation, why) = (operation.clone(), why.clone());
                async move { call_off(&tx, operation, &why).await }
            });
            called_off.await.unwrap()
        };
        let submitted = async |operation: &NewOperation| {
            let operation = operation.clone();
            let submitted = test.db.write(move |tx| {
                let operation = operation.clone();
                async move { submit(&tx, operation).await }
            });
            submitted.await.unwrap()
        };
        assert!(call_off(&first).await && call_off(&first).await, "calling off twice is calling off once");
        assert!(!submitted(&first).await, "it stays called off");
        assert!(submitted(&second).await && !submitted(&second).await);
        assert!(!call_off(&second).await, "it may have begun");
        let claimed = store.pull(&cx, &pull("w", 5, LONG)).await.unwrap().claimed;
        assert_eq!(claimed.iter().map(|record| record.id).collect::<Vec<_>>(), [second.id]);
        let record = store.get(&cx, first.id).await.unwrap().unwrap();
        assert_eq!((record.status, record.fault), (Status::Failed, Some(why.data().clone())));
        let end = StepEnd::Finish { status: Status::Failed, state: record.state, fault: None };
        store.finish(&cx, &claimed[0].lease().unwrap(), &end).await.unwrap();
        assert!(!call_off(&second).await, "it had begun");
    }

    async fn an_operator_ends_a_pause_unless_a_worker_is_at_it(test: TestDb) {
        let (store, cx) = store(test).await;
        let id = store.submit(&cx, boot(test, &cx, "i1")).await.unwrap();
        let claimed = store.pull(&cx, &pull("w", 1, LONG)).await.unwrap().claimed.remove(0);
        let in_hand = store.retry_now(id).await.unwrap_err();
        assert!(matches!(in_hand, AdminError::InHand { ref owner, .. } if owner == "w"), "{in_hand:?}");
        let fault = Fault::new("nova.exception", "NovaException", "later").into_data();
        let pause = StepEnd::Retry { after: LONG, fault };
        store.finish(&cx, &claimed.lease().unwrap(), &pause).await.unwrap();
        assert!(store.pull(&cx, &pull("w", 1, LONG)).await.unwrap().claimed.is_empty());
        store.retry_now(id).await.unwrap();
        assert_eq!(store.pull(&cx, &pull("w", 1, LONG)).await.unwrap().claimed[0].attempt, 2);
        let nobodys = OperationId(test.env.new_id());
        let missing = store.retry_now(nobodys).await.unwrap_err();
        assert!(matches!(missing, AdminError::NotFound(id) if id == nobodys));
    }

    async fn an_operation_that_is_cancelled_is_undone_and_whoever_had_it_loses_it(test: TestDb) {
        let (store, cx) = store(test).await;
        let why = || Fault::new("nova.exception", "OperatorRequest", "not wanted").into_data();
        let back = |record: &OperationRecord| record.way_back::<Undoable>(&Fault::new("m", "C", "no").into_data());
        let [once, stuck] = ["i1", "i2"].map(|target| {
            NewOperation::of::<Undoable>(&test.env, &cx, target, &()).unwrap()
        });
        store.submit(&cx, once.clone()).await.unwrap();
        let serves = BTreeMap::from([(Undoable::KIND.to_owned(), 1)]);
        let take = Pull { serves, ..pull("w", 1, LONG) };
        let lease = store.pull(&cx, &take).await.unwrap().claimed[0].lease().unwrap();
        let cancelled = store.cancel(once.id, back).await.unwrap();
        assert_eq!((cancelled.status, cancelled.step.as_str()), (Status::Compensating, "place"));
        assert!(matches!(store.cancel(once.id, back).await, Err(AdminError::Undoing(_))));
        let end = StepEnd::Retry { after: LONG, fault: why() };
        let late = store.finish(&cx, &lease, &end).await;
        assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
        let again = store.pull(&cx, &take).await.unwrap().claimed.remove(0);
        let end = StepEnd::Finish { status: Status::Failed, state: again.state.clone(), fault: None };
        store.finish(&cx, &again.lease().unwrap(), &end).await.unwrap();
        assert!(matches!(store.cancel(once.id, back).await, Err(AdminError::Ended { .. })));

        let queue = Queue::any("conductor");
        store.submit(&cx, stuck.clone().starting_at("spawn", queue)).await.unwrap();
        let refused = store.cancel(stuck.id, back).await;
        assert!(matches!(refused, Err(AdminError::NotUndoable { ref step, .. }) if step == "spawn"), "{refused:?}");
    }

    async fn what_ended_long_ago_is_forgotten_and_what_is_open_is_not(test: TestDb) {
        let (store, cx) = store(test).await;
        let open = store.submit(&cx, boot(test, &cx, "open")).await.unwrap();
        let done = boot(test, &cx, "done");
        let why = Fault::new("nova.exception", "InstanceNotFound", "gone");
        let off = (done.clone(), why);
        let called_off = test.db.write(move |tx| {
            let (operation, why) = off.clone();
            async move { call_off(&tx, operation, &why).await }
        });
        assert!(called_off.await.unwrap());
        let now = test.env.now();
        assert_eq!(store.forget_ended(now.saturating_sub(LONG)).await.unwrap(), 0);
        assert_eq!(store.forget_ended(now.saturating_add(LONG)).await.unwrap(), 1);
        assert_eq!(store.get(&cx, done.id).await.unwrap(), None);
        assert!(store.get(&cx, open).await.unwrap().is_some());
    }

    async fn a_kind_takes_no_more_than_its_places_and_hides_no_other(test: TestDb) {
        let (store, cx) = store(test).await;
        let mut ids = Vec::new();
        for target in ["b1", "b2", "b3"] {
            ids.push(store.submit(&cx, boot(test, &cx, target)).await.unwrap());
        }
        let mut other = boot(test, &cx, "o1");
        other.kind = "other".to_owned();
        ids.push(store.submit(&cx, other).await.unwrap());
        let both = BTreeMap::from([(Boot::KIND.to_owned(), 1), ("other".to_owned(), 1)]);
        let take = async |places: usize, max: usize| {
            let places = BTreeMap::from([(Boot::KIND.to_owned(), places)]);
            let pull = Pull { serves: both.clone(), places, ..pull("w", max, LONG) };
            let claimed = store.pull(&cx, &pull).await.unwrap().claimed;
            claimed.iter().map(|record| record.id).collect::<Vec<_>>()
        };
        assert_eq!(take(2, 3).await, [ids[0], ids[1], ids[3]], "the oldest first");
        assert_eq!(take(0, 3).await, []);
        assert_eq!(take(2, 0).await, []);
        assert_eq!(take(2, 3).await, [ids[2]]);
    }

    async fn an_operation_is_read_as_it_was_submitted_and_submitting_it_again_changes_nothing(test: TestDb) {
        let (store, cx) = store(test).await;
        let new = boot(test, &cx, "i1");
        let id = store.submit(&cx, new.clone()).await.unwrap();
        let first = store.get(&cx, id).await.unwrap().unwrap();
        assert_eq!((first.id, &first.target, &first.args, first.status), (new.id, &new.target, &new.args, Status::Open));
        assert_eq!(store.submit(&cx, new).await.unwrap(), id);
        assert_eq!(store.get(&cx, id).await.unwrap().unwrap(), first);
        assert_eq!(store.get(&cx, OperationId(test.env.new_id())).await.unwrap(), None);
    }

    async fn an_operation_and_its_intent_are_written_together_or_not_at_all(test: TestDb) {
        let (store, cx) = store(test).await;
        let new = boot(test, &cx, "i1");
        let id = new.id;
        let refused = test.db.write(move |tx| {
            let new = new.clone();
            async move {
                submit(&tx, new).await?;
                Err::<(), _>(DbError::Escaped)
            }
        });
        assert!(refused.await.is_err());
        assert_eq!(store.get(&cx, id).await.unwrap(), None);
    }

    async fn no_step_is_given_to_two_workers_however_many_pull_at_once(test: TestDb) {
        let (store, cx) = store(test).await;
        for target in 0..30 {
            store.submit(&cx, boot(test, &cx, &target.to_string())).await.unwrap();
        }
        let mut workers = Vec::new();
        for worker in 0..4 {
            let store = DbOperationStore::new(&test.another_with(crate::counter::patient).await);
            let cx = cx.clone();
            workers.push(test.env.spawn("worker", async move {
                let mut mine = Vec::new();
                loop {
                    let pulled = store.pull(&cx, &pull(&worker.to_string(), 3, LONG)).await.unwrap();
                    match pulled.claimed.is_empty() {
                        true => return mine,
                        false => mine.extend(pulled.claimed.into_iter().map(|record| (record.id, record.attempt))),
                    }
                }
            }));
        }
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.unwrap());
        }
        // A worker whose rows were all being claimed by others sees none and stops: one more look takes the rest.
        let rest = store.pull(&cx, &pull("last", 100, LONG)).await.unwrap();
        all.extend(rest.claimed.into_iter().map(|record| (record.id, record.attempt)));
        assert!(all.iter().all(|(_, attempt)| *attempt == 1));
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (30, 30));
    }

    async fn a_lease_that_ran_out_goes_to_the_next_worker_and_the_first_can_end_nothing(test: TestDb) {
        let (store, cx) = store(test).await;
        let id = store.submit(&cx, boot(test, &cx, "i1")).await.unwrap();
        let first = store.pull(&cx, &pull("a", 1, Duration::ZERO)).await.unwrap().claimed.remove(0).lease().unwrap();
        let other = DbOperationStore::new(&test.another().await);
        let second = other.pull(&cx, &pull("b", 1, LONG)).await.unwrap().claimed.remove(0).lease().unwrap();
        assert_eq!((first.attempt, second.attempt, second.owner.as_str()), (1, 2, "b"));

        let end = StepEnd::Finish { status: Status::Done, state: serde_json::Value::Null, fault: None };
        let lost = store.finish(&cx, &first, &end).await.unwrap_err();
        assert!(matches!(lost, StoreError::LeaseLost { lease } if lease == first));
        let mut renewal = pull("a", 0, LONG);
        renewal.renew = vec![first.clone()];
        assert_eq!(store.pull(&cx, &renewal).await.unwrap().lost, [first]);

        other.finish(&cx, &second, &end).await.unwrap();
        assert_eq!(store.get(&cx, id).await.unwrap().unwrap().status, Status::Done);
        assert!(other.finish(&cx, &second, &end).await.is_err(), "a lease ends one step once");
    }

    async fn all_leases_of_a_worker_are_renewed_in_one_transaction(test: TestDb) {
        let (store, cx) = store(test).await;
        for target in ["i1", "i2", "i3"] {
            store.submit(&cx, boot(test, &cx, target)).await.unwrap();
        }
        let held = store.pull(&cx, &pull("a", 3, Duration::ZERO)).await.unwrap().claimed;
        let mut renewal = pull("a", 0, LONG);
        renewal.renew = held.iter().map(|record| record.lease().unwrap()).collect();
        let before = test.db.stats();
        assert!(store.pull(&cx, &renewal).await.unwrap().lost.is_empty());
        assert_eq!(test.db.stats().since(before).writes, 1);
        assert!(store.pull(&cx, &pull("b", 3, LONG)).await.unwrap().claimed.is_empty());
    }

    async fn a_pull_that_finds_nothing_writes_nothing(test: TestDb) {
        let (store, cx) = store(test).await;
        let before = test.db.stats();
        assert!(store.pull(&cx, &pull("a", 5, LONG)).await.unwrap().claimed.is_empty());
        assert_eq!(test.db.stats().since(before).writes, 0);
    }

    async fn a_step_is_offered_to_its_queue_alone_and_not_before_its_pause_is_over(test: TestDb) {
        let (store, cx) = store(test).await;
        let id = store.submit(&cx, boot(test, &cx, "i1")).await.unwrap();
        let lease = store.pull(&cx, &pull("a", 1, LONG)).await.unwrap().claimed.remove(0).lease().unwrap();
        let progress = Progress {
            status: Status::Open,
            step: "spawn".into(),
            queue: Queue::on("compute", "h1"),
            state: serde_json::json!("placed"),
            passed: Vec::new(),
            fault: None,
        };
        store.finish(&cx, &lease, &StepEnd::Move(Box::new(progress))).await.unwrap();
        let on = |queue: Queue| Pull { queues: vec![queue], ..pull("c", 1, LONG) };
        for stranger in [Queue::any("conductor"), Queue::any("compute"), Queue::on("compute", "h2")] {
            assert!(store.pull(&cx, &on(stranger)).await.unwrap().claimed.is_empty());
        }
        let claimed = store.pull(&cx, &on(Queue::on("compute", "h1"))).await.unwrap().claimed.remove(0);
        assert_eq!((claimed.ordinal, claimed.attempt, &claimed.state), (1, 1, &serde_json::json!("placed")));

        let fault = Fault::new("nova.exception", "NovaException", "later").into_data();
        let pause = StepEnd::Retry { after: LONG, fault };
        store.finish(&cx, &claimed.lease().unwrap(), &pause).await.unwrap();
        assert!(store.pull(&cx, &on(Queue::on("compute", "h1"))).await.unwrap().claimed.is_empty());
        assert!(store.get(&cx, id).await.unwrap().unwrap().not_before.is_some());
    }

    async fn operations_are_listed_oldest_first_by_target_and_by_openness(test: TestDb) {
        let (store, cx) = store(test).await;
        let mut ids = Vec::new();
        for target in ["i1", "i2", "i1"] {
            ids.push(store.submit(&cx, boot(test, &cx, target)).await.unwrap());
        }
        let list = |filter: OperationFilter| {
            let (store, cx) = (store.clone(), cx.clone());
            async move { store.list(&cx, &filter).await.unwrap().iter().map(|record| record.id).collect::<Vec<_>>() }
        };
        assert_eq!(list(OperationFilter::about("i1")).await, [ids[0], ids[2]]);
        let lease = store.pull(&cx, &pull("a", 1, LONG)).await.unwrap().claimed.remove(0).lease().unwrap();
        let end = StepEnd::Finish { status: Status::Failed, state: serde_json::Value::Null, fault: None };
        store.finish(&cx, &lease, &end).await.unwrap();
        assert_eq!(list(OperationFilter::open()).await, [ids[1], ids[2]]);
    }

    async fn workers_on_two_pools_bring_every_operation_to_its_end(test: TestDb) {
        let (store, cx) = store(test).await;
        let mut workers = Vec::new();
        for name in ["a", "b"] {
            let db: Db = test.another().await;
            let worker = Worker::builder(&test.env, Arc::new(DbOperationStore::new(&db)))
                .serve::<Boot>(Arc::new(Booter))
                .poll_interval(Duration::from_millis(20))
                .build();
            worker.start(&test.env, &Identity::new(name, "nova-conductor").with_topic("conductor")).await.unwrap();
            workers.push(worker);
        }
        let mut ids = Vec::new();
        for target in 0..10 {
            ids.push(store.submit(&cx, boot(test, &cx, &target.to_string())).await.unwrap());
        }
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        for id in ids {
            loop {
                assert!(tokio::time::Instant::now() < deadline, "an operation did not end");
                let record = store.get(&cx, id).await.unwrap().unwrap();
                if !record.status.is_open() {
                    assert_eq!((record.status, record.state), (Status::Done, serde_json::json!("placespawn")));
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        for worker in workers {
            worker.drain(Duration::from_secs(5)).await;
        }
    }

    async fn what_ends_a_step_happens_once_however_often_it_is_attempted(test: TestDb) {
        test.db.migrate(&TALLIES.migrations()).await.unwrap();
        let (store, cx) = store(test).await;
        let often = Duration::from_millis(50);
        let worker = store.worker().poll_interval(often).serve::<Boot>(Arc::new(Counter(store.clone()))).build();
        worker.start(&test.env, &Identity::new("node1", "conductor")).await.unwrap();
        let id = store.order::<Boot>(&cx, "i1", &"small".to_owned()).await.unwrap();
        while store.get(&cx, id).await.unwrap().unwrap().status != Status::Done {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(TALLIES.find(&test.db, "boot").await.unwrap().unwrap().count.value(), Some(&2));
        worker.stop().await;
    }

    async fn who_orders_wakes_the_workers_of_his_store(test: TestDb) {
        let (store, cx) = (DbOperationStore::open(&test.db).await.unwrap(), RequestContext::admin(&test.env));
        let never = Duration::from_secs(3600);
        let worker = store.worker().poll_interval(never).serve::<Boot>(Arc::new(Booter)).build();
        worker.start(&test.env, &Identity::new("node1", "conductor")).await.unwrap();
        for target in ["i1", "i2"] {
            let id = store.order::<Boot>(&cx, target, &"small".to_owned()).await.unwrap();
            while store.get(&cx, id).await.unwrap().unwrap().status != Status::Done {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        worker.stop().await;
    }
}
