//! JSON bodies: read strictly, refused in Nova's form.

mod error;
mod objects;
mod strict;

use axum::RequestExt;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::error::JsonError;

use self::objects::Objects;

/// A JSON body: an extractor, and an answer.
///
/// As an extractor it wants `application/json` (or `application/…+json`) without content encoding, valid UTF-8, at
/// most 127 levels of nesting, no key twice in one object, and an object for each struct. What does not fit is answered with a fault that names
/// the field. It buffers the body: the limit is that of the [`size_limit`](crate::filter::size_limit) filter.
///
/// # Example
/// ```
/// use axum::{Router, routing::post};
/// use nova_http::Json;
///
/// #[derive(serde::Deserialize, serde::Serialize)]
/// #[serde(deny_unknown_fields)]
/// struct Widget { name: String, size: u32 }
///
/// async fn create(Json(widget): Json<Widget>) -> Json<Widget> {
///     Json(widget)
/// }
/// // {"name": "a", "size": "big"} is answered with 400:
/// // {"badRequest": {"code": 400, "message": "Invalid input for size: invalid type: string \"big\", expected u32 …"}}
/// # let _: Router = Router::new().route("/widgets", post(create));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = JsonError;

    async fn from_request(request: Request, _: &S) -> Result<Self, JsonError> {
        check_headers(request.headers())?;
        let body = read(request).await?;
        parse(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), JsonError> {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(JsonError::Encoded);
    }
    match headers.get(CONTENT_TYPE) {
        Some(media_type) if is_json(media_type) => Ok(()),
        _ => Err(JsonError::MediaType),
    }
}

fn is_json(media_type: &HeaderValue) -> bool {
    let Ok(text) = media_type.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

async fn read(request: Request) -> Result<Bytes, JsonError> {
    match request.into_limited_body().collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(JsonError::from_reading(error)),
    }
}

/// Twice over the bytes: what is typed and what is a free map are held to the same rules.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    strict::check(body)?;
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(Objects(&mut json)).map_err(|error| {
        let field = error.path().to_string();
        JsonError::Field { field, source: error.into_inner() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use serde_json::Value;

    fn refusal<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        parse::<T>(body.as_bytes()).unwrap_err().message()
    }

    #[test]
    fn a_refusal_names_the_field_and_what_was_expected() {
        type Body = BTreeMap<String, Vec<BTreeMap<String, u8>>>;
        let text = refusal::<Body>(r#"{"servers": [{"count": 1}, {"count": -1}]}"#);
        assert!(
            text.starts_with("Invalid input for servers[1].count: invalid value: integer `-1`"),
            "{text}"
        );
        let text = refusal::<Body>("[]");
        assert!(text.starts_with("Invalid input for the body: invalid type: sequence"), "{text}");
    }

    #[test]
    fn a_refusal_does_not_repeat_what_is_long_or_moves_a_terminal() {
        let long = refusal::<BTreeMap<String, u8>>(&format!(r#"{{"a": "{}"}}"#, "x".repeat(70_000)));
        assert!(long.starts_with("Invalid input for a: ") && long.len() <= 1000, "{} characters", long.len());
        let text = refusal::<BTreeMap<String, u8>>(r#"{"a\u001b[2J": "\u0000"}"#);
        assert!(text.starts_with("Invalid input for a\u{fffd}[2J: ") && !text.contains('\0'), "{text:?}");
    }

    #[test]
    fn what_other_parsers_read_differently_is_refused() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let bodies = [
            r#"{"a": 1, "a": 2}"#,
            r#"{"a": {"b": 1, "\u0062": 2}}"#,
            r#"{"a": NaN}"#,
            r#"{"a": "\ud800"}"#,
            r#"{"a": 1e400}"#,
            r#"{"a": 1} {"b": 2}"#,
            r#"{"a": 1,}"#,
            "",
            &deep,
        ];
        for body in bodies {
            assert!(parse::<Value>(body.as_bytes()).is_err(), "{}", &body[..body.len().min(40)]);
        }
        assert!(parse::<Value>(b"{\"a\": \"\xff\"}").is_err());
    }

    #[test]
    fn ordinary_bodies_are_read() {
        let body = r#"{"server": {"name": "a", "metadata": {"x": "y"}, "tags": [null, true, 1.5, 18446744073709551615]}}"#;
        assert_eq!(parse::<Value>(body.as_bytes()).unwrap()["server"]["name"], "a");
    }

    #[test]
    fn only_json_media_types_are_json() {
        let is_json = |text: &'static str| is_json(&HeaderValue::from_static(text));
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=UTF-8"));
        assert!(is_json("application/vnd.openstack.compute+json"));
        assert!(!is_json("text/json"));
        assert!(!is_json("application/x-www-form-urlencoded"));
        assert!(!is_json("application/jsonp"));
    }
}
