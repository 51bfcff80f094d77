//! Exchanges and queues are declared as oslo.messaging declares them.

use std::collections::BTreeSet;

use nova_rpc::Server;
use nova_rpc::server::ListenError;
use nova_rpc::transport::TransportError;
use nova_tests_interop::or_skip;
use nova_tests_interop::peer::Peer;
use nova_tests_interop::rabbit::Rabbit;
use serde_json::{Value, json};

use crate::support::{Asking, Running};

/// What an operator sees of a bus, with random names cut to what they begin with.
fn seen(rabbit: &Rabbit) -> BTreeSet<String> {
    let named = |name: &Value| {
        let name = name.as_str().unwrap();
        let random = name.rsplit_once('_').filter(|(_, id)| id.len() == 32);
        random.map_or(name, |(stem, _)| stem).to_owned()
    };
    let exchanges = rabbit.api.exchanges(&rabbit.virtual_host);
    let queues = rabbit.api.queues(&rabbit.virtual_host);
    let bindings = rabbit.api.bindings(&rabbit.virtual_host);
    let exchange = |it: &Value| {
        format!(
            "exchange {} {} durable {} auto-delete {}",
            it["name"], it["type"], it["durable"], it["auto_delete"]
        )
    };
    let queue = |it: &Value| {
        format!(
            "queue {} durable {} auto-delete {} exclusive {} arguments {}",
            named(&it["name"]),
            it["durable"],
            it["auto_delete"],
            it["exclusive"],
            it["arguments"]
        )
    };
    let binding = |it: &Value| {
        format!("binding {} -> {} by {}", it["source"], named(&it["destination"]), it["routing_key"])
    };
    exchanges
        .iter()
        .map(exchange)
        .chain(queues.iter().map(queue))
        .chain(bindings.iter().map(binding))
        .collect()
}

/// Compares what ours declare with what Python's do, both with `options`.
async fn compare(options: &str) {
    let ours = or_skip!(Rabbit::find()).with_options(options);
    let pythons = Rabbit::find().unwrap().with_options(options);
    let peer = or_skip!(Peer::server(&pythons, "host-1").await);
    let mut python = or_skip!(Peer::client(&pythons, "peer").await);
    assert_eq!(python.ask(&json!({"do": "call", "method": "who"})).await["result"], "host-1");
    python.ask(&json!({"do": "fanout", "method": "note_all", "args": {"text": "x"}})).await;
    let running = Running::start(&ours, "host-1").await;
    let asking = Asking::start(&ours).await;
    asking.api.who(&asking.cx).await.unwrap();
    asking.api.note_all(&asking.cx, "x").await.unwrap();
    assert_eq!(seen(&ours), seen(&pythons), "with {options:?}");
    drop((peer, running));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_declared_as_oslo_does_by_default() {
    compare("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_declared_as_oslo_does_with_durable_queues() {
    compare("amqp_durable_queues=true").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_declared_as_oslo_does_with_queues_that_go_with_their_users() {
    compare("amqp_auto_delete=true").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_declared_as_oslo_does_with_quorum_queues() {
    compare("rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=5").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_declared_as_oslo_does_with_quorum_queues_for_replies_and_fanouts_too() {
    compare("rabbit_quorum_queue=true&rabbit_transient_quorum_queue=true&rabbit_transient_queues_ttl=600")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_others_declared_with_other_flags_is_a_refusal_that_says_which() {
    let rabbit = or_skip!(Rabbit::find());
    rabbit.api.declare_queue(&rabbit.virtual_host, "peer", &json!({"durable": true}));
    let transport = rabbit.connect().await;
    match Server::new(&transport, "peer").listen("h").await.unwrap_err() {
        ListenError::Transport { source: TransportError::Refused(cause), .. } => {
            let cause = cause.to_string();
            assert!(cause.contains("inequivalent arg 'durable' for queue 'peer'"), "{cause}");
        }
        other => panic!("{other:?}"),
    }
    assert!(transport.is_connected(), "the refusal costs a channel and not the connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_of_a_servers_fanouts_goes_with_it_and_those_of_its_topic_stay() {
    let rabbit = or_skip!(Rabbit::find());
    let running = Running::start(&rabbit, "host-1").await;
    running.server.stop().await;
    drop(running);
    let names = || -> Vec<String> {
        let queues = rabbit.api.queues(&rabbit.virtual_host);
        queues
            .iter()
            .map(|queue| queue["name"].as_str().unwrap().to_owned())
            .filter(|name| !name.starts_with("reply_"))
            .collect()
    };
    for _ in 0..100 {
        if names() == ["peer", "peer.host-1"] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{:?}", names());
}
