//! What stands behind the question mark, and in the path.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::response::Response;
use nova_compute_api::ApiError;
use nova_http::fallback;

/// The most a page can have (Nova's `max_limit`).
pub(crate) const MAX_LIMIT: usize = 1000;

/// The parameters of a list, in their order.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(pairs)) => Ok(Self(pairs)),
            Err(_) => Err(nova_http::error_response(
                axum::http::StatusCode::BAD_REQUEST,
                "The query string could not be read.",
            )),
        }
    }
}

impl Parameters {
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// The last value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A text, if it is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// A number that is not negative.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.parse().map_err(|_| ApiError::invalid(name, "is not a whole number from 0 on"))?;
        Ok(Some(number))
    }

    /// How many the answer may have.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.number("limit")?;
        Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_LIMIT).min(MAX_LIMIT))
    }

    /// A truth, as OpenStack's clients spell it; without a value it is one.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, ApiError> {
        let Some(text) = self.get(name) else { return Ok(false) };
        match text.to_ascii_lowercase().as_str() {
            "" | "1" | "t" | "true" | "on" | "y" | "yes" => Ok(true),
            "0" | "f" | "false" | "off" | "n" | "no" => Ok(false),
            _ => Err(ApiError::invalid(name, "is neither true nor false")),
        }
    }

    /// The same parameters for the page after `marker`, as a query string.
    pub(crate) fn next(&self, marker: &str) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != "marker");
        let kept = kept.map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        kept.chain([format!("marker={}", escape(marker))]).collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes all but the characters that mean nothing anywhere in an address.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte))
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// The id in the path. What cannot be read is no id of anything: 404.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(fallback::not_found().await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_no_more_than_the_largest_page() {
        assert_eq!(Parameters::default().limit().unwrap(), MAX_LIMIT);
        assert_eq!(Parameters::of([("limit", "0")]).limit().unwrap(), 0);
        assert_eq!(Parameters::of([("limit", "5000")]).limit().unwrap(), MAX_LIMIT);
        for bad in ["-1", "x", "", "1.5", "99999999999999999999999"] {
            let error = Parameters::of([("limit", bad)]).limit().unwrap_err();
            assert!(error.to_string().contains("limit"), "{bad}");
        }
    }

    #[test]
    fn the_next_page_keeps_what_was_asked_and_moves_the_marker() {
        let first = Parameters::of([("name", "a&b=ä"), ("marker", "old"), ("limit", "2")]);
        assert_eq!(first.next("new"), "name=a%26b%3D%C3%A4&limit=2&marker=new");
    }

    #[test]
    fn a_truth_without_a_value_is_one() {
        assert!(Parameters::of([("all_tenants", "")]).flag("all_tenants").unwrap());
        assert!(!Parameters::of([("all_tenants", "False")]).flag("all_tenants").unwrap());
        assert!(Parameters::of([("all_tenants", "perhaps")]).flag("all_tenants").is_err());
    }
}
