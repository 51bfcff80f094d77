//! Who may do what.
//!
//! Each operation of the software API asks a [`Policy`] about its [`Permission`], which has Nova's name and Nova's default.
//! [`RulePolicy::nova`] is what is asked if nobody says otherwise; an embedder replaces one rule of it, adds some for
//! operations of their own, or puts another `Policy` in its place. What has no rule is refused.
//!
//! Of a server that belongs to somebody else it is never asked: that one is [not found](crate::ApiError::NotFound), whatever the
//! rules say, unless an administrator asks.
//!
//! # Example: members may not delete what others of their project made
//! ```
//! use nova_compute_api::policy::{Allow, Permission, RulePolicy, Target};
//! use nova_core::RequestContext;
//!
//! let policy = RulePolicy::nova()
//!     .with(Permission::DeleteServer.name(), |cx: &RequestContext, target: &Target| {
//!         cx.is_admin() || (Allow::ProjectMemberOrAdmin.allows(cx, target) && cx.user_id() == target.user.as_deref())
//!     })
//!     .with("os_compute_api:servers:start", Allow::Nobody);
//! // LocalComputeApi::builder(…).policy(Arc::new(policy))
//! # let env = nova_core::Env::builder().seed(1).build();
//! # let cx = RequestContext::builder().user("u1").project("p1").role("member").build(&env);
//! # let of = |user: &str| Target { project: Some("p1".into()), user: Some(user.into()), ..Target::default() };
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # use nova_compute_api::policy::Policy;
//! # let delete = Permission::DeleteServer.name();
//! assert!(policy.allows(&cx, delete, &of("u1")).await?);
//! assert!(!policy.allows(&cx, delete, &of("u2")).await?);
//! # Ok::<(), nova_core::Fault>(())
//! # }).unwrap();
//! ```

mod permission;
mod rule;
mod rules;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use uuid::Uuid;

pub use self::permission::Permission;
pub use self::rule::{Allow, Rule};
pub use self::rules::RulePolicy;

use crate::ApiError;

/// Says who may do what.
///
/// Asked for each request, concurrently, before anything is written and outside of any transaction; of a list it is asked
/// once, not for each server.
#[doc(alias = "nova.policy.authorize")]
#[async_trait]
pub trait Policy: Send + Sync + 'static {
    /// Whether `cx` may do to `target` what the rule of that name guards. A name it does not know it refuses.
    ///
    /// # Errors
    /// It cannot be known now: the request fails, and nothing is done.
    ///
    /// # Cancel safety
    /// Dropping the future must change nothing.
    async fn allows(&self, cx: &RequestContext, rule: &str, target: &Target) -> Result<bool, Fault>;
}

impl dyn Policy {
    /// Refuses what is not allowed, naming the rule.
    ///
    /// For operations of an embedder's own, under rules of their own.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`]; [`ApiError::Failed`] if it cannot be known now.
    pub async fn enforce(&self, cx: &RequestContext, rule: &str, target: &Target) -> Result<(), ApiError> {
        match self.allows(cx, rule, target).await? {
            true => Ok(()),
            false => Err(ApiError::Forbidden { rule: rule.to_owned() }),
        }
    }
}

/// What something is to be done to: what is not known, or does not apply, is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The project it belongs to, or will.
    pub project: Option<String>,
    /// Whose it is, or will be.
    pub user: Option<String>,
    /// The server, if it is one that is there.
    pub server: Option<Uuid>,
}

impl Target {
    /// Something new, or everything, in the caller's project.
    pub fn own(cx: &RequestContext) -> Self {
        Self {
            project: cx.project_id().map(str::to_owned),
            user: cx.user_id().map(str::to_owned),
            server: None,
        }
    }
}
