//! `fault_wrap`: whatever goes wrong inside, the user gets an answer in Nova's form.
//!
//! * A panic is a 500 that says nothing about it; the log and the counter `http_panics_total` do.
//! * An error without a body, which is what routers answer to unknown paths and methods, gets one.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use futures_util::FutureExt;
use http_body::Body as _;

use super::Filter;
use crate::fault::{error_response, general_message};

/// Makes the filter.
#[doc(alias = "FaultWrapper")]
pub fn filter() -> Filter {
    Filter::new(from_fn(wrap))
}

async fn wrap(request: Request, next: Next) -> Response {
    // A half-changed value cannot be seen afterwards: the request and its handler are gone.
    match AssertUnwindSafe(async move { next.run(request).await }).catch_unwind().await {
        Ok(response) if lacks_body(&response) => with_body(response),
        Ok(response) => response,
        Err(panic) => answer_panic(&*panic),
    }
}

/// The text stays out of our log too: the panic hook has written it where the operator wants it.
fn answer_panic(_: &(dyn Any + Send)) -> Response {
    tracing::error!("a handler panicked");
    metrics::counter!("http_panics_total").increment(1);
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    error_response(status, general_message(status))
}

fn lacks_body(response: &Response) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error()) && response.body().is_end_stream()
}

/// The same status and headers (`allow`, `www-authenticate`, `retry-after`) with a body.
fn with_body(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    let (told, body) = error_response(parts.status, general_message(parts.status)).into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, told.headers[CONTENT_TYPE].clone());
    Response::from_parts(parts, body)
}
