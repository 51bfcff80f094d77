use nova_objects_db::testing::TestDb;
use nova_objects_db::{CompareAndSwap, Db, SwapError};

use crate::counter::{self, Column, Entity};

async fn take(db: &Db, holder: &str) -> Result<(), SwapError<Entity>> {
    let holder = holder.to_owned();
    db.write(move |tx| {
        let swap = CompareAndSwap::of(Column::Name, "c")
            .expect(Column::Holder, None::<String>)
            .set(Column::Holder, holder.clone());
        async move { swap.run(&tx).await }
    })
    .await
}

async fn give_back(db: &Db) {
    let swap = db.write(|tx| async move {
        CompareAndSwap::<Entity>::of(Column::Name, "c").set(Column::Holder, None::<String>).run(&tx).await
    });
    swap.await.unwrap();
}

nova_objects_db::database_tests! {
    async fn of_two_pools_that_expect_the_same_exactly_one_wins_and_the_other_sees_the_winner(test: TestDb) {
        counter::create(test).await;
        let (a, b) = (test.another().await, test.another().await);
        for round in 0..25 {
            let (left, right) = tokio::join!(take(&a, "a"), take(&b, "b"));
            let (winner, lost) = match (left, right) {
                (Ok(()), Err(lost)) => ("a", lost),
                (Err(lost), Ok(())) => ("b", lost),
                other => panic!("round {round}: {other:?}"),
            };
            let SwapError::Conflict { current: Some(current) } = lost else { panic!("round {round}: {lost:?}") };
            assert_eq!(current.holder.as_deref(), Some(winner));
            give_back(&test.db).await;
        }
    }

    async fn one_of_several_expected_values_is_enough_and_none_is_never(test: TestDb) {
        counter::create(test).await;
        let swap = |values: Vec<Option<&'static str>>| {
            test.db.write(move |tx| {
                let swap = CompareAndSwap::<Entity>::of(Column::Name, "c")
                    .and(Column::Value, 0)
                    .expect_any(Column::Holder, values.clone())
                    .set(Column::Holder, "ann");
                async move { swap.run(&tx).await }
            })
        };
        assert!(matches!(swap(vec![]).await, Err(SwapError::Conflict { .. })));
        assert!(matches!(swap(vec![Some("bob")]).await, Err(SwapError::Conflict { .. })));
        swap(vec![Some("bob"), None]).await.unwrap();
        swap(vec![Some("bob"), Some("ann")]).await.unwrap();
    }

    async fn a_row_that_is_gone_is_a_conflict_with_nothing(test: TestDb) {
        counter::create(test).await;
        let swap = test.db.write(|tx| async move {
            CompareAndSwap::<Entity>::of(Column::Name, "gone").set(Column::Value, 1).run(&tx).await
        });
        assert!(matches!(swap.await, Err(SwapError::Conflict { current: None })));
    }
}
