//! Every route, with every kind of bad input at every place: an error that names the field, never a failure of ours.

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode};
use futures_util::stream;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Answer, Cloud, IMAGE, request};

/// A route that reads a body, and a body with everything that it reads.
struct Reads {
    path: &'static str,
    who: &'static str,
    bodies: Vec<Value>,
}

fn bodies() -> Vec<Reads> {
    let server = json!({
        "server": {
            "name": "web", "flavorRef": "1", "imageRef": IMAGE, "min_count": 1, "max_count": 1,
            "metadata": {"role": "front"}, "networks": [{"uuid": IMAGE}], "availability_zone": "nova",
            "adminPass": "s3cret", "accessIPv4": "10.0.0.1", "accessIPv6": "fe80::1",
            "return_reservation_id": false, "security_groups": [{"name": "default"}], "config_drive": false,
            "OS-DCF:diskConfig": "MANUAL", "block_device_mapping_v2": [{
                "source_type": "image", "destination_type": "local", "uuid": IMAGE, "boot_index": 0,
                "delete_on_termination": true,
            }],
        },
        "os:scheduler_hints": {"different_host": ["a", "b"]},
    });
    let rebuild = json!({"rebuild": {
        "imageRef": IMAGE, "name": "web", "metadata": {"role": "back"}, "accessIPv4": "10.0.0.1",
        "accessIPv6": "fe80::1", "preserve_ephemeral": false, "OS-DCF:diskConfig": "MANUAL",
    }});
    let flavor = json!({"flavor": {
        "name": "f", "id": "f", "ram": 1, "vcpus": 1, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0,
        "rxtx_factor": 1.0, "os-flavor-access:is_public": true,
    }});
    let plain =
        ["os-start", "os-stop", "pause", "unpause", "suspend", "resume"].map(|name| json!({ name: null }));
    let actions = plain.into_iter().chain([json!({"reboot": {"type": "SOFT"}}), rebuild]);
    let group = json!({"server_group": {"name": "g", "policies": ["affinity"]}});
    vec![
        Reads { path: "/v2.1/os-server-groups", who: "alice", bodies: vec![group] },
        Reads { path: "/v2.1/servers", who: "alice", bodies: vec![server] },
        Reads { path: "/v2.1/servers/ID/action", who: "alice", bodies: actions.collect() },
        Reads { path: "/v2.1/flavors", who: "root", bodies: vec![flavor] },
    ]
}

/// What may stand where something else should.
fn wrong_values() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1_000_000_000),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{1b}[31mb"),
        json!("\u{9f}"),
        json!("\u{202e}web"),
        json!("-1"),
        json!("1000000000"),
        json!("x".repeat(70_000)),
        json!([]),
        json!([null]),
        json!(vec![1; 5_000]),
        json!({}),
        json!({"x": {"y": 1}}),
        deep,
    ]
}

/// Every place in `value`, as a pointer: those of objects' and lists' members too.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                places(member, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The names on the way to a place, without the numbers of members.
fn names(place: &str) -> Vec<&str> {
    place.split('/').filter(|name| !name.is_empty() && name.parse::<usize>().is_err()).collect()
}

fn message(answer: &Answer) -> String {
    let fault = answer.body.as_object().and_then(|body| body.values().next());
    let message = fault.and_then(|fault| fault["message"].as_str());
    message.unwrap_or_else(|| panic!("no fault in Nova's form: {answer:?}")).to_owned()
}

/// An answer to `body`, in which something at `place` is wrong: it was fine, or it is the caller's fault and says where.
fn assert_names(answer: &Answer, place: &str, body: &Value) {
    if answer.status.is_success() {
        return;
    }
    let shown: String = body.to_string().chars().take(300).collect();
    assert!(answer.status.is_client_error(), "{}: {shown}", answer.status);
    let message = message(answer);
    assert!(message.len() < 2_000 && !message.chars().any(char::is_control), "{message:?}: {shown}");
    if [StatusCode::CONFLICT, StatusCode::NOT_FOUND].contains(&answer.status) {
        return; // the body was fine, and does not go with what is there
    }
    let named = match names(place).as_slice() {
        [] => {
            message.contains("body")
                || message.contains("server")
                || message.contains("action")
                || message.contains("flavor")
        }
        names => names.iter().rev().take(2).any(|name| message.contains(name)),
    };
    assert!(named, "{message:?} does not name {place}: {shown}");
}

