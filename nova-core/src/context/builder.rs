//! Making a context piece by piece.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use super::{Inner, ReadDeleted, RequestContext};
use crate::env::Env;
use crate::time::Timestamp;

/// Builds a [`RequestContext`].
#[derive(Default)]
pub struct RequestContextBuilder {
    pub(super) inner: Inner,
}

impl RequestContextBuilder {
    /// The id of the user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.inner.user_id = Some(id.into());
        self
    }

    /// The id of the project.
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.inner.project_id = Some(id.into());
        self
    }

    /// The names of user and project, for logs and notifications.
    pub fn names(mut self, user: impl Into<String>, project: impl Into<String>) -> Self {
        self.inner.user_name = Some(user.into());
        self.inner.project_name = Some(project.into());
        self
    }

    /// One more role.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.inner.roles.push(role.into());
        self
    }

    /// Gives administrator rights.
    pub fn admin(mut self) -> Self {
        self.inner.is_admin = true;
        self
    }

    /// Which records, by deletion, the request sees.
    pub fn read_deleted(mut self, read_deleted: ReadDeleted) -> Self {
        self.inner.read_deleted = read_deleted;
        self
    }

    /// The user's token.
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.inner.auth_token = Some(token.into().into());
        self
    }

    /// The id of this request; a new one is made if none is given.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.inner.request_id = id.into();
        self
    }

    /// The id of the request where it entered the cloud.
    pub fn global_request_id(mut self, id: impl Into<String>) -> Self {
        self.inner.global_request_id = Some(id.into());
        self
    }

    /// The address of the user's client.
    pub fn remote_address(mut self, address: impl Into<String>) -> Self {
        self.inner.remote_address = Some(address.into());
        self
    }

    /// When the request arrived; now, if not given.
    pub fn timestamp(mut self, timestamp: Timestamp) -> Self {
        self.inner.timestamp = Some(timestamp);
        self
    }

    /// When the caller stops waiting.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.inner.deadline = Some(deadline);
        self
    }

    /// A key this SDK gives no meaning to; sent on as it is.
    pub fn unknown(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.inner.unknown.insert(key.into(), value.into());
        self
    }

    /// The context, with a new request id and the time now where none was given.
    pub fn build(mut self, env: &Env) -> RequestContext {
        if self.inner.request_id.is_empty() {
            self.inner.request_id = env.new_request_id();
        }
        self.inner.timestamp.get_or_insert_with(|| env.now());
        RequestContext(Arc::new(self.inner))
    }
}

impl fmt::Debug for RequestContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContextBuilder").finish_non_exhaustive()
    }
}
