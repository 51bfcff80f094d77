use std::collections::BTreeSet;

use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, generations, operations};

async fn take(db: &Db, instance: &'static str, host: &'static str, count: u32) -> u64 {
    db.write(move |tx| async move { generations::take_in(&tx, instance, host, count).await }).await.unwrap()
}

async fn last(db: &Db, instance: &'static str, host: &'static str) -> Option<u64> {
    db.query(move |tx| async move { generations::last_in(&tx, instance, host).await }).await.unwrap()
}

/// Why a transaction that took a generation did not happen.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error("it was undone")]
    OnPurpose,
    #[error(transparent)]
    Db(#[from] DbError),
}

nova_objects_db::database_tests! {
    async fn a_generation_is_the_next_of_its_instance_on_its_host(test: TestDb) {
        test.db.migrate(&operations::migrations()).await.unwrap();
        assert_eq!(last(&test.db, "i1", "h1").await, None);
        assert_eq!(take(&test.db, "i1", "h1", 1).await, 1);
        assert_eq!(take(&test.db, "i1", "h1", 1).await, 2);
        assert_eq!(take(&test.db, "i1", "h2", 1).await, 1);
        assert_eq!(take(&test.db, "i2", "h1", 1).await, 1);
        assert_eq!(last(&test.db, "i1", "h1").await, Some(2));
    }

    async fn generations_taken_together_follow_each_other(test: TestDb) {
        test.db.migrate(&operations::migrations()).await.unwrap();
        assert_eq!(take(&test.db, "i1", "h1", 2).await, 1);
        assert_eq!(take(&test.db, "i1", "h1", 3).await, 3);
        assert_eq!(take(&test.db, "i1", "h1", 1).await, 6);
    }

    async fn a_change_that_is_undone_takes_no_generation(test: TestDb) {
        test.db.migrate(&operations::migrations()).await.unwrap();
        let undone: Result<(), Undone> = test
            .db
            .write(|tx| async move {
                generations::take_in(&tx, "i1", "h1", 1).await?;
                Err(Undone::OnPurpose)
            })
            .await;
        assert!(matches!(undone, Err(Undone::OnPurpose)));
        assert_eq!(last(&test.db, "i1", "h1").await, None);
    }

    async fn of_many_that_take_at_once_no_two_get_the_same(test: TestDb) {
        test.db.migrate(&operations::migrations()).await.unwrap();
        let (left, right) = (test.another().await, test.another().await);
        let pools = [&test.db, &left, &right];
        let taken = (0..30).map(|number| take(pools[number % pools.len()], "i1", "h1", 1));
        let taken: BTreeSet<_> = futures_util::future::join_all(taken).await.into_iter().collect();
        assert_eq!(taken, (1..=30).collect());
    }
}
