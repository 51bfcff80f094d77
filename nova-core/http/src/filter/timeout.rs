//! `timeout`: a request has a deadline.
//!
//! When it passes, the handler is dropped at its next await and the user gets a 503. The deadline also goes into
//! the request's extensions as [`Deadline`], and the `auth` filter puts it into the context, so that calls to other
//! services end in time by themselves.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::time::Instant;

use super::Filter;
use crate::fault::error_response;

/// When the service gives a request up; in its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(pub Instant);

/// Makes the filter that gives a request `limit`.
pub fn filter(limit: Duration) -> Filter {
    Filter::new(from_fn_with_state(limit, give_up))
}

async fn give_up(State(limit): State<Duration>, mut request: Request, next: Next) -> Response {
    let deadline = Instant::now() + limit;
    request.extensions_mut().insert(Deadline(deadline));
    match tokio::time::timeout_at(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(?limit, "request given up");
            error_response(StatusCode::SERVICE_UNAVAILABLE, "The request took too long and was given up.")
        }
    }
}
