//! Server groups.

use serde_json::{Value, json};

use crate::client::{Cloud, server};

fn group(name: &str, policy: &str) -> Value {
    json!({"server_group": {"name": name, "policies": [policy]}})
}

async fn make(cloud: &Cloud, token: &str, name: &str, policy: &str) -> String {
    let made = cloud.post(token, "/v2.1/os-server-groups", &group(name, policy)).await;
    assert_eq!(made.status, 200, "{made:?}");
    made.body["server_group"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_group_is_made_shown_joined_and_removed_as_the_stock_client_does() {
    let cloud = Cloud::new().await;
    let id = make(&cloud, "alice", "g1", "anti-affinity").await;
    let path = format!("/v2.1/os-server-groups/{id}");
    let shape = json!({"id": id, "name": "g1", "policies": ["anti-affinity"], "members": [], "metadata": {}});
    assert_eq!(cloud.get("alice", &path).await.body, json!({"server_group": shape}));

    let mut body = server("web");
    body["os:scheduler_hints"] = json!({ "group": id });
    let booted = cloud.post("alice", "/v2.1/servers", &body).await;
    assert_eq!(booted.status, 202, "{booted:?}");
    let members = cloud.get("alice", &path).await.body["server_group"]["members"].clone();
    assert_eq!(members, json!([booted.body["server"]["id"]]));

    make(&cloud, "alice", "g2", "affinity").await;
    let names = |body: &Value| -> Vec<String> {
        let groups = body["server_groups"].as_array().unwrap().iter();
        groups.map(|group| group["name"].as_str().unwrap().to_owned()).collect()
    };
    let list = |query: &'static str| {
        let cloud = &cloud;
        async move { cloud.get("alice", &format!("/v2.1/os-server-groups{query}")).await.body }
    };
    assert_eq!(names(&list("").await), ["g1", "g2"]);
    assert_eq!(names(&list("?limit=1&offset=1").await), ["g2"]);
    assert_eq!(names(&list("?all_projects=True").await), ["g1", "g2"], "no administrator: the own ones");

    assert_eq!(cloud.delete("alice", &path).await.status, 204);
    assert_eq!(cloud.delete("alice", &path).await.status, 404);
    cloud.stop().await;
}

#[tokio::test]
async fn another_projects_group_is_not_found_and_nobody_joins_it() {
    let cloud = Cloud::new().await;
    let id = make(&cloud, "alice", "secret", "affinity").await;
    let path = format!("/v2.1/os-server-groups/{id}");
    for answer in [cloud.get("bob", &path).await, cloud.delete("bob", &path).await] {
        assert_eq!(answer.status, 404, "{answer:?}");
        answer.fault("itemNotFound");
    }
    assert_eq!(cloud.get("bob", "/v2.1/os-server-groups").await.body, json!({"server_groups": []}));
    let everywhere = cloud.get("root", "/v2.1/os-server-groups?all_projects").await.body;
    assert_eq!(everywhere["server_groups"][0]["name"], "secret");
    for token in ["bob", "root"] {
        let mut body = server("spy");
        body["os:scheduler_hints"] = json!({ "group": id });
        let refused = cloud.post(token, "/v2.1/servers", &body).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.fault("badRequest").contains("os:scheduler_hints.group"), "{refused:?}");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_name_in_the_place_of_an_id_is_not_found() {
    let cloud = Cloud::new().await;
    make(&cloud, "alice", "g1", "affinity").await;
    for id in ["g1", "%FF", "%00", "00000000-0000-0000-0000-00000000000g"] {
        let answer = cloud.get("alice", &format!("/v2.1/os-server-groups/{id}")).await;
        assert_eq!(answer.status, 404, "{id}");
        answer.fault("itemNotFound");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_group_that_cannot_be_is_refused_by_the_field() {
    let cloud = Cloud::new().await;
    let long = "x".repeat(256);
    let table = [
        (json!({"name": "", "policies": ["affinity"]}), "server_group.name"),
        (json!({"name": "a\u{0}", "policies": ["affinity"]}), "server_group.name"),
        (json!({"name": long, "policies": ["affinity"]}), "server_group.name"),
        (json!({"name": "g", "policies": []}), "server_group.policies"),
        (json!({"name": "g", "policies": ["affinity", "affinity"]}), "server_group.policies"),
        (json!({"name": "g", "policies": ["legacy"]}), "server_group.policies"),
        (json!({"name": "g", "policies": "affinity"}), "server_group.policies"),
        (json!({"name": "g", "policy": "affinity"}), "policy"),
        (json!({"name": "g"}), "policies"),
    ];
    for (body, field) in table {
        let answer = cloud.post("alice", "/v2.1/os-server-groups", &json!({ "server_group": body })).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.fault("badRequest").contains(field), "{answer:?}");
    }
    for hint in [json!("no-uuid"), json!(["a", "b"]), json!([])] {
        let mut body = server("web");
        body["os:scheduler_hints"] = json!({ "group": hint });
        let answer = cloud.post("alice", "/v2.1/servers", &body).await;
        assert_eq!(answer.status, 400, "{hint}");
        assert!(answer.fault("badRequest").contains("os:scheduler_hints.group"), "{answer:?}");
    }
    cloud.stop().await;
}
