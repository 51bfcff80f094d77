//! What users are told when something is wrong.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::get;
use http_body_util::BodyExt;
use nova_http::fallback::with_fault_fallbacks;
use nova_http::{FaultResponse, fault_response};
use tower::ServiceExt;

use crate::client::{ask, get as ask_for, post};
use crate::support::Bench;

nova_core::faults! {
    module "nova.exception";
    /// Users may read it.
    InstanceNotFound(404, safe, "Instance {id} could not be found.") { id: String }
    /// They may not.
    DatabaseBroken(500, "SELECT failed on db17") {}
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing_about_it_and_the_service_goes_on() {
    let bench = Bench::start().await;
    let answer = ask_for(bench.address(), "/panic").await;
    let text = answer.fault("computeFault", 500);
    assert!(!answer.body.contains("purpose") && !answer.body.contains("s3cret"), "{text}");
    assert!(answer.header("x-openstack-request-id").is_some());
    assert_eq!(ask_for(bench.address(), "/hello").await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_novas_form() {
    let bench = Bench::start().await;
    ask_for(bench.address(), "/nothing").await.fault("itemNotFound", 404);
    let answer = ask(bench.address(), "DELETE /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    answer.fault("badMethod", 405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn a_router_can_have_the_same_answers_by_itself() {
    let router = with_fault_fallbacks(Router::new().route("/hello", get(async || "hello")));
    for (method, path, status, name) in
        [("GET", "/nothing", 404, "itemNotFound"), ("PUT", "/hello", 405, "badMethod")]
    {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(std::str::from_utf8(&body).unwrap().contains(name));
    }
}

#[tokio::test]
async fn safe_faults_are_shown_and_others_are_not() {
    async fn show(fault: FaultResponse) -> (StatusCode, String) {
        let response = axum::response::IntoResponse::into_response(fault);
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
    let (status, body) = show(InstanceNotFound { id: "7f".into() }.into()).await;
    assert_eq!(status, 404);
    assert_eq!(body, r#"{"itemNotFound":{"code":404,"message":"Instance 7f could not be found."}}"#);
    let (status, body) = show(DatabaseBroken {}.into()).await;
    assert_eq!(status, 500);
    assert!(body.starts_with(r#"{"computeFault":{"code":500"#) && !body.contains("db17"), "{body}");
    let odd = nova_core::Fault::new("m", "C", "x").with_code(200);
    assert_eq!(fault_response(&odd).status(), 500);
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused_before_it_is_parsed() {
    let bench = Bench::start().await;
    for headers in
        ["", "content-type: text/plain\r\n", "content-type: application/json\r\ncontent-encoding: gzip\r\n"]
    {
        let request = format!("POST /echo HTTP/1.1\r\nhost: x\r\n{headers}content-length: 2\r\n\r\n{{}}");
        ask(bench.address(), &request).await.fault("badMediaType", 415);
    }
    let text = post(bench.address(), "/echo", r#"{"a": 1, "a": 2}"#).await.fault("badRequest", 400);
    assert!(text.contains(r#"the key "a" is there twice"#), "{text}");
}

#[tokio::test]
async fn an_answer_never_repeats_more_than_a_little_of_what_was_sent() {
    let bench = Bench::start_with(|builder| {
        let typed = async |nova_http::Json(count): nova_http::Json<u8>| count.to_string();
        builder.router(Router::new().route("/count", axum::routing::post(typed)))
    })
    .await;
    let long = format!("\"{}\"", "x".repeat(100_000));
    let answer = post(bench.address(), "/count", &long).await;
    assert!(answer.fault("badRequest", 400).starts_with("Invalid input for the body: invalid type: string"));
    assert!(answer.body.len() < 2000);
}
