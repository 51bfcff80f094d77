//! Quota, on two pools of one database.

use futures_util::future::join_all;
use nova_core::RequestContext;
use nova_objects_catalog::{GroupPolicy, InstanceGroup};
use nova_objects_db::actions::instance_group;
use nova_objects_db::quota::{self, Limits, OverQuota, Share, Usage};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{ActionError, Db, DbError, schema};
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

/// Makes a server group of `p`, as a service does.
async fn new_group(db: &Db, limits: Limits) -> Result<Result<String, OverQuota>, ActionError> {
    let cx = RequestContext::admin(db.env());
    db.write(move |tx| {
        let cx = cx.clone();
        async move {
            tx.read_committed().await?;
            if let Err(over) = quota::room_for_group(&tx, "p", &limits).await? {
                return Ok(Err(over));
            }
            let mut group = InstanceGroup::empty();
            group.project_id.set("p".to_owned());
            group.set_group_policy(GroupPolicy::Affinity);
            instance_group::create_in(&tx, &cx, &mut group).await?;
            Ok(Ok(group.uuid.get().map_err(nova_core::Fault::from)?.to_string()))
        }
    })
    .await
}

/// Puts a new server of the user `u` into the group, as a service does.
async fn join(db: &Db, group: &str, limits: Limits) -> Result<Result<(), OverQuota>, ActionError> {
    let (cx, group, id) = (RequestContext::admin(db.env()), group.to_owned(), db.env().new_id().to_string());
    db.write(move |tx| {
        let (cx, group, id) = (cx.clone(), group.clone(), id.clone());
        async move {
            tx.read_committed().await?;
            let held = instance_group::hold_in(&tx, &cx, &group).await?;
            let row = *held.id.get().map_err(nova_core::Fault::from)?;
            if let Err(over) = quota::room_for_members(&tx, row, "u", 1, &limits).await? {
                return Ok(Err(over));
            }
            let mapping = format!(
                "INSERT INTO instance_mappings (instance_uuid, project_id, user_id) VALUES ('{id}', 'p', 'u')"
            );
            tx.execute_unprepared(&mapping).await?;
            instance_group::add_members_in(&tx, &cx, &group, &[id]).await?;
            Ok(Ok(()))
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
        let limits = Limits { instances: Some(7), cores: Some(12), ..Limits::default() };
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

    async fn of_many_server_groups_and_members_at_once_exactly_those_are_accepted_for_which_there_is_room(test: TestDb) {
        let sides = open(test).await;
        let limits = Limits { server_groups: Some(3), server_group_members: Some(4), ..Limits::default() };
        let groups = (0..20).map(|n| new_group(&sides[n % 2], limits));
        let made: Vec<_> = join_all(groups).await.into_iter().map(Result::unwrap).collect();
        let uuids: Vec<_> = made.iter().filter_map(|made| made.as_ref().ok()).collect();
        assert_eq!(uuids.len(), 3);
        let refused = made.iter().filter_map(|made| made.as_ref().err());
        assert!(refused.clone().all(|over| (over.0[0].resource, over.0[0].used) == ("server_groups", 3)));

        let joined = (0..20).map(|n| join(&sides[n % 2], uuids[0], limits));
        let joined: Vec<_> = join_all(joined).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(joined.iter().filter(|joined| joined.is_ok()).count(), 4);
        for over in joined.into_iter().filter_map(Result::err) {
            assert_eq!((over.0[0].resource, over.0[0].used, over.0[0].limit), ("server_group_members", 4, 4));
        }
        join(&sides[0], uuids[1], limits).await.unwrap().unwrap();
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
