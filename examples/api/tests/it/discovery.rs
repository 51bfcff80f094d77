//! Versions, tokens, and paths that are not there.

use axum::body::Body;

use crate::client::{Cloud, request};

#[tokio::test]
async fn clients_find_the_version_without_a_token() {
    let cloud = Cloud::new().await;
    let root = cloud.get("", "/").await;
    assert_eq!(root.status, 200);
    assert_eq!(root.body["versions"][0]["id"], "v2.1");
    for path in ["/v2.1", "/v2.1/"] {
        let one = cloud.get("", path).await;
        let version = &one.body["version"];
        assert_eq!((one.status.as_u16(), &version["status"]), (200, &"CURRENT".into()), "{path}");
        assert_eq!((&version["version"], &version["min_version"]), (&"2.1".into(), &"2.1".into()));
        let link = &version["links"][0];
        assert_eq!(
            (link["rel"].as_str(), link["href"].as_str()),
            (Some("self"), Some(&*format!("http://{}/v2.1/", cloud.address)))
        );
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_version_that_is_not_here_is_406_and_one_that_is_none_is_400() {
    let cloud = Cloud::new().await;
    for (version, status) in
        [("compute 2.1", 200), ("compute latest", 200), ("compute 2.104", 406), ("compute x", 400)]
    {
        let asked = request("GET", "alice", "/v2.1/servers").header("openstack-api-version", version);
        let answer = cloud.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{version}");
        assert_eq!(answer.header("openstack-api-version"), "compute 2.1");
        assert_eq!(answer.header("x-openstack-nova-api-version"), "2.1");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_that_somebody_gave_out() {
    let cloud = Cloud::new().await;
    for token in ["", "mallory"] {
        for path in ["/v2.1/servers", "/v2.1/flavors", "/v2.1/nowhere"] {
            let answer = cloud.get(token, path).await;
            assert_eq!(answer.status, 401, "{token} {path}");
            answer.fault("unauthorized");
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn what_is_not_there_answers_in_novas_form() {
    let cloud = Cloud::new().await;
    let answer = cloud.get("alice", "/v2.1/nowhere").await;
    assert_eq!(answer.status, 404);
    answer.fault("itemNotFound");
    let answer = cloud.delete("alice", "/v2.1/servers").await;
    assert_eq!(answer.status, 405);
    answer.fault("badMethod");
    assert!(answer.header("x-openstack-request-id").starts_with("req-"));
    cloud.stop().await;
}
