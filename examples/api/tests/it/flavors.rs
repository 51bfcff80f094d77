//! Flavors.

use serde_json::json;

use crate::client::Cloud;

#[tokio::test]
async fn flavors_have_the_fields_that_clients_read() {
    let cloud = Cloud::new().await;
    let list = cloud.get("alice", "/v2.1/flavors").await;
    assert_eq!((list.status.as_u16(), &list.body["flavors"][0]["name"]), (200, &"small".into()));
    let shown = cloud.get("alice", "/v2.1/flavors/1").await.body;
    let detail = cloud.get("alice", "/v2.1/flavors/detail?is_public=None").await.body;
    assert_eq!(detail["flavors"], json!([shown["flavor"]]));
    let link = format!("http://{}/v2.1/flavors/1", cloud.address);
    assert_eq!(shown["flavor"]["links"][0], json!({"rel": "self", "href": link}));
    let flavor = &shown["flavor"];
    let fields = json!({"id": "1", "name": "small", "ram": 512, "vcpus": 1, "disk": 1, "swap": "", "rxtx_factor": 1.0,
        "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": false, "os-flavor-access:is_public": true});
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&flavor[name], value, "{name}");
    }
    assert_eq!(cloud.get("alice", "/v2.1/flavors/1/os-extra_specs").await.body, json!({"extra_specs": {}}));
    cloud.stop().await;
}

#[tokio::test]
async fn a_name_in_the_place_of_an_id_is_not_found() {
    let cloud = Cloud::new().await;
    for path in ["/v2.1/flavors/small", "/v2.1/flavors/%FF", "/v2.1/flavors/%00"] {
        let answer = cloud.get("alice", path).await;
        assert_eq!(answer.status, 404, "{path}");
        answer.fault("itemNotFound");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn an_administrator_makes_and_removes_flavors_as_the_stock_client_does() {
    let cloud = Cloud::new().await;
    let body = json!({"flavor": {"swap": 0, "id": null, "name": "f1", "os-flavor-access:is_public": true,
        "OS-FLV-EXT-DATA:ephemeral": 0, "ram": 512, "vcpus": 1, "disk": 1}});
    let refused = cloud.post("alice", "/v2.1/flavors", &body).await;
    assert_eq!(refused.status, 403);
    refused.fault("forbidden");
    let made = cloud.post("root", "/v2.1/flavors", &body).await;
    assert_eq!(made.status, 200, "{made:?}");
    let path = format!("/v2.1/flavors/{}", made.body["flavor"]["id"].as_str().unwrap());
    let twice = cloud.post("root", "/v2.1/flavors", &body).await;
    assert_eq!(twice.status, 409);
    twice.fault("conflictingRequest");
    assert_eq!(cloud.delete("root", &path).await.status, 202);
    assert_eq!(cloud.get("root", &path).await.status, 404);
    cloud.stop().await;
}

#[tokio::test]
async fn a_flavor_that_cannot_be_is_refused_by_the_field() {
    let cloud = Cloud::new().await;
    let table = [
        (json!({"name": "f", "ram": 0, "vcpus": 1, "disk": 1}), "flavor.ram"),
        (json!({"name": "f", "ram": "many", "vcpus": 1, "disk": 1}), "flavor.ram"),
        (json!({"name": "f", "ram": 1, "vcpus": 1, "disk": 4294967296u64}), "flavor.disk"),
        (json!({"name": "f\u{0}", "ram": 1, "vcpus": 1, "disk": 1}), "flavor.name"),
        (json!({"name": "f", "ram": 1, "vcpus": 1, "disk": 1, "color": "red"}), "color"),
    ];
    for (flavor, field) in table {
        let answer = cloud.post("root", "/v2.1/flavors", &json!({"flavor": flavor})).await;
        assert_eq!(answer.status, 400, "{flavor}");
        assert!(answer.fault("badRequest").contains(field), "{answer:?}");
    }
    cloud.stop().await;
}
