//! Why a body is not what a handler wanted.

use std::error::Error;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;

use crate::body::{TooLarge, TooSlow};
use crate::fault::{error_response, general_message};

/// Characters of an answer's text.
const LONGEST: usize = 1000;

/// Why a request has no [`Json`](super::Json) of the wanted type. It answers for itself, in Nova's form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The content type is missing or another one. 415.
    #[error("the content type is not JSON")]
    MediaType,
    /// The body is compressed: what it would grow to is nobody's promise. 415.
    #[error("the body has a content encoding")]
    Encoded,
    /// The body is larger than the limit. 413.
    #[error("the body is too large")]
    TooLarge,
    /// The body did not arrive in time. 408.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The body could not be read: the client went away, or sent broken chunks. 400.
    #[error("the body could not be read")]
    Read(#[source] axum::Error),
    /// The body is not JSON, or has a key twice. 400.
    #[error("the body is not acceptable JSON")]
    Syntax(#[source] serde_json::Error),
    /// The body is JSON, and not what the handler expects. 400.
    #[error("{field} is not what was expected")]
    Field {
        /// The path to the field, such as `server.networks[0].uuid`; `.` for the whole body.
        field: String,
        /// What was found and what was expected.
        source: serde_json::Error,
    },
}

impl JsonError {
    /// The error behind a failed read.
    pub(super) fn from_reading(error: axum::Error) -> Self {
        if caused_by::<TooLarge>(&error) || caused_by::<LengthLimitError>(&error) {
            Self::TooLarge
        } else if caused_by::<TooSlow>(&error) {
            Self::TooSlow
        } else {
            Self::Read(error)
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MediaType | Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Read(_) | Self::Syntax(_) | Self::Field { .. } => StatusCode::BAD_REQUEST,
        }
    }

    /// The text of the answer: what was sent is in it as far as it is short and harmless.
    pub fn message(&self) -> String {
        let text = match self {
            Self::MediaType => "The content type must be application/json.".to_owned(),
            Self::Encoded => "The body must not have a content encoding.".to_owned(),
            Self::TooLarge => general_message(self.status()).to_owned(),
            Self::TooSlow => "The request body did not arrive in time.".to_owned(),
            Self::Read(_) => "The request body could not be read.".to_owned(),
            Self::Syntax(error) => format!("The body is not acceptable JSON: {error}"),
            Self::Field { field, source } if field == "." => format!("Invalid input for the body: {source}"),
            Self::Field { field, source } => format!("Invalid input for {field}: {source}"),
        };
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
    }
}

impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        error_response(self.status(), &self.message())
    }
}

fn caused_by<C: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    error.is::<C>() || error.source().is_some_and(caused_by::<C>)
}
