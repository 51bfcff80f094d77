//! Making a service.

use std::convert::Infallible;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use nova_core::Env;
use tower::{Service, ServiceExt};

use super::HttpService;
use super::listen::Source;
use super::serve::{Limits, Server};
use crate::App;
use crate::filter::{FilterRegistry, FilterSettings, Pipeline, STANDARD};
use crate::options::HttpOptions;

/// Builds an [`HttpService`].
pub struct HttpServiceBuilder {
    env: Env,
    name: Arc<str>,
    address: SocketAddr,
    non_loopback: bool,
    listener: Option<TcpListener>,
    app: App,
    filters: Option<Pipeline>,
    limits: Limits,
}

impl HttpServiceBuilder {
    pub(super) fn new(env: &Env, name: Arc<str>) -> Self {
        Self {
            env: env.clone(),
            name,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            non_loopback: false,
            listener: None,
            app: app_of(Router::new()),
            filters: None,
            limits: Limits::default(),
        }
    }

    /// Listens on this address; port 0 is any free one. `127.0.0.1:0` if not given.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Permits an address that other machines can reach. What passes there is not encrypted.
    pub fn allow_non_loopback(mut self) -> Self {
        self.non_loopback = true;
        self
    }

    /// Listens on this socket instead: from systemd, or shared with other workers by `try_clone`.
    ///
    /// Its address is what whoever opened it decided: any will do.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// The routes.
    pub fn router(self, router: Router) -> Self {
        self.app(router)
    }

    /// Anything else that answers requests: another tower service, an [`App`] that has filters of its own.
    pub fn app<S>(mut self, app: S) -> Self
    where
        S: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse + 'static,
        S::Future: Send + 'static,
    {
        self.app = app_of(app);
        self
    }

    /// The filters around it, in place of [those every service should have](STANDARD).
    pub fn filters(mut self, filters: Pipeline) -> Self {
        self.filters = Some(filters);
        self
    }

    /// The timeouts and the number of connections that the operator wants.
    pub fn options(self, options: &HttpOptions) -> Self {
        self.head_timeout(options.head_timeout)
            .body_timeout(options.body_timeout)
            .max_connections(options.max_connections)
    }

    /// How long a client may take for the head of a request, and stay idle before the next one. 10 s.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.limits.head_timeout = timeout;
        self
    }

    /// How long a client may take for the body of a request. 60 s.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.limits.body_timeout = timeout;
        self
    }

    /// How many connections may be open; more wait in the kernel's queue. 1024, and at least one.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.connections = connections.max(1);
        self
    }

    /// Ends each connection after one request.
    pub fn without_keep_alive(mut self) -> Self {
        self.limits.keep_alive = false;
        self
    }

    /// The service, not started yet.
    pub fn build(self) -> HttpService {
        let filters = self.filters.unwrap_or_else(|| standard(&self.env));
        let app = filters.wrap(self.app);
        let source = match self.listener {
            Some(listener) => Source::Given(listener),
            None if self.non_loopback => Source::Anywhere(self.address),
            None => Source::Loopback(self.address),
        };
        HttpService {
            server: Server::new(&self.env, Arc::clone(&self.name), app, self.limits),
            name: self.name,
            env: self.env,
            source: Mutex::new(Some(source)),
            local_addr: OnceLock::new(),
        }
    }
}

fn app_of<S>(app: S) -> App
where
    S: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: IntoResponse + 'static,
    S::Future: Send + 'static,
{
    App::new(app.map_response(IntoResponse::into_response))
}

fn standard(env: &Env) -> Pipeline {
    let registry = FilterRegistry::standard(env, &FilterSettings::default());
    Pipeline::from_names(&registry, STANDARD).expect("the standard names are registered")
}

impl fmt::Debug for HttpServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServiceBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
