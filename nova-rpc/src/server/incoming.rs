//! A request as it has arrived, and what answers it.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use nova_core::{Fault, RequestContext};
use serde::Serialize;
use tokio::time::Instant;

use crate::fault::NoSuchMethod;
use crate::interface::{Interface, MethodSpec};
use crate::{Encoded, Target, Version};

/// A contract with an implementation behind it: what a [`Server`](super::Server) serves.
///
/// `#[rpc_interface]` writes one, `<Trait>Dispatcher`; a hand-written one may wrap it.
pub trait Endpoint: Send + Sync + 'static {
    /// The contract. The same value each time.
    fn interface(&self) -> &'static Interface;

    /// Runs `request.method`, which is one of the contract's, and gives its encoded result.
    ///
    /// Called concurrently. The server has checked version and deadline and catches panics. The future is dropped
    /// only when the server is stopped without grace.
    fn dispatch(self: Arc<Self>, request: Incoming) -> BoxFuture<'static, Result<Encoded, Fault>>;
}

/// A request on its way to its method, as a server's layers see it. Its arguments are not decoded yet.
#[derive(Clone)]
#[non_exhaustive]
pub struct Incoming {
    /// On whose behalf, and until when.
    pub cx: RequestContext,
    /// What is asked.
    pub method: &'static MethodSpec,
    /// The version of the message.
    pub version: Version,
    /// The server that was reached.
    pub target: Arc<Target>,
    /// Names the message; a duplicate has the same.
    pub unique_id: Arc<str>,
    /// When the caller gives up; `None` if nobody waits.
    pub deadline: Option<Instant>,
    /// The arguments, by name.
    pub args: Encoded,
    endpoint: Arc<dyn Endpoint>,
}

impl Incoming {
    /// A request for `method` of `endpoint`, of the contract's own version and without a deadline of its own; for tests
    /// of endpoints and layers.
    pub fn new(
        endpoint: Arc<dyn Endpoint>,
        method: &'static MethodSpec,
        cx: RequestContext,
        target: Arc<Target>,
        args: Encoded,
    ) -> Self {
        let version = endpoint.interface().version;
        Self { cx, method, version, target, unique_id: Arc::from(""), deadline: None, args, endpoint }
    }

    /// The contract the method belongs to.
    pub fn interface(&self) -> &'static Interface {
        self.endpoint.interface()
    }

    /// `result` in the format the request came in.
    ///
    /// # Errors
    /// An internal fault if it cannot be encoded.
    pub fn reply<T: Serialize + ?Sized>(&self, result: &T) -> Result<Encoded, Fault> {
        let encoded = self.args.format().encode(result);
        encoded.map_err(|error| Fault::internal(format_args!("the result of {}", self.method.name), &error))
    }

    /// Runs the method: what the innermost service does.
    pub(super) fn run(self) -> BoxFuture<'static, Result<Encoded, Fault>> {
        Arc::clone(&self.endpoint).dispatch(self)
    }
}

/// The answer of a dispatcher whose contract has no such method.
#[doc(hidden)]
pub fn no_such_method(request: Incoming) -> BoxFuture<'static, Result<Encoded, Fault>> {
    Box::pin(std::future::ready(Err(NoSuchMethod::fault(request.method.name))))
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("method", &self.method.name)
            .field("version", &self.version)
            .field("target", &self.target)
            .field("cx", &self.cx)
            .field("args", &self.args)
            .finish_non_exhaustive()
    }
}
