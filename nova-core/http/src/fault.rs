//! Errors as users of a Nova API see them.
//!
//! The body is one object whose key names the kind: `{"itemNotFound": {"code": 404, "message": "…"}}`. What the text
//! may say is decided by the fault: one that is not [safe](nova_core::Fault::is_safe) shows a general sentence and
//! goes to the log instead.

use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use nova_core::Fault;
use serde_json::json;

/// The longest text an answer carries, in bytes.
const MAX_MESSAGE: usize = 1024;

/// An error of a handler: a [`Fault`] that knows how to answer.
///
/// `?` makes one of anything that turns into a fault.
///
/// # Example: a handler that can fail
/// ```
/// use nova_http::FaultResponse;
///
/// nova_core::faults! {
///     module "nova.exception";
///     /// No such widget.
///     WidgetNotFound(404, safe, "Widget {id} could not be found.") { id: String }
/// }
///
/// async fn show(id: String) -> Result<String, FaultResponse> {
///     Err(WidgetNotFound { id })?
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct FaultResponse(Fault);

impl FaultResponse {
    /// The fault.
    pub fn fault(&self) -> &Fault {
        &self.0
    }
}

impl<E: Into<Fault>> From<E> for FaultResponse {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for FaultResponse {
    fn into_response(self) -> Response {
        fault_response(&self.0)
    }
}

/// The answer that tells a user about `fault`.
///
/// A code that is no HTTP error becomes 500. A failure of the service (5xx) is logged with its own text.
///
/// # Example
/// ```
/// let fault = nova_core::Fault::new("nova.exception", "ImageNotActive", "secret detail").with_code(400);
/// assert_eq!(nova_http::fault_response(&fault).status(), 400);
/// ```
#[doc(alias = "nova.api.openstack.wsgi.Fault")]
pub fn fault_response(fault: &Fault) -> Response {
    let status = status_of(fault.code());
    if status.is_server_error() {
        tracing::error!(
            class = fault.class(),
            code = status.as_u16(),
            message = clip(fault.message()),
            "fault"
        );
    }
    let message = if fault.is_safe() { fault.message() } else { general_message(status) };
    error_response(status, message)
}

/// The answer with this status, and a text that is fit for users.
pub fn error_response(status: StatusCode, message: &str) -> Response {
    let detail = json!({ "code": status.as_u16(), "message": clip(message) });
    let body = axum::Json(json!({ fault_name(status): detail }));
    (status, body).into_response()
}

/// The same answer, and when to try again.
pub(crate) fn retry_later(status: StatusCode, message: &str, seconds: u32) -> Response {
    let header: [(HeaderName, HeaderValue); 1] = [(RETRY_AFTER, seconds.into())];
    (header, error_response(status, message)).into_response()
}

/// Nova's name for an error with this status: the key of the body.
pub fn fault_name(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "badRequest",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "itemNotFound",
        405 => "badMethod",
        409 => "conflictingRequest",
        413 | 429 => "overLimit",
        415 => "badMediaType",
        501 => "notImplemented",
        503 => "serviceUnavailable",
        _ => "computeFault",
    }
}

/// What users are told when the text of the error is not for them.
pub(crate) fn general_message(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "The request is malformed.",
        401 => "Authentication is required.",
        403 => "The policy does not allow this.",
        404 => "The resource could not be found.",
        405 => "The method is not allowed for this resource.",
        409 => "The request conflicts with the state of the resource.",
        413 => "The request is too large.",
        501 => "This is not implemented.",
        503 => "The service is unavailable for the moment.",
        _ if status.is_client_error() => "The request was refused.",
        _ => "The service failed unexpectedly. Its operators find the reason in the log by the request id.",
    }
}

fn status_of(code: u16) -> StatusCode {
    match StatusCode::from_u16(code) {
        Ok(status) if status.is_client_error() || status.is_server_error() => status,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_MESSAGE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_no_error_is_answered_as_500() {
        for code in [0, 42, 100, 200, 302, 600, 1000, u16::MAX] {
            assert_eq!(status_of(code), 500, "{code}");
        }
        assert_eq!(status_of(410), 410);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(clip(&"ä".repeat(1000)).len(), 1024);
        assert_eq!(clip(&format!("x{}", "ä".repeat(1000))).len(), 1023);
    }

    #[test]
    fn kinds_have_novas_names_and_all_others_are_compute_faults() {
        let name = |code| fault_name(StatusCode::from_u16(code).unwrap());
        assert_eq!(name(404), "itemNotFound");
        assert_eq!(name(429), "overLimit");
        assert_eq!([name(406), name(410), name(500)], ["computeFault"; 3]);
    }
}
