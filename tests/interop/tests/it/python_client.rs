//! A client of oslo.messaging's calls a server of ours.

use std::time::Duration;

use nova_tests_interop::or_skip;
use nova_tests_interop::peer::Peer;
use nova_tests_interop::rabbit::Rabbit;
use serde_json::{Value, json};

use crate::support::Running;

fn call(method: &str, args: Value) -> Value {
    json!({"do": "call", "method": method, "args": args, "timeout": 20})
}

fn with(mut wish: Value, key: &str, value: Value) -> Value {
    wish[key] = value;
    wish
}

/// Whether Python caught `raised` as a `class`.
fn is_a(raised: &Value, class: &str) -> bool {
    raised["classes"].as_array().is_some_and(|classes| classes.contains(&json!(class)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_server_answers_pythons_calls_with_arguments_and_context_whole() {
    let rabbit = or_skip!(Rabbit::find());
    let Running { host, server: _server, .. } = Running::start(&rabbit, "rust-1").await;
    let mut python = or_skip!(Peer::client(&rabbit, "peer").await);
    for value in
        [json!({"text": "wörld \u{1f600} \"\\\n", "list": [1, 2.5, null, true]}), json!(null), json!(false)]
    {
        let context = json!({"user_id": "u-1", "request_id": "req-7", "is_admin": true, "own_key": [1]});
        let wish = with(call("echo", json!({"value": value})), "context", context);
        assert_eq!(python.ask(&wish).await["result"], value);
    }
    let cx = &host.contexts()[0];
    assert_eq!((cx.user_id(), cx.request_id(), cx.is_admin()), (Some("u-1"), "req-7", true));
    assert_eq!(cx.unknown("own_key"), Some(&json!([1])));
    let left = cx.remaining().expect("the caller's patience is known from the bus");
    assert!(left <= Duration::from_secs(20) && left > Duration::from_secs(10), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_casts_fanouts_and_calls_to_one_server_reach_our_servers_they_mean() {
    let rabbit = or_skip!(Rabbit::find());
    let one = Running::start(&rabbit, "rust-1").await;
    let two = Running::start(&rabbit, "rust-2.example.org").await;
    let mut python = or_skip!(Peer::client(&rabbit, "peer").await);
    let who = with(call("who", json!({})), "server", json!("rust-2.example.org"));
    assert_eq!(python.ask(&who).await["result"], "rust-2.example.org");
    let cast = json!({"do": "cast", "method": "note", "args": {"text": "cast"}, "server": "rust-1"});
    assert_eq!(python.ask(&cast).await["result"], Value::Null);
    one.host.noted(1).await;
    python.ask(&json!({"do": "fanout", "method": "note_all", "args": {"text": "to all"}})).await;
    one.host.noted(2).await;
    two.host.noted(1).await;
    assert_eq!(
        (one.host.ran(), two.host.ran()),
        (vec!["cast".into(), "to all".into()], vec!["to all".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_faults_are_raised_in_python_as_the_classes_they_name() {
    let rabbit = or_skip!(Rabbit::find());
    let _running = Running::start(&rabbit, "rust-1").await;
    let mut python = or_skip!(Peer::client(&rabbit, "peer").await);
    let expected = python.ask(&call("expected", json!({"instance_id": "i-1"}))).await;
    let raised = &expected["raised"];
    assert!(is_a(raised, "nova.exception.InstanceNotFound"), "{expected}");
    assert_eq!(raised["kwargs"], json!({"instance_id": "i-1", "code": 404}));
    assert!(raised["text"].as_str().unwrap().starts_with("Instance i-1 could not be found."));
    let builtin = python.ask(&call("builtin", json!({}))).await;
    assert!(is_a(&builtin["raised"], "builtins.ValueError"), "{builtin}");
    for (method, class) in [("foreign", "InternalError"), ("unexpected", "InternalError")] {
        let foreign = python.ask(&call(method, json!({}))).await;
        assert!(is_a(&foreign["raised"], "oslo_messaging.rpc.client.RemoteError"), "{foreign}");
        assert_eq!(foreign["raised"]["exc_type"], class);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_methods_namespaces_and_arguments_we_do_not_serve_are_refused_as_python_refuses_them() {
    let rabbit = or_skip!(Rabbit::find());
    let _running = Running::start(&rabbit, "rust-1").await;
    let mut python = or_skip!(Peer::client(&rabbit, "peer").await);
    let echo = || call("echo", json!({"value": 1}));
    for (wish, class) in [
        (with(echo(), "version", json!("1.6")), "UnsupportedVersion"),
        (with(echo(), "version", json!("2.0")), "UnsupportedVersion"),
        (with(echo(), "namespace", json!("elsewhere")), "UnsupportedVersion"),
        (call("teleport", json!({})), "NoSuchMethod"),
    ] {
        let answer = python.ask(&wish).await;
        assert_eq!(answer["raised"]["exc_type"], class, "{answer}");
    }
    let argument = python.ask(&call("echo", json!({"value": 1, "more": 2}))).await;
    assert!(is_a(&argument["raised"], "builtins.TypeError"), "{argument}");
    let context = json!({"read_deleted": "maybe"});
    let context = python.ask(&with(echo(), "context", context)).await;
    assert!(is_a(&context["raised"], "builtins.ValueError"), "{context}");
    assert!(context["raised"]["text"].as_str().unwrap().contains("read_deleted"), "{context}");
    assert_eq!(python.ask(&with(echo(), "version", json!("1.5"))).await["result"], 1);
    let base = with(
        with(call("ping", json!({"arg": "1.21"})), "namespace", json!("baseapi")),
        "version",
        json!("1.0"),
    );
    assert_eq!(python.ask(&base).await["result"], json!({"service": "peer", "arg": "1.21"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_caller_that_monitors_its_call_hears_that_we_work_on_it() {
    let rabbit = or_skip!(Rabbit::find());
    let _running = Running::start(&rabbit, "rust-1").await;
    let mut python = or_skip!(Peer::client(&rabbit, "peer").await);
    let late = with(call("late", json!({"seconds": 5.0})), "monitor", json!(2));
    assert_eq!(python.ask(&late).await["result"], "late");
    // Who did not ask for signs of life would fail at one.
    assert_eq!(python.ask(&call("late", json!({"seconds": 3.0}))).await["result"], "late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_pythons_that_nobody_took_in_time_is_not_run_later_and_a_cast_is() {
    let rabbit = or_skip!(Rabbit::find());
    let first = Running::start(&rabbit, "rust-1").await;
    first.server.stop().await;
    let mut python = or_skip!(Peer::client(&rabbit, "peer").await);
    let answer = python.ask(&with(call("echo", json!({"value": 1})), "timeout", json!(1))).await;
    assert_eq!(answer["raised"]["class"], "MessagingTimeout", "{answer}");
    python.ask(&json!({"do": "cast", "method": "note", "args": {"text": "kept"}})).await;
    let second = Running::start(&rabbit, "rust-1").await;
    second.host.noted(1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(second.host.ran(), ["kept"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_twice_is_run_once() {
    let rabbit = or_skip!(Rabbit::find());
    let running = Running::start(&rabbit, "rust-1").await;
    let message = |id: &str, text: &str| {
        let message = json!({"method": "note", "args": {"text": text}, "version": "1.0", "_unique_id": id});
        json!({"oslo.version": "2.0", "oslo.message": message.to_string()}).to_string()
    };
    for (id, text) in [("a", "once"), ("a", "once"), ("b", "another")] {
        rabbit.api.publish(&rabbit.virtual_host, "peer", &message(id, text));
    }
    for garbage in ["", "no JSON", "[]", "{\"oslo.version\": \"3.0\", \"oslo.message\": \"{}\"}", "{}"] {
        rabbit.api.publish(&rabbit.virtual_host, "peer", garbage);
    }
    rabbit.api.publish(&rabbit.virtual_host, "peer", &message("c", "last"));
    running.host.noted(3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut ran = running.host.ran();
    ran.sort();
    assert_eq!(ran, ["another", "last", "once"]);
}
