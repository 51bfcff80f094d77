//! A bus of its own for each test: a virtual host on the broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use nova_core::Env;
use nova_rpc::Transport;
use nova_rpc::testing::conformance::Bench;
use nova_rpc::transport::TransportUrl;
use nova_rpc::transport::rabbit::{RabbitOptions, RabbitTransport};

use crate::api::Api;
use crate::skip::{Missing, variable};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// One test's bus. Its virtual host goes when it is dropped.
#[derive(Debug)]
pub struct Rabbit {
    /// The broker's HTTP API.
    pub api: Api,
    /// The name of the virtual host.
    pub virtual_host: String,
    /// The environment of the test.
    pub env: Env,
    base: String,
    options: String,
}

impl Rabbit {
    /// A bus on the broker that `tests/run` started; `None`, having said so, if there is none.
    ///
    /// # Panics
    /// If the broker refuses, or with `NOVA_TEST_STRICT=1` if there is none.
    pub fn find() -> Option<Self> {
        let what = "RabbitMQ";
        let url = variable(Missing { variable: "NOVA_TEST_RABBIT_URL", what })?;
        let api = variable(Missing { variable: "NOVA_TEST_RABBIT_API", what })?;
        Some(Self::on(&url, Api::at(api)))
    }

    /// A bus on the broker at `url`.
    ///
    /// # Panics
    /// If the broker refuses.
    pub fn on(url: &str, api: Api) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let virtual_host = format!("test-{}-{number}", std::process::id());
        api.make_virtual_host(&virtual_host);
        let base = url.trim_end_matches('/').to_owned();
        Self { api, virtual_host, env: Env::system(), base, options: String::new() }
    }

    /// The same with options of `[oslo_messaging_rabbit]`, as in the query of a URL: `a=1&b=2`. Python peers get them, too.
    pub fn with_options(mut self, options: &str) -> Self {
        self.options = format!("?{options}");
        self
    }

    /// The transport URL.
    pub fn url(&self) -> String {
        format!("{}/{}{}", self.base, self.virtual_host, self.options)
    }

    /// The transport URL, parsed.
    ///
    /// # Panics
    /// Never, for a URL of `tests/run`.
    pub fn parsed_url(&self) -> TransportUrl {
        self.url().parse().expect("a transport URL")
    }

    /// A connection, as each process has one.
    ///
    /// # Panics
    /// If the broker refuses.
    pub async fn connect(&self) -> Arc<RabbitTransport> {
        RabbitTransport::connect(&self.env, &self.parsed_url()).await.expect("the broker takes a connection")
    }

    /// A connection with options changed by `change`.
    ///
    /// # Panics
    /// If the broker refuses.
    pub async fn connect_with(&self, change: impl FnOnce(&mut RabbitOptions)) -> Arc<RabbitTransport> {
        let mut options = RabbitOptions::from_url(&self.parsed_url()).expect("options of a test");
        change(&mut options);
        let (url, codec) = (self.parsed_url(), nova_rpc::codec::Oslo::new(&self.env));
        let connected = RabbitTransport::connect_with(&self.env, &url, options, codec);
        connected.await.expect("the broker takes a connection")
    }
}

impl Bench for Rabbit {
    fn connect(&self) -> BoxFuture<'_, Arc<dyn Transport>> {
        Box::pin(async { self.connect().await as Arc<dyn Transport> })
    }
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        self.api.remove_virtual_host(&self.virtual_host);
    }
}
