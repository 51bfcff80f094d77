//! Quota, on two pools of one database.

use futures_util::future::join_all;
use nova_objects_db::quota::{self, Limits, OverQuota, Share, Usage};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, schema};
use sea_orm::ConnectionTrait;

const SMALL: Share = Share { cores: 2, ram_mb: 512 };

/// Accepts one server of `project` as a service does: count, write, take, in one transaction.
async fn accept(
    db: &Db,
    project: &'static str,
    limits: Limits,
) -> Result<Result<String, OverQuota>, DbError> {
    let id = db.env().new_id().to_string();
    db.write(move |tx| {
        let id = id.clone();
        async move {
        tx.read_committed().await?;
        if let Err(over) = quota::room_for(&tx, project, &limits, SMALL, 1, 1).await? {
            return Ok(Err(over));
        }
        let mapping = format!(
            "INSERT INTO instance_mappings (instance_uuid, project_id, queued_for_delete) VALUES ('{id}', '{project}', false)"
        );
        tx.execute_unprepared(&mapping).await?;
        quota::take(&tx, project, SMALL, std::slice::from_ref(&id)).await?;
        Ok(Ok(id))
        }
    })
    .await
}

async fn usage(db: &Db, project: &'static str) -> Usage {
    db.query(move |tx| async move { Ok::<_, DbError>(quota::usage(&tx, project).await?) }).await.unwrap()
}

async fn open(test: &TestDb) -> [Db; 2] {
    test.db.migrate(&schema::nova_api()).await.unwrap();
    test.db.migrate(&quota::migrations()).await.unwrap();
    [test.db.clone(), test.another().await]
}

nova_objects_db::database_tests! {
    async fn of_a_hundred_at_once_exactly_those_are_accepted_for_which_there_is_room(test: TestDb) {
        let sides = open(test).await;
        let limits = Limits { instances: Some(7), cores: Some(12), ram_mb: None };
        let requests = (0..100).map(|n| accept(&sides[n % 2], "crowded", limits));
        let answers: Vec<_> = join_all(requests).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 6, "cores are what runs out");
        for over in answers.into_iter().filter_map(Result::err) {
            assert_eq!((over.0.len(), over.0[0].resource, over.0[0].used), (1, "cores", 12));
        }
        assert_eq!(usage(&sides[1], "crowded").await, Usage { instances: 6, cores: 12, ram_mb: 3072 });
    }

    async fn projects_do_not_wait_for_each_other_and_count_apart(test: TestDb) {
        let sides = open(test).await;
        let one = Limits { instances: Some(1), ..Limits::default() };
        for project in ["a", "b", "c"] {
            accept(&sides[0], project, one).await.unwrap().unwrap();
            assert!(accept(&sides[1], project, one).await.unwrap().is_err());
        }
        assert_eq!(usage(&sides[0], "nobody").await, Usage::default());
    }

    async fn what_is_queued_for_deletion_or_unmapped_counts_no_more(test: TestDb) {
        let sides = open(test).await;
        let two = Limits { instances: Some(2), ..Limits::default() };
        let mut ids = Vec::new();
        for _ in 0..2 {
            ids.push(accept(&sides[0], "p", two).await.unwrap().unwrap());
        }
        assert!(accept(&sides[0], "p", two).await.unwrap().is_err());
        for sql in [
            format!("UPDATE instance_mappings SET queued_for_delete = true WHERE instance_uuid = '{}'", ids[0]),
            format!("DELETE FROM instance_mappings WHERE instance_uuid = '{}'", ids[1]),
        ] {
            let change = sides[0].write(move |tx| {
                let sql = sql.clone();
                async move { Ok::<_, DbError>(tx.execute_unprepared(&sql).await?) }
            });
            change.await.unwrap();
            accept(&sides[0], "p", two).await.unwrap().unwrap();
            assert!(accept(&sides[1], "p", two).await.unwrap().is_err(), "there was room for one");
        }
    }

    async fn a_server_that_a_python_nova_accepted_counts_as_one(test: TestDb) {
        let sides = open(test).await;
        let insert = sides[0].write(|tx| async move {
            let sql = "INSERT INTO instance_mappings (instance_uuid, project_id) VALUES ('foreign', 'p')";
            Ok::<_, DbError>(tx.execute_unprepared(sql).await?)
        });
        insert.await.unwrap();
        assert_eq!(usage(&sides[0], "p").await, Usage { instances: 1, cores: 0, ram_mb: 0 });
    }
}
