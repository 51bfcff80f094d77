//! Health and metrics, over HTTP.

use std::sync::atomic::{AtomicBool, Ordering};

use nova_core::Env;
use nova_http::health::HealthRegistry;
use nova_http::metrics::{install_prometheus, prometheus_recorder};
use serde_json::json;

use crate::client::get;
use crate::support::Bench;

static READY: AtomicBool = AtomicBool::new(false);

#[tokio::test]
async fn a_service_that_cannot_work_is_alive_and_not_ready() {
    let health =
        HealthRegistry::new().liveness("loop", || async { Ok(()) }).readiness("database", || async {
            if READY.load(Ordering::Relaxed) { Ok(()) } else { Err("no route to db17".into()) }
        });
    let bench = Bench::start_with(|builder| builder.router(health.router())).await;
    let live = get(bench.address(), "/healthcheck/live").await;
    assert_eq!((live.status, live.json()), (200, json!({"status": "ok", "checks": {"loop": "ok"}})));
    let ready = get(bench.address(), "/healthcheck/ready").await;
    assert_eq!(
        (ready.status, ready.json()),
        (503, json!({"status": "failed", "checks": {"database": "failed"}}))
    );
    let all = get(bench.address(), "/healthcheck").await;
    assert_eq!((all.status, all.json()["checks"]["loop"].clone()), (503, json!("ok")));
    assert!(!all.body.contains("db17"));
}

#[tokio::test]
async fn requests_are_counted_by_service_method_and_status_with_few_labels() {
    let (recorder, handle) = prometheus_recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let bench = Bench::start_with(|builder| builder.router(handle.router())).await;
    let mut client = crate::client::Client::connect(bench.address()).await;
    client.send("BREW /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 405);
    let answer = get(bench.address(), "/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let expected = r#"http_requests_total{service="test-api",method="other",status="405"} 1"#;
    assert!(answer.body.contains(expected), "{}", answer.body);
    assert!(answer.body.contains(r#"http_connections{service="test-api"} 2"#), "{}", answer.body);
    assert!(answer.body.contains("http_request_duration_seconds_bucket{"), "{}", answer.body);
}

#[tokio::test]
async fn a_process_has_one_recorder() {
    let env = Env::builder().seed(1).build();
    let first = install_prometheus(&env).unwrap();
    metrics::counter!("installed_total").increment(1);
    assert!(first.render().contains("installed_total 1"));
    assert!(install_prometheus(&env).is_err());
    assert!(env.shutdown(crate::support::LONG).await.is_empty());
}
