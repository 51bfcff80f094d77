//! The service: listens, answers, drains.

mod builder;
mod connection;
mod in_flight;
mod listen;
mod serve;
mod socket;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use nova_core::service::{Report, Section, Service};
use nova_core::{BoxError, Env};

pub use self::builder::HttpServiceBuilder;
pub use self::in_flight::RequestInfo;
pub(crate) use self::in_flight::{Tracked, short_path};
pub use self::listen::ListenError;

use self::listen::Source;
use self::serve::Server;

/// A REST service: a router behind filters on a socket, for a [`Launcher`](nova_core::launcher::Launcher).
///
/// * It starts by listening; a stop closes the socket, finishes the requests in flight within the grace, then cuts.
///   Idle connections end at once.
/// * Every connection is a task of the [`Env`], named by service and peer. When the environment stops, so does it.
/// * Slow clients cost little: request heads, bodies and connections have limits that the
///   [builder](HttpServiceBuilder) sets.
/// * It speaks HTTP/1.1 (and 1.0), without TLS: put a proxy in front, or serve loopback.
/// * Counted, by service: `http_requests_total` (with method and status), `http_request_duration_seconds`,
///   `http_connections`.
///
/// When a client goes away, the future of its handler is dropped at its next await. Work that has to be finished
/// belongs into a task of its own.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use axum::{Router, routing::get};
/// use nova_core::{Env, service::Service};
/// use nova_http::HttpService;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let service = HttpService::builder(&Env::system(), "hello-api")
///     .router(Router::new().route("/", get(async || "hello")))
///     .build();
/// service.start().await?;
/// println!("listening on {}", service.local_addr().expect("started"));
/// service.stop(Duration::from_secs(5)).await;
/// # Ok::<(), nova_core::BoxError>(())
/// # }).unwrap();
/// ```
#[doc(alias = "WSGIService")]
pub struct HttpService {
    name: Arc<str>,
    env: Env,
    source: Mutex<Option<Source>>,
    local_addr: OnceLock<SocketAddr>,
    server: Server,
}

/// How much a service is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections that are open, idle ones too.
    pub connections: usize,
    /// Requests whose answer has not been sent yet.
    pub in_flight: usize,
    /// Requests that are over.
    pub finished: u64,
}

impl HttpService {
    /// Starts a service called `name`, on a free loopback port unless told otherwise.
    pub fn builder(env: &Env, name: impl Into<Arc<str>>) -> HttpServiceBuilder {
        HttpServiceBuilder::new(env, name.into())
    }

    /// The address it listens on; `None` before the start.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local_addr.get().copied()
    }

    /// How much it is doing.
    pub fn counts(&self) -> Counts {
        self.server.counts()
    }

    /// The requests in flight, oldest first.
    pub fn requests(&self) -> Vec<RequestInfo> {
        self.server.requests()
    }

    fn source(&self) -> MutexGuard<'_, Option<Source>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Service for HttpService {
    fn name(&self) -> &str {
        &self.name
    }

    async fn start(&self) -> Result<(), BoxError> {
        let source = self.source().take().ok_or(ListenError::AlreadyStarted)?;
        let (listener, address) = source.open()?;
        self.local_addr.get_or_init(|| address);
        tracing::info!(service = &*self.name, %address, "listening");
        self.env.spawn(format!("{} on {address}", self.name), self.server.clone().accept(listener));
        Ok(())
    }

    async fn stop(&self, grace: Duration) {
        let never_started = self.source().take().is_some();
        if never_started {
            self.server.end();
        }
        self.server.drain(grace).await;
    }

    async fn wait(&self) {
        self.server.ended().await;
    }

    fn report(&self) -> Report {
        let Counts { connections, in_flight, finished } = self.counts();
        let address =
            self.local_addr().map_or_else(|| "not listening".to_owned(), |address| address.to_string());
        let state = [
            format!("address: {address}"),
            format!("connections: {connections}"),
            format!("requests in flight: {in_flight}"),
            format!("requests finished: {finished}"),
        ];
        let requests = self.requests().into_iter().map(|request| request.to_string());
        Report::new(self.name())
            .with(Section::new("http", state))
            .with(Section::new("requests in flight", requests))
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService")
            .field("name", &self.name)
            .field("local_addr", &self.local_addr())
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
