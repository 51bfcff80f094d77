//! The handle that callers hold.

use std::fmt;
use std::sync::Arc;

use nova_core::Fault;
use nova_rpc::Client;

use super::registry::Registry;
use super::remote::Remote;
use super::spec::Remotable;

/// Where actions on objects run: in stores of this process, or at a conductor.
///
/// Callers hold one and pass it to every action; objects never hold one. Cheap to clone. The same line works either
/// way: `Service::get_by_host_and_binary(cx, &objects, host, binary).await?`.
///
/// # Example
/// See [the crate](crate#local-and-remote).
#[derive(Clone)]
pub struct Objects(Backend);

#[derive(Clone)]
enum Backend {
    Local(Arc<Registry>),
    Remote(Arc<Remote>),
}

/// The way one action takes.
#[doc(hidden)]
pub enum Route<'a, O: Remotable> {
    Local(&'a O::Actions),
    Remote(&'a Remote),
}

impl Objects {
    /// Actions run here, in the stores of `registry`.
    pub fn local(registry: Registry) -> Self {
        Self(Backend::Local(Arc::new(registry)))
    }

    /// Actions run at any conductor that `client` reaches (Nova's `indirection_api`).
    #[doc(alias = "indirection_api")]
    pub fn remote(client: &Client) -> Self {
        Self(Backend::Remote(Arc::new(Remote::new(client))))
    }

    /// The registry, when actions run here: what an [`ObjectEndpoint`](super::ObjectEndpoint) serves.
    pub fn registry(&self) -> Option<&Registry> {
        match &self.0 {
            Backend::Local(registry) => Some(registry),
            Backend::Remote(_) => None,
        }
    }

    /// Whether actions run in this process.
    pub fn is_local(&self) -> bool {
        matches!(self.0, Backend::Local(_))
    }

    #[doc(hidden)]
    pub fn route<O: Remotable>(&self) -> Result<Route<'_, O>, Fault> {
        match &self.0 {
            Backend::Local(registry) => registry.actions::<O>().map(Route::Local),
            Backend::Remote(remote) => Ok(Route::Remote(remote)),
        }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Backend::Local(registry) => f.debug_tuple("Local").field(registry).finish(),
            Backend::Remote(_) => f.write_str("Remote"),
        }
    }
}
