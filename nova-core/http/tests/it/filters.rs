//! The built-in filters, one by one and composed by name.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::{get, post};
use bytes::Bytes;
use nova_core::Env;
use nova_http::filter::{Filter, FilterRegistry, FilterSettings, Pipeline, PipelineError, STANDARD};
use tokio::sync::Notify;

use crate::client::{Client, ask, get as ask_for, post as send_to};
use crate::support::{Bench, routes};

const LIMIT: usize = 114_688;

fn registry(change: impl FnOnce(&mut FilterSettings)) -> FilterRegistry {
    let mut settings = FilterSettings::default();
    change(&mut settings);
    FilterRegistry::standard(&Env::builder().seed(2).build(), &settings)
}

#[test]
fn a_name_that_is_nearly_right_is_answered_with_the_right_one() {
    let error = Pipeline::from_names(&registry(|_| {}), ["request_id", "sizelimit"]).unwrap_err();
    assert_eq!(error.to_string(), "there is no filter sizelimit; did you mean size_limit?");
    let error = Pipeline::from_names(&registry(|_| {}), ["keystone"]).unwrap_err();
    assert_eq!(error, PipelineError::Unknown { name: "keystone".into(), nearest: None });
    assert_eq!(error.to_string(), "there is no filter keystone");
}

#[test]
fn a_filter_stands_in_a_pipeline_once() {
    let error = Pipeline::from_names(&registry(|_| {}), ["trace", "trace"]).unwrap_err();
    assert_eq!(error, PipelineError::Repeated { name: "trace".into() });
}

#[tokio::test]
async fn filters_run_in_the_order_of_their_names_and_may_be_the_users_own() {
    let append = |letter: &'static str| {
        let mark = move |mut response: axum::response::Response| async move {
            response.headers_mut().append("x-passed", HeaderValue::from_static(letter));
            response
        };
        Filter::new(axum::middleware::map_response(mark))
    };
    let registry = registry(|_| {}).with("outer", append("outer")).with("inner", append("inner"));
    let pipeline = Pipeline::from_names(&registry, ["outer", "inner"]).unwrap();
    assert_eq!(pipeline.names().collect::<Vec<_>>(), ["outer", "inner"]);
    let bench = Bench::start_with(|builder| builder.filters(pipeline)).await;
    let answer = ask_for(bench.address(), "/hello").await;
    let passed: Vec<_> = answer.head.lines().filter_map(|line| line.strip_prefix("x-passed: ")).collect();
    assert_eq!(passed, ["inner", "outer"]);
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let bench = Bench::start().await;
    let mut ids = Vec::new();
    for path in ["/hello", "/nothing"] {
        let answer = ask_for(bench.address(), path).await;
        let id = answer.header("x-openstack-request-id").unwrap().to_owned();
        assert_eq!(answer.header("x-compute-request-id"), Some(&*id));
        assert!(id.starts_with("req-") && id.len() == 40, "{id}");
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
    let bench = Bench::start().await;
    let body = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
    assert_eq!(send_to(bench.address(), "/echo", &body(LIMIT)).await.status, 200);
    send_to(bench.address(), "/echo", &body(LIMIT + 1)).await.fault("overLimit", 413);
}

#[tokio::test]
async fn a_body_that_declares_itself_too_large_is_refused_before_a_byte_of_it_is_read() {
    let bench = Bench::start().await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let answer = ask(bench.address(), &format!("{head}content-length: 1073741824\r\n\r\n")).await;
    answer.fault("overLimit", 413);
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_where_it_goes_over() {
    let bench = Bench::start().await;
    let mut client = Client::connect(bench.address()).await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    client.send(format!("{head}transfer-encoding: chunked\r\n\r\n")).await;
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    for _ in 0..LIMIT / 0x8000 + 1 {
        client.try_send(chunk.as_bytes()).await;
    }
    client.answer().await.fault("overLimit", 413);
}

#[tokio::test]
async fn other_extractors_are_held_to_the_same_limit_with_the_same_answer() {
    let sizes = post(async |body: Bytes| body.len().to_string());
    let pipeline =
        Pipeline::from_names(&registry(|settings| settings.max_body_size = 3 << 20), STANDARD).unwrap();
    let bench =
        Bench::start_with(|builder| builder.filters(pipeline).router(Router::new().route("/", sizes))).await;
    let over_axums = " ".repeat(5 << 19);
    assert_eq!(send_to(bench.address(), "/", &over_axums).await.body, over_axums.len().to_string());
    let mut client = Client::connect(bench.address()).await;
    client.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n400000\r\n").await;
    client.try_send(" ".repeat(4 << 20).as_bytes()).await;
    client.answer().await.fault("overLimit", 413);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let settings = registry(|settings| settings.request_timeout = Duration::from_millis(20));
    let pipeline = Pipeline::from_names(&settings, ["timeout"]).unwrap();
    let bench = Bench::start_with(|builder| builder.filters(pipeline)).await;
    let text = ask_for(bench.address(), "/slow").await.fault("serviceUnavailable", 503);
    assert!(text.contains("took too long"), "{text}");
}

#[tokio::test]
async fn what_is_too_much_at_once_is_told_to_come_back() {
    let pipeline = Pipeline::from_names(
        &registry(|settings| settings.max_concurrent_requests = 1),
        ["concurrency_limit"],
    );
    let pipeline = pipeline.unwrap();
    let bench = Bench::start_with(|builder| builder.filters(pipeline)).await;
    let mut first = Client::connect(bench.address()).await;
    first.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    bench.entered.notified().await;
    let refused = ask_for(bench.address(), "/hello").await;
    refused.fault("serviceUnavailable", 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    bench.release.notify_one();
    assert_eq!(first.answer().await.status, 200);
    drop(first);
    while bench.service.counts().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask_for(bench.address(), "/hello").await.status, 200);
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let bench = Bench::start().await;
    for path in ["/hello/", "/hello//", "/hello/?x=1"] {
        assert_eq!(ask_for(bench.address(), path).await.body, "hello", "{path}");
    }
}

#[tokio::test]
async fn a_pipeline_can_wrap_a_part_of_a_router() {
    let [entered, release] = [(); 2].map(|()| Arc::new(Notify::new()));
    let inner = Pipeline::from_names(&registry(|_| {}), ["request_id"]).unwrap();
    let open = Router::new().route("/open", get(async || "open"));
    let router = open.fallback_service(inner.wrap(routes(&entered, &release)));
    let bench = Bench::start_with(|builder| builder.filters(Pipeline::new()).router(router)).await;
    assert_eq!(ask_for(bench.address(), "/open").await.header("x-openstack-request-id"), None);
    assert!(ask_for(bench.address(), "/hello").await.header("x-openstack-request-id").is_some());
}
