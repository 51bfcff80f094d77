//! The tables.

use nova_neighbours::placement::Placement;
use nova_objects_db::testing::TestDb;
use nova_placement::{EmbeddedPlacement, schema};

use crate::fixture::Fixture;

nova_objects_db::database_tests! {
    async fn opening_again_finds_everything_as_it_was(test: TestDb) {
        let before = Fixture::open(&test.db).await;
        let host = before.host(2).await;
        let consumer = before.env.new_id();
        before.claim(consumer, &[host]).await.unwrap();

        let after = Fixture::open(&test.another().await).await;
        assert_eq!(after.taken(host).await, 1);
        let held = after.placement.held_by(&after.cx, consumer).await.unwrap();
        assert_eq!(held.unwrap().generation, 1);
    }

    async fn opened_by_many_at_once_the_tables_are_made_once(test: TestDb) {
        let another = test.another().await;
        let opened = [&test.db, &another, &test.db].map(EmbeddedPlacement::open);
        for placement in futures_util::future::join_all(opened).await {
            placement.unwrap();
        }
        test.db.check_schema(&schema::migrations()).await.unwrap();
    }

    async fn when_the_database_fails_so_does_placement(test: TestDb) {
        let placement = Fixture::open(&test.another_with(|options| {
            options.retry(nova_objects_db::RetryPolicy::with_max_retries(0))
        }).await).await;
        let host = placement.host(1).await;
        let drop = test.db.write(|tx| async move {
            sea_orm::ConnectionTrait::execute_unprepared(&tx, "DROP TABLE allocations").await?;
            Ok::<_, nova_objects_db::DbError>(())
        });
        drop.await.unwrap();
        let claim = placement.claim(placement.env.new_id(), &[host]).await;
        assert!(matches!(claim, Err(nova_neighbours::placement::PlacementError::Failed(_))), "{claim:?}");
    }
}
