use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, Engine, RetryPolicy, Tx};
use sea_orm::ConnectionTrait;
use tokio::sync::Semaphore;

use crate::counter;

/// Fails like a serialization failure in the first `failures` attempts.
async fn write_failing(db: &Db, failures: u32) -> (Result<(), DbError>, u32) {
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let result = db.write(move |tx| {
        let attempt = counted.fetch_add(1, Ordering::Relaxed);
        async move {
            counter::insert(&tx, "once").await?;
            if attempt < failures {
                raise(&tx, "40001").await?;
            }
            Ok::<_, DbError>(())
        }
    });
    (result.await, attempts.load(Ordering::Relaxed))
}

async fn raise(tx: &Tx, state: &str) -> Result<(), DbError> {
    let sql = format!("DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{state}'; END $$");
    Ok(tx.execute_unprepared(&sql).await.map(drop)?)
}

fn quick(max_retries: u32) -> impl FnOnce(nova_objects_db::DbOptions) -> nova_objects_db::DbOptions {
    move |mut options| {
        options.busy_timeout = Duration::from_millis(1);
        let mut policy = RetryPolicy::with_max_retries(max_retries);
        policy.first_delay = Duration::from_millis(1);
        options.retry(policy)
    }
}

nova_objects_db::database_tests! {
    async fn a_transaction_that_meets_others_is_run_again_a_bounded_number_of_times(test: TestDb) {
        counter::create(test).await;
        if test.db.engine() == Engine::Sqlite {
            return busy(test).await;
        }
        let db = test.another_with(quick(5)).await;
        let (result, attempts) = write_failing(&db, 6).await;
        assert!(matches!(result, Err(DbError::Contended { attempts: 6, .. })), "{result:?}");
        assert_eq!((attempts, counter::names(&db).await), (6, vec!["c".to_owned()]));
        let (result, attempts) = write_failing(&db, 4).await;
        result.unwrap();
        assert_eq!((attempts, counter::names(&db).await), (5, vec!["c".to_owned(), "once".to_owned()]));
    }

    async fn a_refusal_is_not_tried_again(test: TestDb) {
        counter::create(test).await;
        let before = test.db.stats();
        let twice = test.db.write(|tx| async move {
            counter::insert(&tx, "x").await?;
            counter::insert(&tx, "x").await
        });
        assert!(twice.await.unwrap_err().is_duplicate());
        assert_eq!(test.db.stats().since(before).retries, 0);
    }

    async fn a_connection_lost_before_the_commit_is_replaced_and_the_effect_happens_once(test: TestDb) {
        if test.db.engine() == Engine::Sqlite {
            return; // there is no connection to lose
        }
        counter::create(test).await;
        let attempts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&attempts);
        let written = test.db.write(move |tx| {
            let attempt = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                counter::increment(&tx).await?;
                if attempt == 0 {
                    tx.execute_unprepared("SELECT pg_terminate_backend(pg_backend_pid())").await?;
                }
                Ok::<_, DbError>(())
            }
        });
        written.await.unwrap();
        assert_eq!((attempts.load(Ordering::Relaxed), counter::value(&test.db).await), (2, 1));
    }

    async fn a_connection_lost_during_the_commit_is_an_unknown_outcome_and_not_tried_again(test: TestDb) {
        if test.db.engine() == Engine::Sqlite {
            return; // the file is here: its commit answers
        }
        counter::create(test).await;
        let armed = test.db.write(|tx| async move {
            for sql in [
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
                "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON counters DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION die()",
            ] {
                tx.execute_unprepared(sql).await?;
            }
            Ok::<_, DbError>(())
        });
        armed.await.unwrap();
        let attempts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&attempts);
        let lost = test.db.write(move |tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { counter::insert(&tx, "perhaps").await }
        });
        let error = lost.await.unwrap_err();
        assert!(matches!(error, DbError::OutcomeUnknown { .. }), "{error:?}");
        assert_eq!((attempts.load(Ordering::Relaxed), test.db.stats().unknown_outcomes), (1, 1));
    }
}

/// Another process holds the file's lock: for ever, then not.
async fn busy(test: &TestDb) {
    let db = test.another_with(quick(2)).await;
    let (held, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (holds, wait) = (Arc::clone(&held), Arc::clone(&release));
    let holder = test.db.clone();
    let task = test.env.spawn("holder", async move {
        holder
            .write(move |_| {
                let (holds, wait) = (Arc::clone(&holds), Arc::clone(&wait));
                async move {
                    holds.add_permits(1);
                    wait.acquire().await.expect("open").forget();
                    Ok::<_, DbError>(())
                }
            })
            .await
    });
    held.acquire().await.unwrap().forget();
    let refused = db.write(|tx| async move { counter::insert(&tx, "busy").await }).await.unwrap_err();
    assert!(matches!(refused, DbError::Contended { attempts: 3, .. }), "{refused:?}");
    release.add_permits(1);
    task.await.unwrap().unwrap();
    db.write(|tx| async move { counter::insert(&tx, "free").await }).await.unwrap();
    assert_eq!(counter::names(&db).await, ["c", "free"]);
}
