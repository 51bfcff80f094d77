//! Whatever is sent, the answer is a refusal that names the field, never a failure.

use axum::body::Body;
use serde_json::{Value, json};

use crate::client::{Cloud, IMAGE, request, server};

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = server("web");
    change(&mut body);
    body
}

fn field(name: &str, value: Value) -> Value {
    with(|body| body["server"][name] = value)
}

#[tokio::test]
async fn a_request_for_servers_is_refused_by_the_field() {
    let cloud = Cloud::new().await;
    let many: Value =
        (0..129).map(|n| (format!("k{n}"), json!("v"))).collect::<serde_json::Map<_, _>>().into();
    let table = [
        (json!({}), "server"),
        (json!([]), "body"),
        (json!({"server": null}), "server"),
        (json!({"server": []}), "server"),
        (json!({"server": {}}), "name"),
        (with(|body| body["extra"] = json!(1)), "extra"),
        (field("nmae", json!("web")), "nmae"),
        (field("description", json!("since 2.19")), "description"),
        (field("name", json!(5)), "server.name"),
        (field("name", json!(null)), "server.name"),
        (field("name", json!("")), "server.name"),
        (field("name", json!("x".repeat(256))), "server.name"),
        (field("name", json!("a\u{0}b")), "server.name"),
        (field("name", json!("a\u{9f}b")), "server.name"),
        (field("flavorRef", json!({})), "server.flavorRef"),
        (field("flavorRef", json!(-1)), "server.flavorRef"),
        (field("flavorRef", json!("no-such")), "server.flavorRef"),
        (field("flavorRef", json!("\u{0}")), "server.flavorRef"),
        (field("imageRef", json!(5)), "server.imageRef"),
        (field("imageRef", json!("cirros")), "server.imageRef"),
        (field("imageRef", json!("")), "server.imageRef"),
        (field("imageRef", json!("00000000-0000-0000-0000-000000000001")), "server.imageRef"),
        (field("min_count", json!(0)), "server.min_count"),
        (field("min_count", json!(-1)), "server.min_count"),
        (field("min_count", json!(1.5)), "server.min_count"),
        (field("min_count", json!("many")), "server.min_count"),
        (field("max_count", json!(u64::MAX)), "server.max_count"),
        (field("max_count", json!(1e300)), "server.max_count"),
        (field("metadata", json!({"a": 1})), "server.metadata.a"),
        (field("metadata", json!({"a": "\u{0}"})), "server.metadata.a"),
        (field("metadata", json!({"a/b": "x"})), "server.metadata.a/b"),
        (field("metadata", json!("x")), "server.metadata"),
        (field("metadata", many), "server.metadata"),
        (field("networks", json!("none")), "server.networks"),
        (field("networks", json!([{"uuid": "x"}])), "server.networks[0].uuid"),
        (field("networks", json!([{"uuid": IMAGE, "x": 1}])), "server.networks[0]"),
        (field("availability_zone", json!("mars")), "server.availability_zone"),
        (field("availability_zone", json!("\u{0}")), "server.availability_zone"),
        (field("adminPass", json!("\u{0}")), "server.adminPass"),
        (field("accessIPv4", json!("256.0.0.1")), "server.accessIPv4"),
        (field("user_data", json!("dm0K")), "server.user_data"),
        (field("key_name", json!("k")), "server.key_name"),
        (field("OS-DCF:diskConfig", json!("auto")), "server.OS-DCF:diskConfig"),
        (
            field("block_device_mapping_v2", json!([{"source_type": "volume"}])),
            "server.block_device_mapping_v2",
        ),
        (field("block_device_mapping_v2", json!([{}])), "server.block_device_mapping_v2[0]"),
        (with(|body| body["os:scheduler_hints"] = json!({"group": 1})), "os:scheduler_hints.group"),
        (with(|body| body["os:scheduler_hints"] = json!({"group": "\u{0}"})), "os:scheduler_hints.group"),
    ];
    for (body, named) in table {
        let answer = cloud.post("alice", "/v2.1/servers", &body).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        let message = answer.fault("badRequest");
        assert!(message.contains(named), "{body}: {message:?} does not name {named}");
    }
    let many = cloud.post("alice", "/v2.1/servers", &field("max_count", json!(4_000_000_000_u32))).await;
    assert_eq!(many.status, 403);
    assert!(many.fault("forbidden").contains("max_count"), "{many:?}");
    let none = cloud.get("alice", "/v2.1/servers").await;
    assert_eq!(none.body["servers"], json!([]));
    cloud.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_proper_json_are_refused() {
    let cloud = Cloud::new().await;
    let deep = format!(r#"{{"server": {}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let deep_metadata =
        format!(r#"{{"server": {{"metadata": {}1{}}}}}"#, r#"{"a":"#.repeat(2000), "}".repeat(2000));
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b"{\"server\": {\"name\": \"\xff\"}}",
        br#"{"server": {"name": "\ud800"}}"#,
        br#"{"server": {"name": "a", "name": "b"}}"#,
        deep.as_bytes(),
        deep_metadata.as_bytes(),
    ];
    for body in bodies {
        let answer = cloud.post_bytes("alice", "/v2.1/servers", body.to_vec()).await;
        assert_eq!(answer.status, 400, "{:?}", String::from_utf8_lossy(&body[..body.len().min(60)]));
        answer.fault("badRequest");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_or_of_another_kind_is_refused() {
    let cloud = Cloud::new().await;
    let large = cloud.post_bytes("alice", "/v2.1/servers", vec![b' '; 114_689]).await;
    assert_eq!(large.status, 413);
    large.fault("overLimit");
    let plain = request("POST", "alice", "/v2.1/servers").header("content-type", "text/plain");
    let plain = cloud.send(plain.body(Body::from(server("web").to_string())).unwrap()).await;
    assert_eq!(plain.status, 415);
    plain.fault("badMediaType");
    cloud.stop().await;
}

#[tokio::test]
async fn parameters_that_cannot_be_are_refused_by_name_and_ids_that_cannot_be_are_not_there() {
    let cloud = Cloud::new().await;
    let table = [
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("marker=web", "marker"),
        ("marker=00000000-0000-0000-0000-000000000001", "marker"),
        ("name=%00", "name"),
        ("flavor=%00", "flavor"),
        ("image=cirros", "image"),
        ("sort_key=host", "sort_key"),
        ("sort_dir=asc", "sort_dir"),
        ("all_tenants=perhaps", "all_tenants"),
        ("changes-since=2020-01-01", "changes-since"),
    ];
    for (query, name) in table {
        let answer = cloud.get("alice", &format!("/v2.1/servers/detail?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.fault("badRequest").contains(name), "{query}: {answer:?}");
    }
    for query in ["unknown=1", "name=%FF", "name=(", "status=HUNGRY", "limit=0", "host=x"] {
        assert_eq!(cloud.get("alice", &format!("/v2.1/servers?{query}")).await.status, 200, "{query}");
    }
    for id in ["web", "%FF", "%00", "..%2F..", "00000000-0000-0000-0000-000000000001"] {
        for answer in [
            cloud.get("alice", &format!("/v2.1/servers/{id}")).await,
            cloud.delete("alice", &format!("/v2.1/servers/{id}")).await,
        ] {
            assert_eq!(answer.status, 404, "{id}");
            answer.fault("itemNotFound");
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn an_action_that_is_none_is_refused() {
    let cloud = Cloud::new().await;
    let id = cloud.boot("alice", "web").await;
    let path = format!("/v2.1/servers/{id}/action");
    let table = [
        (json!({}), "no action"),
        (json!([]), "body"),
        (json!({"pause": null, "unpause": null}), "more than one action"),
        (json!({"levitate": null}), "There is no such action: levitate"),
        (json!({"reboot": null}), "reboot"),
        (json!({"reboot": {}}), "type"),
        (json!({"reboot": {"type": "WARM"}}), "reboot.type"),
        (json!({"reboot": {"type": 1}}), "reboot.type"),
        (json!({"reboot": {"type": "SOFT", "when": "later"}}), "when"),
        (json!({"rebuild": null}), "rebuild"),
        (json!({"rebuild": {}}), "imageRef"),
        (json!({"rebuild": {"imageRef": "cirros"}}), "rebuild.imageRef"),
        (json!({"rebuild": {"imageRef": IMAGE, "name": 5}}), "rebuild.name"),
        (json!({"rebuild": {"imageRef": IMAGE, "name": ""}}), "rebuild.name"),
        (json!({"rebuild": {"imageRef": IMAGE, "adminPass": "x"}}), "rebuild.adminPass"),
        (json!({"rebuild": {"imageRef": IMAGE, "extra": 1}}), "extra"),
    ];
    for (body, field) in table {
        let answer = cloud.post("alice", &path, &body).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(answer.fault("badRequest").contains(field), "{body}: {answer:?}");
    }
    cloud.stop().await;
}
