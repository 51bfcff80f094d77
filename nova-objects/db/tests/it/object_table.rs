use nova_objects::{Field, Meta, VersionedObject};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{ActionError, Db, ObjectTable};

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "test", version = "1.0")]
pub(crate) struct Tally {
    pub(crate) meta: Meta,
    pub(crate) count: Field<i64>,
}

const TALLIES: ObjectTable<Tally> = ObjectTable::new("test-tallies");

async fn count_up(db: &Db, key: &'static str) -> Result<i64, ActionError> {
    db.write(move |tx| async move {
        let mut tally = TALLIES.get(&tx, key).await?.unwrap_or_else(Tally::empty);
        let count = tally.count.value().copied().unwrap_or(0) + 1;
        tally.count.set(count);
        TALLIES.put(&tx, key, &mut tally).await?;
        assert!(tally.changes().is_empty(), "what is saved is no change any more");
        Ok(count)
    })
    .await
}

async fn keys_after(db: &Db, after: Option<&'static str>) -> Vec<String> {
    let listed = db.query(move |tx| async move { TALLIES.list(&tx, after, 2).await });
    listed.await.unwrap().into_iter().map(|(key, _)| key).collect()
}

nova_objects_db::database_tests! {
    async fn counting_from_two_pools_loses_nothing(test: TestDb) {
        test.db.migrate(&TALLIES.migrations()).await.unwrap();
        let (a, b) = (test.another().await, test.another().await);
        for _ in 0..20 {
            let (left, right) = tokio::join!(count_up(&a, "k"), count_up(&b, "k"));
            left.and(right).unwrap();
        }
        assert_eq!(count_up(&test.db, "k").await.unwrap(), 41);
    }

    async fn an_update_starts_with_an_empty_object_and_is_found_afterwards(test: TestDb) {
        test.db.migrate(&TALLIES.migrations()).await.unwrap();
        assert_eq!(TALLIES.find(&test.db, "k").await.unwrap(), None);
        for count in 1..=2 {
            let more = |tx| TALLIES.update(tx, "k", |tally| tally.count.update_or(0, |count| *count += 1));
            let now = test.db.write(more).await.unwrap();
            assert_eq!(now.count.value(), Some(&count));
            assert_eq!(TALLIES.find(&test.another().await, "k").await.unwrap(), Some(now));
        }
    }

    async fn objects_are_listed_by_key_page_by_page_and_removed_once(test: TestDb) {
        test.db.migrate(&TALLIES.migrations()).await.unwrap();
        for key in ["c", "a", "b"] {
            count_up(&test.db, key).await.unwrap();
        }
        assert_eq!(keys_after(&test.db, None).await, ["a", "b"]);
        assert_eq!(keys_after(&test.db, Some("b")).await, ["c"]);
        for existed in [true, false] {
            let removed = test.db.write(|tx| async move { TALLIES.remove(&tx, "a").await });
            assert_eq!(removed.await.unwrap(), existed);
        }
        assert_eq!(keys_after(&test.db, None).await, ["b", "c"]);
    }
}
