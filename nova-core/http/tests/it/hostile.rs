//! Clients that mean no good.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nova_core::service::Service;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::client::{Client, get, post};
use crate::support::{Bench, LONG};

#[tokio::test]
async fn a_client_that_sends_its_head_too_slowly_is_dropped() {
    let bench = Bench::start_with(|builder| builder.head_timeout(Duration::from_millis(50))).await;
    let mut slow = Client::connect(bench.address()).await;
    slow.send("GET /hello HTTP/1.1\r\nx-slow: ").await;
    assert_eq!(slow.rest().await, b"");
    let mut silent = Client::connect(bench.address()).await;
    assert_eq!(silent.rest().await, b"");
    assert_eq!(get(bench.address(), "/hello").await.status, 200);
}

#[tokio::test]
async fn a_client_that_sends_its_body_too_slowly_is_told_so() {
    let bench = Bench::start_with(|builder| builder.body_timeout(Duration::from_millis(50))).await;
    let mut slow = Client::connect(bench.address()).await;
    let head =
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    slow.send(format!("{head}{{")).await;
    slow.answer().await.fault("computeFault", 408);
}

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_sees_the_refusal_and_no_reset() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    client.send(format!("{head}content-length: 800000\r\n\r\n")).await;
    client.answer().await.fault("overLimit", 413);
    for _ in 0..100 {
        client.send([b' '; 4000]).await;
        tokio::task::yield_now().await;
    }
    client.finish_sending().await;
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_handler_along() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    client.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    bench.entered.notified().await;
    drop(client);
    while bench.service.counts().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.service.counts().finished, 1);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    client
        .try_send(format!("GET /hello HTTP/1.1\r\nx-long: {}\r\n\r\n", "x".repeat(1 << 17)).as_bytes())
        .await;
    let answer = client.rest().await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_second_request_cannot_hide_behind_two_lengths() {
    let bench = Bench::start().await;
    let hidden = "GET /panic HTTP/1.1\r\nhost: x\r\n\r\n";
    let heads = [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "content-length: +5\r\n",
    ];
    for head in heads {
        let mut client = Client::connect(bench.address()).await;
        let request = format!("POST /echo HTTP/1.1\r\nhost: x\r\n{head}\r\n0\r\n\r\n{hidden}");
        client.try_send(request.as_bytes()).await;
        client.finish_sending().await;
        let answer = String::from_utf8_lossy(&client.rest().await).into_owned();
        let refused = answer.starts_with("HTTP/1.1 400");
        let ended_by_chunks = head.contains("chunked\r\n");
        assert!(refused || ended_by_chunks, "{head}: {answer}");
    }
}

#[tokio::test]
async fn a_body_nested_without_end_is_refused() {
    let bench = Bench::start().await;
    post(bench.address(), "/echo", &"[".repeat(50_000)).await.fault("badRequest", 400);
}

/// Bytes that look like HTTP often enough to get past the first line.
fn nearly_http() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"GET "[..],
        b"POST ",
        b"/echo",
        b"/hello",
        b"/slow",
        b"//",
        b"?a=/%ff",
        b" HTTP/1.1\r\n",
        b" HTTP/1.0\r\n",
        b"host: x\r\n",
        b"content-length: 5\r\n",
        b"content-length: 99999999999999999999\r\n",
        b"transfer-encoding: chunked\r\n",
        b"content-type: application/json\r\n",
        b"expect: 100-continue\r\n",
        b"connection: upgrade\r\nupgrade: websocket\r\n",
        b"x-openstack-request-id: req-\xff\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"5\r\n",
        b"0\r\n\r\n",
        b"{\"a\":",
        b"[[[[",
        b"\"\\ud800\"",
        b"1e999",
        b"\0",
    ]);
    let piece =
        prop_oneof![4 => known.prop_map(<[u8]>::to_vec), 1 => prop::collection::vec(any::<u8>(), 0..20)];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bytes_make_the_service_panic() {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let on_purpose = panic.payload_as_str().is_some_and(|text| text.starts_with("on purpose"));
        PANICS.fetch_add(usize::from(!on_purpose), Ordering::Relaxed);
        hook(panic);
    }));
    let bench = Bench::start_with(|builder| builder.head_timeout(Duration::from_millis(200))).await;
    let address = bench.address();
    let talk = |bytes: Vec<u8>| async move {
        let mut client = Client::connect(address).await;
        client.try_send(&bytes).await;
        client.finish_sending().await;
        client.rest().await
    };
    let runtime = tokio::runtime::Handle::current();
    let runs = tokio::task::block_in_place(|| {
        let mut runner =
            TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
        runner.run(&nearly_http(), |bytes| {
            runtime.block_on(talk(bytes));
            prop_assert_eq!(PANICS.load(Ordering::Relaxed), 0);
            Ok(())
        })
    });
    runs.unwrap();
    assert_eq!(get(address, "/hello").await.status, 200);
    bench.service.stop(LONG).await;
}
