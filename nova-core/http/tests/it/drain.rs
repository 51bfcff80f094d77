//! A stop finishes what is in flight, and nothing else.

use std::time::Duration;

use nova_core::Env;
use nova_core::service::Service;
use nova_http::HttpService;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::{Client, get};
use crate::support::{Bench, LONG};

#[tokio::test]
async fn a_request_in_flight_is_finished_and_no_new_connection_is_taken() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    client.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    bench.entered.notified().await;
    let stop = bench.service.stop(LONG);
    let talk = async {
        while TcpStream::connect(bench.address()).await.is_ok() {
            tokio::task::yield_now().await;
        }
        bench.release.notify_one();
        client.answer().await
    };
    let ((), answer) = tokio::join!(stop, talk);
    assert_eq!((answer.status, answer.body.as_str()), (200, "at last"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(bench.service.counts().connections, 0);
    bench.service.wait().await;
}

#[tokio::test]
async fn what_is_not_finished_within_the_grace_is_cut_off() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    client.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    bench.entered.notified().await;
    bench.service.stop(Duration::from_millis(20)).await;
    assert_eq!(client.rest().await, b"");
    let counts = bench.service.counts();
    assert_eq!((counts.connections, counts.in_flight), (0, 0));
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_a_stop() {
    let bench = Bench::start().await;
    let mut used = Client::connect(bench.address()).await;
    used.send("GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(used.answer().await.status, 200);
    let mut silent = Client::connect(bench.address()).await;
    while bench.service.counts().connections < 2 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    bench.service.stop(LONG).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(used.rest().await, b"");
    assert_eq!(silent.rest().await, b"");
}

#[tokio::test]
async fn a_service_ends_with_its_environment() {
    let env = Env::builder().seed(1).build();
    let service = HttpService::builder(&env, "api").build();
    service.start().await.unwrap();
    let aborted = env.shutdown(LONG).await;
    assert!(aborted.is_empty(), "{aborted:?}");
    service.wait().await;
    assert!(env.tasks().is_empty());
}

#[tokio::test]
async fn a_report_names_the_requests_in_flight() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    client.send("GET /slow?token=s3cret HTTP/1.1\r\nhost: x\r\n\r\n").await;
    bench.entered.notified().await;
    let report = bench.service.report().to_string();
    assert!(report.contains("GET /slow  req-"), "{report}");
    assert!(report.contains("requests in flight: 1") && !report.contains("s3cret"), "{report}");
    bench.release.notify_one();
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(get(bench.address(), "/hello").await.status, 200);
    drop(client);
    bench.service.stop(LONG).await;
    assert_eq!(bench.service.counts().finished, 2);
}
