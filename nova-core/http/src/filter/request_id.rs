//! `request_id`: every request has a name.
//!
//! The service's own id, `req-` and a UUID, goes into the request's extensions as [`RequestId`] and back in
//! `x-openstack-request-id` and `x-compute-request-id`. An id that the caller sends in `x-openstack-request-id` is
//! kept as the global request id if it has that form, and ignored if not: it goes into logs and messages.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use nova_core::Env;
use uuid::Uuid;

use super::Filter;
use crate::service::Tracked;

const OPENSTACK: HeaderName = HeaderName::from_static("x-openstack-request-id");
const COMPUTE: HeaderName = HeaderName::from_static("x-compute-request-id");

/// The length of a UUID with its hyphens.
const UUID_LENGTH: usize = 36;

/// The names of one request, in its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    own: String,
    global: Option<String>,
}

impl RequestId {
    /// A new id, and the caller's from `headers`.
    pub(crate) fn new(env: &Env, headers: &HeaderMap) -> Self {
        let global = headers.get(&OPENSTACK).and_then(|value| value.to_str().ok());
        Self { own: env.new_request_id(), global: global.filter(|id| is_request_id(id)).map(str::to_owned) }
    }

    /// The id this service gave the request.
    pub fn id(&self) -> &str {
        &self.own
    }

    /// The id of the request where it entered the cloud.
    pub fn global(&self) -> Option<&str> {
        self.global.as_deref()
    }
}

/// Makes the filter.
#[doc(alias = "ComputeReqIdMiddleware")]
pub fn filter(env: &Env) -> Filter {
    Filter::new(from_fn_with_state(env.clone(), name_request))
}

async fn name_request(State(env): State<Env>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(&env, request.headers());
    if let Some(tracked) = request.extensions().get::<Tracked>() {
        tracked.name(id.id());
    }
    let header = HeaderValue::try_from(id.id()).expect("a request id is of hexadecimal digits and hyphens");
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    response.headers_mut().insert(OPENSTACK, header.clone());
    response.headers_mut().insert(COMPUTE, header);
    response
}

fn is_request_id(text: &str) -> bool {
    text.strip_prefix("req-").is_some_and(|id| id.len() == UUID_LENGTH && Uuid::try_parse(id).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_req_and_a_uuid_is_a_request_id() {
        assert!(is_request_id("req-0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a76"));
        let others = [
            "",
            "req-",
            "0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a76",
            "req-0b7a1d9e6b1c4f5e9d3a2f1e0c9b8a76",
            "req-{0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a7}",
            "req-0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a76 admin",
        ];
        for other in others {
            assert!(!is_request_id(other), "{other}");
        }
    }
}