#[tokio::test]
async fn whatever_stands_where_something_else_should_is_refused_by_its_place() {
    let cloud = Cloud::new().await;
    let id = cloud.boot("alice", "web").await;
    let values = wrong_values();
    for Reads { path, who, bodies } in bodies() {
        let path = path.replace("ID", &id);
        for body in bodies {
            let mut all = Vec::new();
            places(&body, "", &mut all);
            for place in all {
                for wrong in &values {
                    let mut wronged = body.clone();
                    *wronged.pointer_mut(&place).unwrap() = wrong.clone();
                    let answer = cloud.post(who, &path, &wronged).await;
                    assert_names(&answer, &place, &wronged);
                }
            }
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_refused_by_its_name_wherever_it_stands() {
    let cloud = Cloud::new().await;
    let id = cloud.boot("alice", "web").await;
    for Reads { path, who, bodies } in bodies() {
        for body in bodies {
            let mut all = Vec::new();
            places(&body, "", &mut all);
            for place in all {
                // What users name themselves, and what Nova takes anything with.
                let open =
                    ["/server/metadata", "/rebuild/metadata", "/os:scheduler_hints"].contains(&&*place);
                let Some(Value::Object(members)) = body.pointer(&place) else { continue };
                if open || members.is_empty() {
                    continue;
                }
                let mut wronged = body.clone();
                wronged.pointer_mut(&place).unwrap()["zzz_unknown"] = json!(1);
                let answer = cloud.post(who, &path.replace("ID", &id), &wronged).await;
                assert_eq!(answer.status, 400, "{wronged}: {answer:?}");
                let message = message(&answer);
                let several = message.contains("more than one action");
                assert!(message.contains("zzz_unknown") || several, "{message:?}: {wronged}");
            }
        }
    }
    cloud.stop().await;
}

/// The parameters of lists that are read.
const PARAMETERS: [&str; 21] = [
    "limit",
    "marker",
    "name",
    "status",
    "host",
    "flavor",
    "image",
    "user_id",
    "project_id",
    "tenant_id",
    "reservation_id",
    "all_tenants",
    "deleted",
    "sort_key",
    "sort_dir",
    "changes-since",
    "ip",
    "tags",
    "minRam",
    "minDisk",
    "is_public",
];

const WRONG_TEXTS: [&str; 14] = [
    "",
    "-1",
    "-9223372036854775809",
    "1000000000",
    "99999999999999999999999",
    "1.5",
    "NaN",
    "%00",
    "%FF%FE",
    "a%1Bb",
    "%ED%A0%80",
    "%25",
    "[]",
    "'%20OR%201=1--",
];

#[tokio::test]
async fn whatever_stands_behind_the_question_mark_is_answered_or_refused_by_name() {
    let cloud = Cloud::new().await;
    cloud.boot("alice", "web").await;
    let long = "x".repeat(3_000);
    for path in ["/v2.1/servers", "/v2.1/servers/detail", "/v2.1/flavors", "/v2.1/flavors/detail"] {
        for who in ["alice", "root"] {
            for parameter in PARAMETERS {
                for text in WRONG_TEXTS.into_iter().chain([&*long]) {
                    let answer = cloud.get(who, &format!("{path}?{parameter}={text}")).await;
                    if answer.status.is_success() {
                        continue;
                    }
                    assert!(answer.status.is_client_error(), "{path}?{parameter}={text:.20}: {answer:?}");
                    let message = message(&answer);
                    let named = message.contains(parameter) || message.contains("get_all_tenants");
                    assert!(named, "{path}?{parameter}={text:.20}: {message}");
                }
            }
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn whatever_stands_in_the_place_of_an_id_is_not_there() {
    let cloud = Cloud::new().await;
    let long = "x".repeat(3_000);
    let ids = ["%00", "%FF", "%ED%A0%80", "..%2F..", "-1", "1000000000", "a%0Ab", "%7B%7D", "null", &long];
    let routes: [(&str, &str); 6] = [
        ("GET", "/v2.1/servers/ID"),
        ("DELETE", "/v2.1/servers/ID"),
        ("POST", "/v2.1/servers/ID/action"),
        ("GET", "/v2.1/flavors/ID"),
        ("DELETE", "/v2.1/flavors/ID"),
        ("GET", "/v2.1/flavors/ID/os-extra_specs"),
    ];
    for (method, route) in routes {
        for id in ids {
            let path = route.replace("ID", id);
            let asked = request(method, "root", &path).header("content-type", "application/json");
            let answer = cloud.send(asked.body(Body::from(r#"{"pause": null}"#)).unwrap()).await;
            assert_eq!(answer.status, 404, "{method} {path:.60}: {answer:?}");
            assert!(message(&answer).len() < 1_000, "{path:.60}");
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn headers_that_cannot_be_are_refused_and_bodies_that_are_not_wanted_do_no_harm() {
    let cloud = Cloud::new().await;
    for token in [&b"\xff\xfe"[..], b"x y", b"", &[b'a'; 8_000]] {
        let asked = request("GET", "", "/v2.1/servers").header("x-auth-token", token);
        let answer = cloud.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    for version in
        [&b"compute \xff"[..], b"compute 2.99999999999", b"compute -1", b"compute 2.1.1.1.1", &[b'2'; 4_000]]
    {
        for name in ["openstack-api-version", "x-openstack-nova-api-version"] {
            let asked = request("GET", "alice", "/v2.1/servers").header(name, version);
            let answer = cloud.send(asked.body(Body::empty()).unwrap()).await;
            assert!([200, 400, 406].contains(&answer.status.as_u16()), "{answer:?}");
        }
    }
    for path in ["/", "/v2.1/", "/v2.1/servers", "/v2.1/flavors/1", "/v2.1/nowhere"] {
        for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
            let asked = request(method.as_str(), "alice", path).body(Body::from(vec![0xff; 1_000])).unwrap();
            let answer = cloud.send(asked).await;
            assert!(!answer.status.is_server_error(), "{method} {path}: {answer:?}");
        }
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off_at_the_limit_on_every_route_that_reads_one() {
    let cloud = Cloud::new().await;
    let id = cloud.boot("alice", "web").await;
    for Reads { path, who, .. } in bodies() {
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'['; 4_096])));
        let asked = request("POST", who, &path.replace("ID", &id)).header("content-type", "application/json");
        let answer = cloud.send(asked.body(Body::from_stream(endless)).unwrap()).await;
        assert_eq!(answer.status, 413, "{path}: {answer:?}");
    }
    cloud.stop().await;
}

#[test]
fn no_bytes_make_it_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (cloud, id) = runtime.block_on(async {
        let cloud = Cloud::new().await;
        let id = cloud.boot("alice", "web").await;
        (cloud, id)
    });
    let valid: Vec<(String, &str, Vec<u8>)> = bodies()
        .into_iter()
        .flat_map(|reads| {
            let (path, who) = (reads.path.replace("ID", &id), reads.who);
            reads.bodies.into_iter().map(move |body| (path.clone(), who, body.to_string().into_bytes()))
        })
        .collect();
    // Either anything, or a proper body with some of its bytes changed.
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let bytes = prop_oneof![
        1 => (0..valid.len(), prop::collection::vec(any::<u8>(), 0..200)),
        4 => (0..valid.len(), prop::collection::vec(change, 1..4)).prop_map({
            let valid = valid.clone();
            move |(which, changes)| {
                let mut body = valid[which].2.clone();
                for (at, byte) in changes {
                    let at = at.index(body.len());
                    body[at] = byte;
                }
                (which, body)
            }
        }),
    ];
    proptest!(|((which, body) in bytes)| {
        let (path, who, _) = &valid[which];
        let answer = runtime.block_on(cloud.post_bytes(who, path, body));
        prop_assert!(!answer.status.is_server_error(), "{:?}", answer);
        if !answer.status.is_success() {
            message(&answer);
        }
    });
    runtime.block_on(cloud.stop());
}
