//! Answers for paths and methods that no route has.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;

use crate::fault::{error_response, general_message};

/// The answer to a path without a route: 404 `itemNotFound`.
pub async fn not_found() -> Response {
    answer(StatusCode::NOT_FOUND)
}

/// The answer to a method that the route does not have: 405 `badMethod`, with the methods it has in `allow`.
pub async fn method_not_allowed() -> Response {
    answer(StatusCode::METHOD_NOT_ALLOWED)
}

/// Gives `router`, and the routes it has by now, these two answers.
///
/// The [`fault_wrap`](crate::filter::fault_wrap) filter does the same for routers that lack them.
pub fn with_fault_fallbacks<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.fallback(not_found).method_not_allowed_fallback(method_not_allowed)
}

fn answer(status: StatusCode) -> Response {
    error_response(status, general_message(status))
}
