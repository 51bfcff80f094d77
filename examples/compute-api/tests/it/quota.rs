//! How much a project may have.

use std::sync::Arc;

use nova_compute_api::quota::{FixedQuota, Limits, Over};
use nova_compute_api::{ApiError, CreateFlavor, FlavorsApi, ServersApi};
use nova_core::Fault;
use nova_core::operation::OperationId;

use crate::cloud::Cloud;

async fn cloud(limits: Limits) -> Cloud {
    Cloud::with(|builder| builder.quota(Arc::new(FixedQuota(limits)))).await
}

fn overs(refused: ApiError) -> Vec<Over> {
    match refused {
        ApiError::OverQuota(over) => over.0,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_project_may_not_have_is_refused_by_name_and_nothing_is_written() {
    let cloud =
        cloud(Limits { instances: Some(3), cores: Some(2), ram_mb: Some(1024), ..Limits::default() }).await;
    let cx = cloud.member("p1");
    cloud.api.create(&cx, cloud.request("web")).await.unwrap();
    let before = cloud.writes();
    let refused = cloud.api.create(&cx, cloud.request("web").count(2)).await.unwrap_err();
    let text = Fault::from(ApiError::OverQuota(nova_compute_api::quota::OverQuota(vec![Over {
        resource: "cores",
        requested: 2,
        used: 1,
        limit: 2,
    }])))
    .to_string();
    assert!(text.contains("Quota exceeded for cores: Requested 2, but already used 1 of 2 cores"), "{text}");
    let cores = Over { resource: "cores", requested: 2, used: 1, limit: 2 };
    let ram = Over { resource: "ram", requested: 1024, used: 512, limit: 1024 };
    assert_eq!(overs(refused), [cores, ram]);
    assert_eq!(cloud.writes(), before);
    cloud.api.create(&cloud.member("p2"), cloud.request("web").count(2)).await.unwrap();
}

#[tokio::test]
async fn of_a_request_for_some_servers_as_many_are_accepted_as_there_is_room_for() {
    let cloud = cloud(Limits { instances: Some(3), ..Limits::default() }).await;
    let cx = cloud.member("p1");
    let key = OperationId(cloud.env.new_id());
    let request = || cloud.request("web").counts(2, 9).key(key);
    let created = cloud.api.create(&cx, request()).await.unwrap();
    assert_eq!(created.servers.len(), 3);
    let again = cloud.api.create(&cx, request()).await.unwrap();
    assert_eq!(again.servers.len(), 3, "the same request is the same servers, not more of them");
    assert!(matches!(cloud.api.create(&cx, cloud.request("one-more")).await, Err(ApiError::OverQuota(_))));
}

#[tokio::test]
async fn a_server_counts_until_it_is_gone() {
    let cloud = cloud(Limits { instances: Some(1), ..Limits::default() }).await;
    let cx = cloud.member("p1");
    let first = cloud.boot("p1", "first").await;
    cloud.bury(first.id).await;
    assert!(matches!(cloud.api.create(&cx, cloud.request("second")).await, Err(ApiError::OverQuota(_))));
    cloud.api.delete(&cx, first.id).await.unwrap();
    cloud.api.create(&cx, cloud.request("second")).await.unwrap();
}

#[tokio::test]
async fn a_flavor_without_limits_on_what_it_takes_still_counts_as_a_server() {
    let cloud = cloud(Limits { instances: Some(1), cores: Some(4), ..Limits::default() }).await;
    let flavor = CreateFlavor::new("large", 4, 1_000_000, 1).id("9");
    cloud.api.create_flavor(&cloud.admin(), flavor).await.unwrap();
    let cx = cloud.member("p1");
    let mut request = cloud.request("web");
    request.flavor = "9".to_owned();
    cloud.api.create(&cx, request).await.unwrap();
    let refused = cloud.api.create(&cx, cloud.request("more")).await.unwrap_err();
    assert_eq!(overs(refused).iter().map(|over| over.resource).collect::<Vec<_>>(), ["instances", "cores"]);
}
