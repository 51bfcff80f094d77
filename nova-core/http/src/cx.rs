//! The context of a request, for handlers.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use nova_core::RequestContext;

use crate::fault::{error_response, general_message};

/// The context that the [`auth`](crate::filter::auth) filter found; an extractor.
///
/// Without that filter in the pipeline every handler that takes it answers 401.
///
/// # Example
/// ```
/// use nova_http::Cx;
///
/// async fn whoami(Cx(cx): Cx) -> String {
///     cx.user_id().unwrap_or("nobody").to_owned()
/// }
/// # let _: axum::Router = axum::Router::new().route("/whoami", axum::routing::get(whoami));
/// ```
#[derive(Clone, Debug)]
pub struct Cx(pub RequestContext);

impl<S: Sync> FromRequestParts<S> for Cx {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a handler wants a context, and no auth filter is around it");
            error_response(StatusCode::UNAUTHORIZED, general_message(StatusCode::UNAUTHORIZED))
        })
    }
}
