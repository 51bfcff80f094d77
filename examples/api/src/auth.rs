//! Who asks, by the token in `x-auth-token`.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderValue;
use nova_core::{Env, Fault, RequestContext};
use nova_http::{Authenticator, Unauthenticated};
use nova_neighbours::identity::{Identity, Unauthorized};

/// Asks an [`Identity`] about the token of each request.
#[derive(Clone)]
pub struct TokenAuthenticator {
    env: Env,
    identity: Arc<dyn Identity>,
}

impl TokenAuthenticator {
    /// Asks `identity`.
    pub fn new(env: &Env, identity: Arc<dyn Identity>) -> Self {
        Self { env: env.clone(), identity }
    }
}

#[async_trait]
impl Authenticator for TokenAuthenticator {
    async fn authenticate(&self, request: Unauthenticated<'_>) -> Result<RequestContext, Fault> {
        let token = request.headers().get("x-auth-token").and_then(|token| token.to_str().ok());
        let token = token.filter(|token| !token.is_empty()).ok_or(Unauthorized {})?;
        let base = request.context().build(&self.env);
        let mut person = self.identity.validate(token).await?.auth_token(token).request_id(base.request_id());
        if let Some(global) = base.global_request_id() {
            person = person.global_request_id(global);
        }
        if let Some(remote) = base.remote_address() {
            person = person.remote_address(remote);
        }
        if let Some(deadline) = base.deadline() {
            person = person.deadline(deadline);
        }
        Ok(person.build(&self.env))
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("Keystone"))
    }
}

impl fmt::Debug for TokenAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuthenticator").finish_non_exhaustive()
    }
}
