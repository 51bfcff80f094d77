//! Who is asking.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::http::HeaderValue;
use axum::routing::get;
use nova_core::{Env, Fault, RequestContext};
use nova_http::filter::{self, FilterRegistry, FilterSettings, Pipeline};
use nova_http::{Authenticator, Cx, Unauthenticated};

use crate::client::{ask, get as ask_for};
use crate::support::Bench;

nova_core::faults! {
    module "test.errors";
    /// No token, or a wrong one.
    Unauthorized(401, "token s3cret is not in the table") {}
}

struct Names(Env);

#[async_trait]
impl Authenticator for Names {
    async fn authenticate(&self, request: Unauthenticated<'_>) -> Result<RequestContext, Fault> {
        let name = request.headers().get("x-auth-token").and_then(|name| name.to_str().ok());
        Ok(request.context().user(name.ok_or(Unauthorized {})?).build(&self.0))
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("Keystone uri=\"http://identity\""))
    }
}

async fn whoami(Cx(cx): Cx) -> String {
    let global = cx.global_request_id().unwrap_or("-");
    let address = cx.remote_address().unwrap_or("-");
    format!("{} {} {global} {address} {}", cx.user_id().unwrap(), cx.request_id(), cx.deadline().is_some())
}

async fn bench(names: &[&str]) -> Bench {
    let env = Env::builder().seed(3).build();
    let auth = filter::auth::filter(Arc::new(Names(env.clone())));
    let registry = FilterRegistry::standard(&env, &FilterSettings::default()).with("auth", auth);
    let pipeline = Pipeline::from_names(&registry, names).unwrap();
    Bench::start_with(|builder| builder.filters(pipeline).router(Router::new().route("/", get(whoami)))).await
}

#[tokio::test]
async fn the_context_has_the_identity_the_ids_the_address_and_the_deadline() {
    let bench = bench(&["request_id", "timeout", "auth"]).await;
    let global = "req-0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a76";
    let request = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-auth-token: alice\r\nX-OpenStack-Request-ID: {global}\r\n\r\n"
    );
    let answer = ask(bench.address(), &request).await;
    let id = answer.header("x-openstack-request-id").unwrap();
    assert_eq!(answer.body, format!("alice {id} {global} 127.0.0.1 true"));
    assert_ne!(id, global);
}

#[tokio::test]
async fn a_global_request_id_of_another_form_is_ignored() {
    let bench = bench(&["request_id", "auth"]).await;
    let request =
        "GET / HTTP/1.1\r\nhost: x\r\nx-auth-token: bob\r\nx-openstack-request-id: req-evil\r\n\r\n";
    let answer = ask(bench.address(), request).await;
    assert!(answer.body.ends_with(" - 127.0.0.1 false") && !answer.body.contains("evil"), "{}", answer.body);
}

#[tokio::test]
async fn whoever_is_nobody_is_told_where_to_get_a_token_and_no_more() {
    let bench = bench(&["request_id", "auth"]).await;
    let answer = ask_for(bench.address(), "/").await;
    assert!(!answer.fault("unauthorized", 401).contains("s3cret"));
    assert_eq!(answer.header("www-authenticate"), Some("Keystone uri=\"http://identity\""));
}

#[tokio::test]
async fn a_handler_that_wants_a_context_is_closed_without_the_auth_filter() {
    let bench = bench(&["request_id"]).await;
    ask_for(bench.address(), "/").await.fault("unauthorized", 401);
}
