//! `concurrency_limit`: what is too much at once is refused, not queued.
//!
//! A request counts until its answer has been sent. One over the limit gets 503 with `retry-after`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::sync::Semaphore;

use super::Filter;
use crate::body::Held;
use crate::fault::retry_later;

/// How long a refused client should wait, in seconds.
const RETRY_AFTER: u32 = 1;

/// Makes the filter that lets `limit` requests in at once, over all pipelines it is in.
pub fn filter(limit: usize) -> Filter {
    let slots = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
    Filter::new(from_fn_with_state(slots, admit))
}

async fn admit(State(slots): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match slots.try_acquire_owned() {
        Ok(slot) => next.run(request).await.map(|body| Body::new(Held::new(body, slot))),
        Err(_) => {
            metrics::counter!("http_requests_shed_total").increment(1);
            let message = "The service is busy. Try again in a moment.";
            retry_later(StatusCode::SERVICE_UNAVAILABLE, message, RETRY_AFTER)
        }
    }
}
