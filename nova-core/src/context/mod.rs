//! Who asked, on whose behalf, until when: the value every call carries.

mod builder;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::time::Instant;

pub use self::builder::RequestContextBuilder;
pub use self::wire::EntrySink;

use crate::env::Env;
use crate::time::Timestamp;

/// Whether soft-deleted records are seen (Nova's `read_deleted`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadDeleted {
    /// Only live records.
    #[default]
    No,
    /// Live and deleted records.
    Yes,
    /// Only deleted records.
    Only,
}

/// The identity, request ids and deadline of one request.
///
/// A plain value: no database handle, no logger, no client. It is the first parameter of everything that acts for
/// somebody, by the name `cx`. Cloning shares; the `with_*` methods give a changed copy.
///
/// What it says about identity is as trustworthy as the transport it came over.
///
/// # Example
/// ```
/// use nova_core::{Env, RequestContext};
///
/// let env = Env::system();
/// let cx = RequestContext::builder().user("u1").project("p1").role("member").build(&env);
/// assert!(!cx.is_admin());
/// let elevated = cx.elevated();
/// assert!(elevated.is_admin() && elevated.has_role("admin"));
/// assert_eq!(elevated.request_id(), cx.request_id());
/// ```
#[doc(alias = "nova.context.RequestContext")]
#[derive(Clone)]
pub struct RequestContext(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    user_id: Option<String>,
    project_id: Option<String>,
    user_name: Option<String>,
    project_name: Option<String>,
    domain_id: Option<String>,
    user_domain_id: Option<String>,
    project_domain_id: Option<String>,
    system_scope: Option<String>,
    roles: Vec<String>,
    is_admin: bool,
    not_admin_project: bool,
    read_only: bool,
    show_deleted: bool,
    read_deleted: ReadDeleted,
    auth_token: Option<SecretString>,
    request_id: String,
    global_request_id: Option<String>,
    resource_uuid: Option<String>,
    remote_address: Option<String>,
    quota_class: Option<String>,
    timestamp: Option<Timestamp>,
    service_catalog: Vec<Value>,
    unknown: Map<String, Value>,
    deadline: Option<Instant>,
}

impl RequestContext {
    /// Starts an empty context.
    pub fn builder() -> RequestContextBuilder {
        RequestContextBuilder::default()
    }

    /// A service acting for itself: no user, administrator, a new request id.
    #[doc(alias = "get_admin_context")]
    pub fn admin(env: &Env) -> Self {
        Self::builder().admin().build(env)
    }

    /// The same request with administrator rights (Nova's `elevated`).
    pub fn elevated(&self) -> Self {
        self.change(|inner| {
            inner.is_admin = true;
            if !inner.roles.iter().any(|role| role.eq_ignore_ascii_case("admin")) {
                inner.roles.push("admin".to_owned());
            }
        })
    }

    /// The same request seeing deleted records as `read_deleted` says.
    pub fn with_read_deleted(&self, read_deleted: ReadDeleted) -> Self {
        self.change(|inner| inner.read_deleted = read_deleted)
    }

