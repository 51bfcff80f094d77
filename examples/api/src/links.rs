//! Addresses in answers.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde_json::{Value, json};

/// What links begin with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    prefix: Option<Arc<str>>,
}

/// Links of one answer.
#[derive(Clone, Debug)]
pub(crate) struct Base(String);

impl Links {
    pub(crate) fn new(prefix: Option<String>) -> Self {
        Self { prefix: prefix.map(|prefix| prefix.trim_end_matches('/').into()) }
    }

    /// Links for the client that sent these headers: to the address it used, unless one is configured.
    pub(crate) fn base(&self, headers: &HeaderMap) -> Base {
        let host = || headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        Base(self.prefix.as_deref().map_or_else(|| format!("http://{}", host()), str::to_owned))
    }
}

impl Base {
    /// The address of `path`, which begins with a slash.
    pub(crate) fn to(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The links of one resource: in this version of the API, and without a version.
    pub(crate) fn of(&self, kind: &str, id: &str) -> Value {
        let own = self.to(&format!("/v2.1/{kind}/{id}"));
        json!([{"rel": "self", "href": own}, self.bookmark(kind, id)])
    }

    pub(crate) fn bookmark(&self, kind: &str, id: &str) -> Value {
        json!({"rel": "bookmark", "href": self.to(&format!("/{kind}/{id}"))})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_where_the_client_came_to_unless_configured() {
        let headers = HeaderMap::from_iter([(HOST, "cloud:8774".parse().unwrap())]);
        assert_eq!(Links::default().base(&headers).to("/v2.1"), "http://cloud:8774/v2.1");
        assert_eq!(Links::new(Some("https://c/x/".into())).base(&headers).to("/v2.1"), "https://c/x/v2.1");
    }
}
