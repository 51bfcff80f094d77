//! Following servers.

use futures_util::StreamExt;
use nova_compute_api::{ServerStatus, ServersApi};
use nova_objects_catalog::{TaskState, VmState};
use uuid::Uuid;

use crate::cloud::Cloud;

#[tokio::test]
async fn a_watcher_sees_each_change_until_the_server_is_gone() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let server = cloud.boot("p1", "web").await;
    let mut states = cloud.api.watch(&cx, server.id);
    assert_eq!(states.next().await.unwrap().unwrap().status, ServerStatus::Build);

    cloud.schedule(server.id, |instance| instance.task_state.set(TaskState::Spawning)).await;
    assert_eq!(states.next().await.unwrap().unwrap().task_state, Some(TaskState::Spawning));

    cloud
        .change(server.id, |instance| {
            instance.vm_state.set(VmState::Active);
            instance.task_state.set(None);
            instance.host.set("cmp1".to_owned());
        })
        .await;
    let running = states.next().await.unwrap().unwrap();
    assert_eq!((running.status, running.host.as_deref()), (ServerStatus::Active, Some("cmp1")));

    cloud.destroy(server.id).await;
    assert!(states.next().await.is_none());
}

#[tokio::test]
async fn watching_a_server_that_is_not_there_says_so_and_ends() {
    let cloud = Cloud::new().await;
    let mut states = cloud.api.watch(&cloud.member("p1"), Uuid::from_u128(1));
    assert!(states.next().await.unwrap().unwrap_err().is_not_found());
    assert!(states.next().await.is_none());
}