    /// The same request, given up at `deadline`; an earlier deadline it already has is kept.
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        self.change(|inner| {
            inner.deadline = Some(inner.deadline.map_or(deadline, |own| own.min(deadline)));
        })
    }

    /// The same identity and request ids without a deadline: for work that outlives the request that began it.
    pub fn without_deadline(&self) -> Self {
        self.change(|inner| inner.deadline = None)
    }

    /// The same request without the user's token: for anything that is stored.
    pub fn without_token(&self) -> Self {
        self.change(|inner| inner.auth_token = None)
    }

    /// Who asked, as it may be stored: without token, service catalogue, or anything this SDK gives no meaning to, where
    /// a peer may have put a credential of its own.
    pub fn for_storage(&self) -> Self {
        self.change(|inner| {
            inner.auth_token = None;
            inner.deadline = None;
            inner.service_catalog.clear();
            inner.unknown.clear();
        })
    }

    /// The id of the user.
    pub fn user_id(&self) -> Option<&str> {
        self.0.user_id.as_deref()
    }

    /// The id of the project (tenant).
    pub fn project_id(&self) -> Option<&str> {
        self.0.project_id.as_deref()
    }

    /// The name of the user.
    pub fn user_name(&self) -> Option<&str> {
        self.0.user_name.as_deref()
    }

    /// The name of the project.
    pub fn project_name(&self) -> Option<&str> {
        self.0.project_name.as_deref()
    }

    /// The roles of the user in the project.
    pub fn roles(&self) -> &[String] {
        &self.0.roles
    }

    /// Whether the user has the role, whatever its case, as oslo.policy compares.
    pub fn has_role(&self, role: &str) -> bool {
        self.0.roles.iter().any(|own| own.eq_ignore_ascii_case(role))
    }

    /// Whether the request has administrator rights.
    pub fn is_admin(&self) -> bool {
        self.0.is_admin
    }

    /// Which records, by deletion, the request sees.
    pub fn read_deleted(&self) -> ReadDeleted {
        self.0.read_deleted
    }

    /// The user's token. Never stored, logged or put into a fault.
    pub fn auth_token(&self) -> Option<&SecretString> {
        self.0.auth_token.as_ref()
    }

    /// The id of this request, `req-` and a UUID.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The id of the request at the service where it entered the cloud.
    pub fn global_request_id(&self) -> Option<&str> {
        self.0.global_request_id.as_deref()
    }

    /// The address of the user's client.
    pub fn remote_address(&self) -> Option<&str> {
        self.0.remote_address.as_deref()
    }

    /// When the request arrived.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.0.timestamp
    }

    /// A key this SDK gives no meaning to, as a peer sent it.
    pub fn unknown(&self, key: &str) -> Option<&Value> {
        self.0.unknown.get(key)
    }

    /// When the caller stops waiting. Does not travel as such: the RPC layer sends the time that is left.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// The time left until the deadline; zero once it has passed, `None` without one.
    pub fn remaining(&self) -> Option<Duration> {
        self.0.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }
}

/// Ids and flags only: no token, no catalogue.
impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field("request_id", &self.0.request_id)
            .field("user_id", &self.0.user_id)
            .field("project_id", &self.0.project_id)
            .field("is_admin", &self.0.is_admin)
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn env() -> Env {
        Env::builder().seed(1).build()
    }

    #[test]
    fn elevating_adds_the_admin_role_once_and_keeps_the_request() {
        let cx = RequestContext::builder().user("u").role("ADMIN").build(&env());
        assert_eq!(cx.elevated().roles(), ["ADMIN"]);
        assert!(!cx.is_admin());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_only_ever_gets_earlier() {
        let cx = RequestContext::admin(&env());
        let soon = Instant::now() + Duration::from_secs(1);
        let later = soon + Duration::from_secs(10);
        assert_eq!(cx.with_deadline(soon).with_deadline(later).deadline(), Some(soon));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(cx.with_deadline(soon).remaining(), Some(Duration::ZERO));
    }

    #[test]
    fn the_token_is_not_in_the_debug_text_and_can_be_left_behind() {
        let cx = RequestContext::builder().auth_token("s3cret").build(&env());
        assert!(!format!("{cx:?}").contains("s3cret"));
        assert_eq!(cx.auth_token().unwrap().expose_secret(), "s3cret");
        assert!(cx.without_token().auth_token().is_none());
    }

    #[test]
    fn what_is_stored_holds_no_credential_wherever_it_came_in() {
        let cx = RequestContext::builder()
            .user("u")
            .auth_token("s3cret")
            .unknown("other_token", "s3cret")
            .build(&env());
        let stored = serde_json::to_string(&cx.for_storage()).unwrap();
        assert!(!stored.contains("s3cret") && stored.contains("\"user_id\":\"u\""), "{stored}");
    }
}
