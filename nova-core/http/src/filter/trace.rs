//! `trace`: a span and one log line per request.
//!
//! The span carries the request id, the method and the path, never the query or the headers, where tokens are.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Filter;
use super::request_id::RequestId;
use crate::service::short_path;

/// Makes the filter. Put it inside `request_id`, so that the span has the id.
#[doc(alias = "RequestLog")]
pub fn filter() -> Filter {
    Filter::new(from_fn(log))
}

async fn log(request: Request, next: Next) -> Response {
    let span = span_of(&request);
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("status", status);
    span.in_scope(|| tracing::info!(elapsed_ms = began.elapsed().as_secs_f64() * 1e3, "answered"));
    response
}

fn span_of(request: &Request) -> Span {
    let span = tracing::info_span!(
        "http_request",
        request_id = Empty,
        global_request_id = Empty,
        method = %request.method(),
        path = short_path(request.uri()),
        status = Empty,
    );
    if let Some(id) = request.extensions().get::<RequestId>() {
        span.record("request_id", id.id());
        span.record("global_request_id", id.global());
    }
    span
}
