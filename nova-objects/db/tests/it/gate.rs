use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nova_objects_db::testing::TestDb;
use nova_objects_db::{DbError, DbGate};
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::Semaphore;

use crate::counter;

#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl DbGate for Counting {
    fn run(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        work
    }
}

struct Dropping;

impl DbGate for Dropping {
    fn run(&self, _: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

nova_objects_db::database_tests! {
    async fn a_cancelled_caller_neither_loses_nor_halves_its_transaction(test: TestDb) {
        counter::create(test).await;
        let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (entered, may_go) = (Arc::clone(&inside), Arc::clone(&go));
        let db = test.db.clone();
        let caller = test.env.spawn("caller", async move {
            db.write(move |tx| {
                let (entered, may_go) = (Arc::clone(&entered), Arc::clone(&may_go));
                async move {
                    counter::insert(&tx, "one").await?;
                    entered.add_permits(1);
                    may_go.acquire().await.expect("open").forget();
                    counter::insert(&tx, "two").await
                }
            })
            .await
        });
        inside.acquire().await.unwrap().forget();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        go.add_permits(1);
        // On SQLite the next write waits for it; on PostgreSQL nothing else says that it is over.
        eventually("the transaction is over", || test.db.stats().writes == 2).await;
        assert_eq!(counter::names(&test.db).await, ["c", "one", "two"]);
    }

    /// A `BEGIN` dropped half way leaves its connection in a transaction nobody knows of; a later write on it is
    /// lost. Callers here give up at every moment of a transaction, and nothing is lost.
    async fn callers_that_give_up_at_any_moment_poison_no_connection(test: TestDb) {
        counter::create(test).await;
        // Rows of their own: nobody meets anybody, so each transaction has one attempt and must commit.
        for turn in 0..300_u64 {
            let write = test.db.write(move |tx| async move { counter::insert(&tx, &format!("turn-{turn}")).await });
            let _ = tokio::time::timeout(Duration::from_micros(20 + turn * 4), write).await;
        }
        let other = test.another().await;
        for turn in 0..40 {
            let name = format!("after-{turn:02}");
            let row = name.clone();
            test.db.write(move |tx| { let row = row.clone(); async move { counter::insert(&tx, &row).await } }).await.unwrap();
            assert!(counter::names(&other).await.contains(&name), "{name} is invisible to others");
        }
        let running = || test.env.tasks().iter().any(|task| &*task.name == "database write");
        eventually("all transactions are over", || !running()).await;
        let turns = counter::names(&other).await.into_iter().filter(|name| name.starts_with("turn-")).count();
        assert_eq!((turns, test.db.stats().retries), (300, 0), "each abandoned transaction ran to its end");
        assert_eq!(open_transactions(test).await, 0);
    }

    async fn every_piece_of_work_passes_the_gate(test: TestDb) {
        let gate = Counting::default();
        let db = test.another_with(|options| options.gate(gate.clone())).await;
        assert_eq!(gate.0.load(Ordering::Relaxed), 2, "the pools for writing and reading");
        db.write(|_| async { Ok::<_, DbError>(()) }).await.unwrap();
        db.read(|_| async { Ok::<_, DbError>(()) }).await.unwrap();
        db.query(|_| async { Ok::<_, DbError>(()) }).await.unwrap();
        assert_eq!(gate.0.load(Ordering::Relaxed), 5);
    }
}

/// Waits for what other tasks bring about; a test that would wait for ever fails.
async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), wait).await.is_ok(), "not in 20 s: {what}");
}

/// Sessions that hold a transaction open; SQLite shows it by being locked.
async fn open_transactions(test: &TestDb) -> i64 {
    let count = test.db.query(|tx| async move {
        if tx.engine() == nova_objects_db::Engine::Sqlite {
            return Ok::<_, DbError>(0);
        }
        let sql = "SELECT count(*) AS n FROM pg_stat_activity \
                   WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await?.unwrap();
        Ok(row.try_get("", "n")?)
    });
    count.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_that_drops_the_work_makes_the_connection_fail() {
    let env = nova_core::Env::system();
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/x.db", directory.path().display());
    let options = nova_objects_db::DbOptions::new(url)
        .gate(Dropping)
        .retry(nova_objects_db::RetryPolicy::with_max_retries(0));
    assert!(nova_objects_db::Db::connect(&env, options).await.is_err());
}
