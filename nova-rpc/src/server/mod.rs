//! The serving side: from a topic to the methods of its contracts.

mod component;
mod core;
mod in_flight;
mod incoming;
mod monitor;
mod router;
mod seen;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nova_core::env::TaskHandle;
use nova_core::{BoxError, Env};
use tokio_util::sync::CancellationToken;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use crate::base::{BaseApiDispatcher, BaseService};
use crate::transport::{SharedTransport, Transport, TransportError};
use crate::{Encoded, Target};

pub use self::component::RpcServiceExt;
pub use self::in_flight::InFlight;
pub use self::incoming::{Endpoint, Incoming, no_such_method};

use self::core::Core;
use self::in_flight::Flights;

/// How many requests a server works on at a time unless it is told otherwise.
const MAX_IN_FLIGHT: usize = 256;
/// How many messages a server remembers to tell duplicates.
const DUPLICATES_REMEMBERED: usize = 4096;

/// Serves contracts on a topic.
///
/// One server per topic and process: it listens on the topic, on its own address and to fanouts, and finds the endpoint
/// by namespace and version, in the order they were added. Every server also answers the base contract
/// ([`BaseApiClient`](crate::base::BaseApiClient)).
///
/// A request has passed, when its method begins: capacity, the codec, the lookup of its method, the table of
/// duplicates, its deadline (one that has passed is refused, one that passes later is for the method to observe: a
/// method is never cut off half-way) and the server's layers. A panic becomes a fault.
///
/// Duplicates (same message id) of methods that are not `idempotent` are dropped and counted. An idempotent method runs
/// again, so that a caller that sent twice is answered.
///
/// As a [`Component`](nova_core::service::Component) it is started and stopped by a managed service; see
/// [`RpcServiceExt`]. On its own, [`listen`](Self::listen), [`drain`](Self::drain) and [`stop`](Self::stop) do that.
///
/// # Example
/// See [the crate](crate).
#[doc(alias = "oslo_messaging.get_rpc_server")]
pub struct Server {
    settings: Settings,
    name: String,
    drains_last: bool,
    flights: Arc<Flights>,
    running: Mutex<Option<Running>>,
}

#[derive(Clone)]
struct Settings {
    transport: Arc<dyn Transport>,
    topic: Cow<'static, str>,
    endpoints: Vec<Arc<dyn Endpoint>>,
    stack: Stack,
    max_in_flight: usize,
    when_full: WhenFull,
    duplicates_remembered: usize,
}

/// The layers around methods. Without any, nothing is boxed.
#[derive(Clone)]
enum Stack {
    Bare,
    Layered(BoxCloneSyncService<Incoming, Encoded, BoxError>),
}

struct Running {
    stop: CancellationToken,
    abort: CancellationToken,
    receiver: Option<TaskHandle<()>>,
}

/// What a server does with requests that come while it works on as many as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It leaves them on the bus, for another server or for later.
    Wait,
    /// It refuses calls at once with [`ServerOverloaded`](crate::fault::ServerOverloaded). Casts wait: nobody would
    /// hear the refusal.
    Shed,
}

/// Why a server does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// It listens already, or did so before.
    #[error("the server of topic {topic} was started before")]
    StartedBefore {
        /// Its topic.
        topic: String,
    },
    /// The bus refused.
    #[error("cannot listen on {target}")]
    Transport {
        /// Where.
        target: Box<Target>,
        /// Why.
        source: TransportError,
    },
}

impl Server {
    /// A server of `topic` with nothing but the base contract.
    pub fn new(transport: &impl SharedTransport, topic: impl Into<Cow<'static, str>>) -> Self {
        let topic = topic.into();
        let settings = Settings {
            transport: transport.share(),
            endpoints: vec![Arc::new(BaseApiDispatcher::new(Arc::new(BaseService::new(topic.clone()))))],
            stack: Stack::Bare,
            max_in_flight: MAX_IN_FLIGHT,
            when_full: WhenFull::Wait,
            duplicates_remembered: DUPLICATES_REMEMBERED,
            topic,
        };
        Self {
            name: format!("rpc {}", settings.topic),
            settings,
            drains_last: false,
            flights: Arc::default(),
            running: Mutex::default(),
        }
    }

    /// Serves one more contract.
    pub fn endpoint(mut self, endpoint: impl Endpoint) -> Self {
        self.settings.endpoints.push(Arc::new(endpoint));
        self
    }

