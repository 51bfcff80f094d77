//! `size_limit`: bodies that are too large are refused before they are read.
//!
//! A declared length over the limit is answered at once; a body without one is cut off where it goes over. Either
//! way the answer is 413 `overLimit` and no more than the limit was ever held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http_body::Body as _;
use tower::layer::util::Stack;

use super::Filter;
use crate::body::Capped;
use crate::fault::{error_response, general_message};

/// Makes the filter for bodies of at most `limit` bytes.
///
/// It takes the place of axum's own limit of 2 MiB, in both directions.
#[doc(alias = "RequestBodySizeLimiter")]
pub fn filter(limit: u64) -> Filter {
    Filter::new(Stack::new(DefaultBodyLimit::disable(), from_fn_with_state(limit, cap)))
}

async fn cap(State(limit): State<u64>, request: Request, next: Next) -> Response {
    if request.body().size_hint().lower() > limit {
        return too_large();
    }
    let overflowed = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| Body::new(Capped::new(body, limit, Arc::clone(&overflowed))));
    let response = next.run(request).await;
    match overflowed.load(Ordering::Relaxed) && !response.status().is_success() {
        true => too_large(),
        false => response,
    }
}

fn too_large() -> Response {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    error_response(status, general_message(status))
}
