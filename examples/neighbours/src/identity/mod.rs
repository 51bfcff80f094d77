//! Identity: who is behind a token.

pub mod conformance;

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::context::RequestContextBuilder;
use nova_core::{Fault, RequestContext};

nova_core::faults! {
    module "nova.exception";
    /// The token is not valid.
    Unauthorized(401, safe, "The request you have made requires authentication.") {}
}

/// Where tokens are validated.
#[async_trait]
pub trait Identity: Send + Sync + 'static {
    /// The beginnings of a request context for who holds `token`: user, project, names, roles, administrator.
    ///
    /// # Errors
    /// [`Unauthorized`] for a token that is unknown, revoked or expired (never saying which); another fault if the
    /// identity service cannot be reached.
    async fn validate(&self, token: &str) -> Result<RequestContextBuilder, Fault>;
}

/// A handful of fixed tokens, for development: no passwords, no expiry.
///
/// # Example
/// ```
/// # use nova_core::Env;
/// # use nova_neighbours::identity::{FixedIdentity, Identity, Person};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let identity = FixedIdentity::default().with("demo-token", Person::member("demo", "demo-project"));
/// let cx = identity.validate("demo-token").await?.build(&Env::system());
/// assert_eq!((cx.user_id(), cx.is_admin()), (Some("demo"), false));
/// # Ok::<(), nova_core::Fault>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct FixedIdentity {
    people: BTreeMap<String, Person>,
}

/// Whose token it is.
#[derive(Clone, Debug)]
pub struct Person {
    user: String,
    project: String,
    roles: Vec<String>,
}

impl Person {
    /// A user of a project, with the roles `member` and `reader`.
    pub fn member(user: impl Into<String>, project: impl Into<String>) -> Self {
        let roles = ["member", "reader"].map(str::to_owned).into();
        Self { user: user.into(), project: project.into(), roles }
    }

    /// An administrator.
    pub fn admin(user: impl Into<String>, project: impl Into<String>) -> Self {
        let mut admin = Self::member(user, project);
        admin.roles.insert(0, "admin".to_owned());
        admin
    }
}

impl FixedIdentity {
    /// One more token.
    pub fn with(mut self, token: impl Into<String>, person: Person) -> Self {
        self.people.insert(token.into(), person);
        self
    }
}

#[async_trait]
impl Identity for FixedIdentity {
    async fn validate(&self, token: &str) -> Result<RequestContextBuilder, Fault> {
        let Person { user, project, roles } = self.people.get(token).ok_or(Unauthorized {})?;
        let builder = RequestContext::builder().user(user).project(project).names(user, project);
        let builder = roles.iter().fold(builder, |builder, role| builder.role(role));
        let is_admin = roles.iter().any(|role| role == "admin");
        Ok(if is_admin { builder.admin() } else { builder })
    }
}

/// Users only: no tokens.
impl std::fmt::Debug for FixedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let users: Vec<_> = self.people.values().map(|person| &person.user).collect();
        f.debug_struct("FixedIdentity").field("users", &users).finish_non_exhaustive()
    }
}