    /// Puts `layer` around every method: the last one added is the outermost.
    ///
    /// Any tower layer fits whose errors can be boxed; an error that is a [`Fault`](nova_core::Fault) reaches the caller
    /// as it is, others as an internal fault.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<BoxCloneSyncService<Incoming, Encoded, BoxError>>,
        L::Service: Service<Incoming, Response = Encoded> + Clone + Send + Sync + 'static,
        <L::Service as Service<Incoming>>::Error: Into<BoxError>,
        <L::Service as Service<Incoming>>::Future: Send + 'static,
    {
        let inner = match self.settings.stack {
            Stack::Bare => BoxCloneSyncService::new(Methods),
            Stack::Layered(inner) => inner,
        };
        self.settings.stack =
            Stack::Layered(BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)));
        self
    }

    /// Works on at most `limit` requests at a time, at least one. 256 and [`WhenFull::Wait`] if not given.
    #[doc(alias = "executor_thread_pool_size")]
    pub fn max_in_flight(mut self, limit: usize, when_full: WhenFull) -> Self {
        self.settings.max_in_flight = limit.max(1);
        self.settings.when_full = when_full;
        self
    }

    /// Remembers the last `count` messages to tell duplicates. 4096 if not given.
    pub fn duplicates_remembered(mut self, count: usize) -> Self {
        self.settings.duplicates_remembered = count;
        self
    }

    /// Goes on serving while the other parts of a managed service drain (Nova's second, draining topic).
    pub fn draining_last(mut self) -> Self {
        self.drains_last = true;
        self
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.settings.topic
    }

    /// The requests in work, oldest first.
    pub fn in_flight(&self) -> Vec<InFlight> {
        self.flights.list()
    }

    /// Begins to serve as `server`. Messages sent after it returns are heard.
    ///
    /// # Errors
    /// See [`ListenError`].
    pub async fn listen(&self, server: &str) -> Result<(), ListenError> {
        self.listen_in(&self.settings.transport.env().clone(), server).await
    }

    async fn listen_in(&self, env: &Env, server: &str) -> Result<(), ListenError> {
        let (stop, abort) = self.begin()?;
        let target = Target::new(self.settings.topic.clone()).on(server);
        let listener = match self.settings.transport.listen(&target).await {
            Ok(listener) => listener,
            Err(source) => {
                *self.running() = None;
                return Err(ListenError::Transport { target: Box::new(target), source });
            }
        };
        let flights = Arc::clone(&self.flights);
        let core = Arc::new(Core::new(self.settings.clone(), env.clone(), target, flights, abort));
        let receiver = env.spawn(&*self.name, core.receive(listener, stop));
        if let Some(running) = &mut *self.running() {
            running.receiver = Some(receiver);
        }
        Ok(())
    }

    fn begin(&self) -> Result<(CancellationToken, CancellationToken), ListenError> {
        let mut running = self.running();
        if running.is_some() {
            return Err(ListenError::StartedBefore { topic: self.settings.topic.clone().into_owned() });
        }
        let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
        *running = Some(Running { stop: stop.clone(), abort: abort.clone(), receiver: None });
        Ok((stop, abort))
    }

    /// Takes no more messages and waits, at most `grace`, for those in work; gives back what is still in work then.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the server taking nothing more.
    pub async fn drain(&self, grace: Duration) -> Vec<InFlight> {
        self.stop_taking().await;
        let _ = tokio::time::timeout(grace, self.flights.all_landed()).await;
        self.in_flight()
    }

    /// Ends at once what is still in work: messages that are acknowledged after the method go back to the bus, callers
    /// of the others are told. Harmless twice, and on a server that does not listen.
    pub async fn stop(&self) {
        self.stop_taking().await;
        if let Some(running) = &*self.running() {
            running.abort.cancel();
        }
        self.flights.all_landed().await;
    }

    async fn stop_taking(&self) {
        let receiver = self.running().as_mut().and_then(|running| {
            running.stop.cancel();
            running.receiver.take()
        });
        if let Some(receiver) = receiver
            && let Err(error) = receiver.await
        {
            tracing::error!(server = self.name, %error, "the receiving task ended badly");
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contracts: Vec<_> =
            self.settings.endpoints.iter().map(|endpoint| endpoint.interface().name).collect();
        f.debug_struct("Server")
            .field("topic", &self.settings.topic)
            .field("contracts", &contracts)
            .finish_non_exhaustive()
    }
}

/// The innermost service of a server's layers.
#[derive(Clone)]
struct Methods;

impl Service<Incoming> for Methods {
    type Response = Encoded;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Encoded, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, incoming: Incoming) -> Self::Future {
        Box::pin(async move { incoming.run().await.map_err(Into::into) })
    }
}
