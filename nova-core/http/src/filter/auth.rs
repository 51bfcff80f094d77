//! `auth`: who is asking, by an [`Authenticator`] of the program's choosing.
//!
//! The filter puts the context into the request; handlers take it with [`Cx`].

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use nova_core::context::RequestContextBuilder;
use nova_core::{Fault, RequestContext};

use super::Filter;
use super::request_id::RequestId;
use super::timeout::Deadline;
use crate::Cx;
use crate::fault::fault_response;

/// A request that nobody has vouched for yet.
#[derive(Clone, Copy, Debug)]
pub struct Unauthenticated<'a> {
    headers: &'a HeaderMap,
    request_id: Option<&'a RequestId>,
    remote: Option<SocketAddr>,
    deadline: Option<Deadline>,
}

impl<'a> Unauthenticated<'a> {
    /// Its headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// The address it came from: that of a proxy, if there is one.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// The start of its context: ids, address and deadline, no identity.
    pub fn context(&self) -> RequestContextBuilder {
        let mut builder = RequestContext::builder();
        if let Some(id) = self.request_id {
            builder = builder.request_id(id.id());
            builder = id.global().into_iter().fold(builder, RequestContextBuilder::global_request_id);
        }
        if let Some(remote) = self.remote {
            builder = builder.remote_address(remote.ip().to_string());
        }
        match self.deadline {
            Some(Deadline(deadline)) => builder.deadline(deadline),
            None => builder,
        }
    }
}

/// Finds out who sends a request: by a Keystone token, by a certificate, by a file of development users.
///
/// Called once per request, from many tasks at once. It may be dropped while it runs, when the client goes away.
///
/// # Example
/// ```
/// use nova_core::{Env, Fault, RequestContext};
/// use nova_http::{Authenticator, Unauthenticated};
///
/// struct EveryoneIsAlice(Env);
///
/// #[async_trait::async_trait]
/// impl Authenticator for EveryoneIsAlice {
///     async fn authenticate(&self, request: Unauthenticated<'_>) -> Result<RequestContext, Fault> {
///         Ok(request.context().user("alice").project("p1").role("member").build(&self.0))
///     }
/// }
/// ```
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The context of the request. Start it from [`Unauthenticated::context`].
    ///
    /// # Errors
    /// The fault to answer with, usually of code 401; 503 if the identity service cannot be reached.
    async fn authenticate(&self, request: Unauthenticated<'_>) -> Result<RequestContext, Fault>;

    /// What a 401 says in `www-authenticate` about where to get credentials.
    fn challenge(&self) -> Option<HeaderValue> {
        None
    }
}

/// Makes the filter. Whatever it wraps is reached only with a context.
pub fn filter(authenticator: Arc<dyn Authenticator>) -> Filter {
    Filter::new(from_fn_with_state(authenticator, authenticate))
}

async fn authenticate(
    State(authenticator): State<Arc<dyn Authenticator>>,
    mut request: Request,
    next: Next,
) -> Response {
    match authenticator.authenticate(unauthenticated(&request)).await {
        Ok(cx) => {
            request.extensions_mut().insert(Cx(cx));
            next.run(request).await
        }
        Err(fault) => refuse(&fault, authenticator.challenge()),
    }
}

fn unauthenticated(request: &Request) -> Unauthenticated<'_> {
    let extensions = request.extensions();
    Unauthenticated {
        headers: request.headers(),
        request_id: extensions.get(),
        remote: extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(remote)| *remote),
        deadline: extensions.get().copied(),
    }
}

fn refuse(fault: &Fault, challenge: Option<HeaderValue>) -> Response {
    let mut response = fault_response(fault);
    if let (401, Some(challenge)) = (response.status().as_u16(), challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
