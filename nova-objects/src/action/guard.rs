//! Who may ask for which action.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};

/// Decides whether a peer may ask for an action, before anything is decoded or run.
///
/// Called by [`ObjectEndpoint`](super::ObjectEndpoint) for every request, concurrently; never for actions asked for in
/// this process. Given to a registry with [`Registry::guarded_by`](super::Registry::guarded_by). It says nothing about
/// *which* object: rules on instances belong into the action.
///
/// # Example
/// ```
/// use nova_core::{Fault, RequestContext};
/// use nova_objects::{ActionGuard, async_trait};
///
/// struct AdminsOnly;
///
/// #[async_trait]
/// impl ActionGuard for AdminsOnly {
///     async fn check(&self, cx: &RequestContext, object: &str, method: &str) -> Result<(), Fault> {
///         match cx.is_admin() {
///             true => Ok(()),
///             false => Err(Fault::new("nova.exception", "Forbidden", format!("{object}.{method} is not for you"))),
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait ActionGuard: Send + Sync + 'static {
    /// Refuses by an error, which the peer gets.
    ///
    /// # Errors
    /// The request is refused.
    async fn check(&self, cx: &RequestContext, object: &str, method: &str) -> Result<(), Fault>;
}
