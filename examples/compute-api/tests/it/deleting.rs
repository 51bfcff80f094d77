//! Deletions.

use nova_compute_api::ServersApi;
use nova_core::operation::{OperationFilter, OperationRecord, OperationStore};
use nova_objects_catalog::TaskState;
use nova_objects_db::entity::instance_action;
use nova_objects_db::operations::DbOperationStore;
use nova_objects_db::{Db, DbError};
use nova_rpcapi::operations::{CLEANUP, TERMINATE};
use sea_orm::EntityTrait;

use crate::cloud::Cloud;

async fn operations(cloud: &Cloud, db: &Db) -> Vec<OperationRecord> {
    DbOperationStore::new(db).list(&cloud.admin(), &OperationFilter::default()).await.unwrap()
}

#[tokio::test]
async fn a_server_that_is_in_no_cell_is_gone_at_once() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let server = cloud.boot("p1", "web").await;
    let before = cloud.writes();
    cloud.api.delete(&cx, server.id).await.unwrap();
    assert_eq!(cloud.writes() - before, 1);
    assert!(cloud.api.get(&cx, server.id).await.unwrap_err().is_not_found());
    assert!(cloud.api.list(&cx, &Default::default(), &Default::default()).await.unwrap().is_empty());
    assert!(cloud.api.delete(&cx, server.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_server_on_a_host_is_terminated_there_by_one_transaction() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let server = cloud.boot("p1", "web").await;
    cloud.schedule(server.id, |instance| instance.host.set("cmp1".to_owned())).await;
    cloud.hints.taken();
    let before = cloud.writes();
    cloud.api.delete(&cx, server.id).await.unwrap();
    assert_eq!(cloud.writes() - before, 1);

    assert_eq!(cloud.api.get(&cx, server.id).await.unwrap().task_state, Some(TaskState::Deleting));
    let [operation] = operations(&cloud, cloud.db.cell1()).await.try_into().unwrap();
    assert_eq!((operation.step.as_str(), operation.queue.to_string().as_str()), (TERMINATE, "compute.cmp1"));
    assert_eq!(cloud.hints.taken(), ["compute.cmp1"]);
    let actions = cloud
        .db
        .cell1()
        .query(|tx| async move { Ok::<_, DbError>(instance_action::Entity::find().all(&tx).await?) });
    let [action] = actions.await.unwrap().try_into().unwrap();
    assert_eq!(action.action.as_deref(), Some("delete"));
}

#[tokio::test]
async fn a_second_deletion_writes_nothing() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let server = cloud.boot("p1", "web").await;
    cloud.schedule(server.id, |_| {}).await;
    cloud.api.delete(&cx, server.id).await.unwrap();
    let before = cloud.writes();
    cloud.api.delete(&cx, server.id).await.unwrap();
    assert_eq!(cloud.writes(), before);
    assert_eq!(operations(&cloud, cloud.db.cell1()).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_deletions_at_once_make_one_operation() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let server = cloud.boot("p1", "web").await;
    cloud.schedule(server.id, |_| {}).await;
    for deleted in futures_util::future::join_all((0..8).map(|_| cloud.api.delete(&cx, server.id))).await {
        deleted.unwrap();
    }
    assert_eq!(operations(&cloud, cloud.db.cell1()).await.len(), 1);
}

#[tokio::test]
async fn a_server_without_a_host_begins_with_the_cleanup() {
    let cloud = Cloud::new().await;
    let server = cloud.boot("p1", "web").await;
    cloud.schedule(server.id, |_| {}).await;
    cloud.api.delete(&cloud.member("p1"), server.id).await.unwrap();
    let [operation] = operations(&cloud, cloud.db.cell1()).await.try_into().unwrap();
    assert_eq!((operation.step.as_str(), operation.queue.to_string().as_str()), (CLEANUP, "conductor"));
}

#[tokio::test]
async fn a_buried_server_leaves_nothing_by_one_transaction_in_each_database() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let server = cloud.boot("p1", "web").await;
    cloud.bury(server.id).await;
    let before = cloud.writes();
    cloud.api.delete(&cx, server.id).await.unwrap();
    assert_eq!(cloud.writes() - before, 2);
    assert!(cloud.is_queued_for_delete(server.id).await);
    assert!(cloud.api.get(&cx, server.id).await.unwrap_err().is_not_found());
    assert!(cloud.api.list(&cx, &Default::default(), &Default::default()).await.unwrap().is_empty());
}
