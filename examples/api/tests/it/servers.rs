//! Servers.

use serde_json::{Value, json};

use crate::client::{Cloud, IMAGE, server};

fn names(body: &Value) -> Vec<&str> {
    body["servers"].as_array().unwrap().iter().map(|server| server["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_server_is_accepted_shown_listed_and_deleted() {
    let cloud = Cloud::new().await;
    let created = cloud.post("alice", "/v2.1/servers", &server("web")).await;
    assert_eq!(created.status, 202, "{created:?}");
    let made = &created.body["server"];
    let id = made["id"].as_str().unwrap();
    let own = format!("http://{}/v2.1/servers/{id}", cloud.address);
    assert_eq!((created.header("location"), made["links"][0]["href"].as_str()), (&*own, Some(&*own)));
    assert_eq!(made["adminPass"].as_str().unwrap().len(), 16);

    let path = format!("/v2.1/servers/{id}");
    let shown = cloud.get("alice", &path).await.body;
    let detail = cloud.get("alice", "/v2.1/servers/detail").await.body;
    assert_eq!(detail["servers"], json!([shown["server"]]));
    let list = cloud.get("alice", "/v2.1/servers").await.body;
    assert_eq!(names(&list), ["web"]);

    let deleted = cloud.delete("alice", &path).await;
    assert_eq!((deleted.status.as_u16(), deleted.body), (204, Value::Null));
    let gone = cloud.get("alice", &path).await;
    assert_eq!(gone.status, 404);
    gone.fault("itemNotFound");
    cloud.stop().await;
}

#[tokio::test]
async fn a_server_has_the_fields_that_clients_read() {
    let cloud = Cloud::new().await;
    let mut body = server("web");
    body["server"]["metadata"] = json!({"role": "front"});
    body["server"]["accessIPv4"] = json!("10.0.0.9");
    let id =
        cloud.post("alice", "/v2.1/servers", &body).await.body["server"]["id"].as_str().unwrap().to_owned();
    let shown = cloud.get("alice", &format!("/v2.1/servers/{id}")).await.body;
    let server = &shown["server"];
    let fields = json!({"id": id, "name": "web", "status": "BUILD", "tenant_id": "p1", "user_id": "alice",
        "metadata": {"role": "front"}, "hostId": "", "addresses": {}, "accessIPv4": "10.0.0.9", "accessIPv6": "",
        "key_name": null, "config_drive": "", "progress": 0, "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": "", "OS-EXT-STS:vm_state": "building", "OS-EXT-STS:task_state": "scheduling",
        "OS-EXT-STS:power_state": 0, "OS-SRV-USG:launched_at": null, "OS-SRV-USG:terminated_at": null,
        "os-extended-volumes:volumes_attached": []});
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&server[name], value, "{name}");
    }
    assert_eq!((&server["image"]["id"], &server["flavor"]["id"]), (&IMAGE.into(), &"1".into()));
    for time in ["created", "updated"] {
        let text = server[time].as_str().unwrap();
        assert_eq!((text.len(), text.ends_with('Z')), (20, true), "{text}");
    }
    assert!(server.get("OS-EXT-SRV-ATTR:host").is_none(), "hosts are for administrators");
    let all = cloud.get("root", "/v2.1/servers/detail?all_tenants=True").await.body;
    assert!(all["servers"][0].get("OS-EXT-SRV-ATTR:host").is_some());
    cloud.stop().await;
}

#[tokio::test]
async fn another_projects_servers_are_not_there() {
    let cloud = Cloud::new().await;
    let id = cloud.boot("alice", "web").await;
    let path = format!("/v2.1/servers/{id}");
    assert_eq!(cloud.get("bob", &path).await.status, 404);
    assert_eq!(cloud.delete("bob", &path).await.status, 404);
    assert_eq!(names(&cloud.get("bob", "/v2.1/servers").await.body), [""; 0]);
    assert_eq!(cloud.get("bob", "/v2.1/servers?all_tenants=1").await.status, 403);
    assert_eq!(cloud.get("root", &path).await.status, 200);
    assert_eq!(cloud.get("alice", &path).await.status, 200);
    cloud.stop().await;
}

#[tokio::test]
async fn names_are_looked_up_as_the_stock_client_does() {
    let cloud = Cloud::new().await;
    cloud.boot("alice", "web").await;
    cloud.boot("alice", "db").await;
    assert_eq!(cloud.get("alice", "/v2.1/servers/web").await.status, 404);
    let found = cloud.get("alice", "/v2.1/servers/detail?name=web").await;
    assert_eq!(names(&found.body), ["web"]);
    assert_eq!(names(&cloud.get("alice", "/v2.1/servers?status=ACTIVE").await.body), [""; 0]);
    assert_eq!(
        names(&cloud.get("alice", "/v2.1/servers?status=build&deleted=False").await.body),
        ["db", "web"]
    );
    cloud.stop().await;
}

#[tokio::test]
async fn following_the_links_of_pages_finds_each_server_once() {
    let cloud = Cloud::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        cloud.boot("alice", name).await;
    }
    let prefix = format!("http://{}", cloud.address);
    let (mut seen, mut next) = (Vec::new(), Some("/v2.1/servers?limit=2".to_owned()));
    while let Some(path) = next {
        let body = cloud.get("alice", &path).await.body;
        seen.extend(names(&body).into_iter().map(str::to_owned));
        let link = body["servers_links"][0]["href"].as_str();
        next = link.map(|link| link.strip_prefix(&prefix).unwrap().to_owned());
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"]);
    cloud.stop().await;
}

#[tokio::test]
async fn several_servers_of_one_request_are_told_by_its_id() {
    let cloud = Cloud::new().await;
    let mut body = server("web");
    body["server"]["min_count"] = json!(2);
    body["server"]["max_count"] = json!("3");
    body["server"]["return_reservation_id"] = json!(true);
    let created = cloud.post("alice", "/v2.1/servers", &body).await;
    let request = created.body["reservation_id"].as_str().unwrap();
    let path = format!("/v2.1/servers?reservation_id={request}");
    assert_eq!(names(&cloud.get("alice", &path).await.body), ["web-3", "web-2", "web-1"]);
    cloud.stop().await;
}

#[tokio::test]
async fn an_action_in_a_wrong_state_is_a_conflict_that_names_it() {
    let cloud = Cloud::new().await;
    let id = cloud.boot("alice", "web").await;
    let path = format!("/v2.1/servers/{id}/action");
    let refused = cloud.post("alice", &path, &json!({"os-stop": null})).await;
    assert_eq!(refused.status, 409);
    let text = format!("Cannot 'stop' instance {id} while it is in vm_state building");
    assert_eq!(refused.fault("conflictingRequest"), text);

    let stranger = cloud.post("bob", &path, &json!({"os-stop": null})).await;
    assert_eq!(stranger.status, 404, "{stranger:?}");
    cloud.stop().await;
}
