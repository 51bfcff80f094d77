//! The calling side: what the generated clients are made of.

mod caller;
mod caps;
mod error;
mod send;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nova_core::{BoxError, RequestContext};
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use crate::interface::{Interface, MethodSpec, Timeout};
use crate::transport::{SharedTransport, Transport};
use crate::{Encoded, Target, Version};

pub use self::caller::{Caller, Fit};
pub use self::caps::{Pins, VersionCaps};
pub use self::error::{CallError, Outcome};

use self::send::Sender;

/// How long a call waits unless it says otherwise (Nova's `rpc_response_timeout`).
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a call declared `timeout = long` waits (Nova's `long_rpc_timeout`).
pub const LONG_TIMEOUT: Duration = Duration::from_secs(1800);

/// One process's way to call others: a transport with timeouts, version caps and layers.
///
/// Contracts' clients are made from it: `SchedulerApiClient::new(&client)`. Cheap to clone.
///
/// # Example
/// ```
/// # async fn example(transport: std::sync::Arc<dyn nova_rpc::Transport>) {
/// use std::time::Duration;
/// use nova_rpc::{Client, Pins, Version};
///
/// let client = Client::new(&transport)
///     .response_timeout(Duration::from_secs(20))
///     .with_caps(Pins::default().pin("compute", Version::new(6, 1)));
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    response_timeout: Duration,
    long_timeout: Duration,
    caps: Option<Arc<dyn VersionCaps>>,
    stack: Stack,
}

/// The layers around sending. Without any, nothing is boxed.
#[derive(Clone)]
enum Stack {
    Bare,
    Layered(BoxCloneSyncService<Outgoing, Encoded, BoxError>),
}

/// A request on its way out, as a client's layers see it. Its arguments are encoded and not looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// On whose behalf.
    pub cx: RequestContext,
    /// What is asked.
    pub method: &'static MethodSpec,
    /// Of whom.
    pub target: Target,
    /// The lowest contract version that covers what is sent.
    pub version: Version,
    /// Names the message; a layer that sends it again leaves it as it is, so that the server can tell.
    pub unique_id: String,
    /// When the caller gives up.
    pub deadline: Instant,
    /// How long the caller waits without a sign of life from the server; it asks for one twice in that time. None if it
    /// waits in silence.
    pub monitor: Option<Duration>,
    /// The arguments, by name.
    pub args: Encoded,
}

impl Client {
    /// A client over `transport` with Nova's default timeouts.
    pub fn new(transport: &impl SharedTransport) -> Self {
        Self {
            transport: transport.share(),
            response_timeout: RESPONSE_TIMEOUT,
            long_timeout: LONG_TIMEOUT,
            caps: None,
            stack: Stack::Bare,
        }
    }

    /// How long calls wait unless they say otherwise.
    #[doc(alias = "rpc_response_timeout")]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How long calls declared `timeout = long` wait, if the server says once per [`response_timeout`] that it works on
    /// them. A server that is gone is noticed as soon as for any other call.
    ///
    /// [`response_timeout`]: Self::response_timeout
    #[doc(alias = "long_rpc_timeout")]
    pub fn long_timeout(mut self, timeout: Duration) -> Self {
        self.long_timeout = timeout;
        self
    }

    /// Asks `caps`, at every call, how new a message may be.
    pub fn with_caps(mut self, caps: impl VersionCaps) -> Self {
        self.caps = Some(Arc::new(caps));
        self
    }

    /// Puts `layer` around every message sent: the last one added is the outermost.
    ///
    /// Any tower layer fits whose errors can be boxed. A cast's response is the null value, given once it is sent.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<BoxCloneSyncService<Outgoing, Encoded, BoxError>>,
        L::Service: Service<Outgoing, Response = Encoded> + Clone + Send + Sync + 'static,
        <L::Service as Service<Outgoing>>::Error: Into<BoxError>,
        <L::Service as Service<Outgoing>>::Future: Send + 'static,
    {
        let inner = match self.stack {
            Stack::Bare => BoxCloneSyncService::new(Sender::new(&self.transport)),
            Stack::Layered(inner) => inner,
        };
        self.stack = Stack::Layered(BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)));
        self
    }

    /// The transport in use.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    fn timeout(&self, class: Timeout) -> Duration {
        match class {
            Timeout::Default => self.response_timeout,
            Timeout::Long => self.long_timeout,
        }
    }

    /// How long a call of this class waits in silence. Nova's `call_monitor_timeout` is its response timeout, too.
    fn monitor(&self, class: Timeout) -> Option<Duration> {
        match class {
            Timeout::Default => None,
            Timeout::Long => Some(self.response_timeout),
        }
    }

    fn cap(&self, interface: &'static Interface, topic: &str) -> Option<Version> {
        self.caps.as_ref()?.cap(interface, topic)
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Encoded, CallError> {
        match &self.stack {
            Stack::Bare => send::send(&*self.transport, outgoing).await,
            Stack::Layered(stack) => {
                let (method, target) = (outgoing.method.name, outgoing.target.clone());
                let sent = stack.clone().oneshot(outgoing).await;
                sent.map_err(|error| from_layers(error, target, method))
            }
        }
    }
}

/// The client's own error as it passed through the layers, or what a layer made of it.
fn from_layers(error: BoxError, target: Target, method: &'static str) -> CallError {
    match error.downcast::<CallError>() {
        Ok(own) => *own,
        Err(source) => CallError::Layer { target: Box::new(target), method, source },
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("response_timeout", &self.response_timeout)
            .field("long_timeout", &self.long_timeout)
            .finish_non_exhaustive()
    }
}
