use std::sync::{Arc, Mutex};

use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, Tx};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::counter;

nova_objects_db::database_tests! {
    async fn a_committed_write_is_seen_by_everyone_and_a_failed_one_by_nobody(test: TestDb) {
        counter::create(test).await;
        let other = test.another().await;
        test.db.write(|tx| async move { counter::insert(&tx, "kept").await }).await.unwrap();
        let refused = test.db.write(|tx| async move {
            counter::insert(&tx, "dropped").await?;
            Err::<(), _>(DbError::Escaped)
        });
        assert!(refused.await.is_err());
        assert_eq!(counter::names(&other).await, ["c", "kept"]);
        let stats = test.db.stats();
        assert_eq!((stats.writes, stats.rollbacks), (2, 1));
    }

    async fn a_failed_statement_dooms_its_transaction_even_if_the_closure_goes_on(test: TestDb) {
        counter::create(test).await;
        let doomed = test.db.write(|tx| async move {
            counter::insert(&tx, "first").await?;
            let again = counter::insert(&tx, "first").await;
            assert!(again.unwrap_err().is_duplicate());
            Ok::<_, DbError>(())
        });
        assert!(doomed.await.unwrap_err().is_duplicate());
        assert_eq!(counter::names(&test.db).await, ["c"]);
    }

    async fn a_handle_kept_beyond_its_closure_undoes_the_transaction(test: TestDb) {
        counter::create(test).await;
        let kept = Arc::new(Mutex::new(None::<Tx>));
        let keep = Arc::clone(&kept);
        let escaped = test.db.write(move |tx| {
            let keep = Arc::clone(&keep);
            async move {
                counter::insert(&tx, "escaped").await?;
                *keep.lock().unwrap() = Some(tx);
                Ok::<_, DbError>(())
            }
        });
        assert!(matches!(escaped.await.unwrap_err(), DbError::Escaped));
        kept.lock().unwrap().take();
        test.db.write(|tx| async move { counter::insert(&tx, "later").await }).await.unwrap();
        assert_eq!(counter::names(&test.db).await, ["c", "later"]);
    }

    async fn a_panicking_closure_changes_nothing_and_the_database_goes_on(test: TestDb) {
        counter::create(test).await;
        let panicked = test.db.write(|tx| async move {
            counter::insert(&tx, "half").await?;
            if tx.engine().feature() != "" {
                panic!("on purpose");
            }
            Ok::<_, DbError>(())
        });
        assert!(panicked.await.unwrap_err().is_outcome_unknown());
        test.db.write(|tx| async move { counter::insert(&tx, "later").await }).await.unwrap();
        assert_eq!(counter::names(&test.db).await, ["c", "later"]);
    }

    async fn reads_cannot_write(test: TestDb) {
        counter::create(test).await;
        assert!(test.db.read(|tx| async move { counter::insert(&tx, "r").await }).await.is_err());
        assert!(test.db.query(|tx| async move { counter::insert(&tx, "q").await }).await.is_err());
        assert_eq!(counter::names(&test.db).await, ["c"]);
    }

    async fn a_read_sees_one_state_whatever_is_written_meanwhile(test: TestDb) {
        counter::create(test).await;
        let writer = test.another().await;
        let seen = test.db.read(move |tx| {
            let writer = writer.clone();
            async move {
                let before = counter::Entity::find_by_id("c").one(&tx).await?.unwrap().value;
                writer.write(|tx| async move { counter::increment(&tx).await }).await?;
                let after = counter::Entity::find_by_id("c").one(&tx).await?.unwrap().value;
                Ok::<_, DbError>((before, after))
            }
        });
        assert_eq!(seen.await.unwrap(), (0, 0));
        assert_eq!(counter::value(&test.db).await, 1);
    }

    async fn what_two_pools_read_and_then_overwrite_is_never_lost(test: TestDb) {
        counter::create(test).await;
        let pools = [test.another_with(counter::patient).await, test.another_with(counter::patient).await];
        let mut tasks = Vec::new();
        for turn in 0..40 {
            let db: Db = pools[turn % 2].clone();
            tasks.push(test.env.spawn("increment", async move {
                db.write(|tx| async move { counter::increment(&tx).await }).await
            }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(counter::value(&test.db).await, 40);
    }

    async fn the_clock_of_the_database_is_near_ours(test: TestDb) {
        let theirs = test.db.query(|tx| async move { Ok::<_, DbError>(tx.now().await?) }).await.unwrap();
        let ours = test.env.now();
        let apart = ours.saturating_since(theirs).max(theirs.saturating_since(ours));
        assert!(apart.as_secs() < 60, "{ours} {theirs}");
    }

    async fn nothing_of_a_url_but_its_place_is_shown(test: TestDb) {
        let text = format!("{:?}", test.db);
        assert!(!text.contains('?') && text.contains("url"), "{text}");
        test.db.write(|tx| async move { Ok::<_, DbError>(tx.execute_unprepared("SELECT 1").await.map(drop)?) }).await.unwrap();
    }
}
