//! Where a service listens, and where not.

use std::net::TcpListener;
use std::time::Duration;

use nova_core::Env;
use nova_core::service::Service;
use nova_http::{HttpService, ListenError};

use crate::client::{Client, get};
use crate::support::{Bench, LONG};

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused_unless_allowed() {
    let env = Env::builder().seed(1).build();
    let builder = || HttpService::builder(&env, "api").listen("0.0.0.0:0".parse().unwrap());
    let error = builder().build().start().await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(ListenError::NotLoopback { .. })), "{error}");
    let allowed = builder().allow_non_loopback().build();
    allowed.start().await.unwrap();
    allowed.stop(LONG).await;
}

#[tokio::test]
async fn a_port_in_use_stops_the_start_and_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let env = Env::builder().seed(1).build();
    let error = HttpService::builder(&env, "api").listen(address).build().start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {address}"));
}

#[tokio::test]
async fn two_services_share_a_socket_that_was_handed_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let shared = listener.try_clone().unwrap();
    let one = Bench::start_with(|builder| builder.listener(listener)).await;
    let two = Bench::start_with(|builder| builder.listener(shared)).await;
    assert_eq!(one.address(), two.address());
    one.service.stop(LONG).await;
    assert_eq!(get(two.address(), "/hello").await.body, "hello");
}

#[tokio::test]
async fn a_service_starts_once() {
    let bench = Bench::start().await;
    let error = bench.service.start().await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(ListenError::AlreadyStarted)), "{error}");
    bench.service.stop(LONG).await;
    assert!(bench.service.start().await.is_err());
}

#[tokio::test]
async fn a_service_that_never_started_stops_at_once() {
    let service = HttpService::builder(&Env::builder().seed(1).build(), "api").build();
    service.stop(LONG).await;
    service.wait().await;
    assert!(service.start().await.is_err());
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_their_turn() {
    let bench = Bench::start_with(|builder| builder.max_connections(1)).await;
    let mut first = Client::connect(bench.address()).await;
    first.send("GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(first.answer().await.status, 200);
    let second = get(bench.address(), "/hello");
    tokio::pin!(second);
    let early = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
    assert!(early.is_err(), "answered beyond the limit");
    assert_eq!(bench.service.counts().connections, 1);
    drop(first);
    assert_eq!(second.await.status, 200);
}
