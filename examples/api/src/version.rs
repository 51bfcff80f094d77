//! Which versions of the API there are, and which one a request wants.
//!
//! Clients find out by `GET /` and `GET /v2.1`, and ask by a header (`OpenStack-API-Version: compute 2.1`, or the older
//! `X-OpenStack-Nova-API-Version: 2.1`). A version that is not here is answered with 406, a text that is no version
//! with 400; every answer says which version it has.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::VARY;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use nova_http::{Json, error_response};
use serde_json::{Value, json};

use crate::links::{Base, Links};

/// The one microversion: both the smallest and the largest that is announced.
pub const MICROVERSION: &str = "2.1";

const OPENSTACK: HeaderName = HeaderName::from_static("openstack-api-version");
const LEGACY: HeaderName = HeaderName::from_static("x-openstack-nova-api-version");
const LONGEST: usize = 64;

/// The routes of discovery.
pub(crate) fn routes(links: Links) -> Router {
    Router::new().route("/", get(all)).route("/v2.1", get(one)).with_state(links)
}

async fn all(State(links): State<Links>, headers: HeaderMap) -> Json<Value> {
    Json(json!({"versions": [description(&links.base(&headers))]}))
}

async fn one(State(links): State<Links>, headers: HeaderMap) -> Json<Value> {
    let mut version = description(&links.base(&headers));
    version["media-types"] =
        json!([{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}]);
    Json(json!({ "version": version }))
}

fn description(base: &Base) -> Value {
    json!({
        "id": "v2.1",
        "status": "CURRENT",
        "version": MICROVERSION,
        "min_version": MICROVERSION,
        "updated": "2013-07-23T11:33:21Z",
        "links": [{"rel": "self", "href": base.to("/v2.1/")}],
    })
}

/// `routes`, reached only by requests for a version that is here.
pub(crate) fn negotiated(routes: Router) -> Router {
    routes.layer(from_fn(negotiate))
}

async fn negotiate(request: Request, next: Next) -> Response {
    let mut response = match wanted(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.answer(),
    };
    let headers = response.headers_mut();
    headers.insert(OPENSTACK, HeaderValue::from_static("compute 2.1"));
    headers.insert(LEGACY, HeaderValue::from_static(MICROVERSION));
    headers.append(VARY, HeaderValue::from_static("OpenStack-API-Version, X-OpenStack-Nova-API-Version"));
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Malformed(String),
    NotHere(String),
}

impl Refusal {
    fn answer(&self) -> Response {
        match self {
            Self::Malformed(text) => {
                let message =
                    format!("API Version String '{text}' is of invalid format. Must be of the form 2.N.");
                error_response(StatusCode::BAD_REQUEST, &message)
            }
            Self::NotHere(text) => {
                let message =
                    format!("Version {text} is not supported by the API. It has {MICROVERSION} only.");
                error_response(StatusCode::NOT_ACCEPTABLE, &message)
            }
        }
    }
}

/// Whether the version that is asked for is here; the newer header wins.
fn wanted(headers: &HeaderMap) -> Result<(), Refusal> {
    let compute = headers.get_all(OPENSTACK).iter().find_map(|value| {
        let text = value.to_str().ok()?;
        text.split(',').find_map(|one| one.trim().strip_prefix("compute ").map(str::trim))
    });
    let legacy = || headers.get(LEGACY).map(|value| value.to_str().unwrap_or("?").trim());
    match compute.or_else(legacy) {
        None | Some("latest" | MICROVERSION) => Ok(()),
        Some(text) if is_version(text) => Err(Refusal::NotHere(text.to_owned())),
        Some(text) => Err(Refusal::Malformed(text.chars().take(LONGEST).collect())),
    }
}

fn is_version(text: &str) -> bool {
    let number = |text: &str| {
        !text.is_empty()
            && text.len() <= 9
            && text.bytes().all(|b| b.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: HeaderName, value: &'static str) -> Result<(), Refusal> {
        wanted(&HeaderMap::from_iter([(name, HeaderValue::from_static(value))]))
    }

    #[test]
    fn the_version_that_is_here_may_be_asked_for_in_every_way() {
        assert_eq!(wanted(&HeaderMap::new()), Ok(()));
        assert_eq!(asked(OPENSTACK, "compute 2.1"), Ok(()));
        assert_eq!(asked(OPENSTACK, "compute latest"), Ok(()));
        assert_eq!(asked(OPENSTACK, "volume 3.50"), Ok(()));
        assert_eq!(asked(OPENSTACK, "volume 3.50, compute 2.1"), Ok(()));
        assert_eq!(asked(LEGACY, "2.1"), Ok(()));
    }

    #[test]
    fn another_version_is_not_here_and_no_version_is_malformed() {
        assert_eq!(asked(OPENSTACK, "compute 2.104"), Err(Refusal::NotHere("2.104".into())));
        assert_eq!(asked(LEGACY, "3.0"), Err(Refusal::NotHere("3.0".into())));
        for text in ["", "2", "2.", ".1", "2.01", "2.1.1", "two", "2.-1", "2.1000000000000"] {
            assert!(matches!(asked(LEGACY, text), Err(Refusal::Malformed(_))), "{text}");
        }
    }
}
