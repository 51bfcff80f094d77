//! The contract that the claims are tried with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nova_core::fault::ValueError;
use nova_core::{Fault, RequestContext};
use tokio::sync::Notify;

use crate::{Client, Server, Transport, rpc_interface};

/// The topic of the probes.
pub(super) const TOPIC: &str = "conformance";

/// What probes are asked.
#[rpc_interface(topic = "conformance", version = "1.0", to = "any")]
pub(super) trait ProbeApi {
    /// Gives `text` back.
    #[rpc(call)]
    async fn echo(&self, cx: &RequestContext, text: String) -> Result<String, Fault>;

    /// The server's name.
    #[rpc(call)]
    async fn who(&self, cx: &RequestContext) -> Result<String, Fault>;

    /// Refuses.
    #[rpc(call)]
    async fn refuse(&self, cx: &RequestContext, why: String) -> Result<(), Fault>;

    /// Answers after `millis`.
    #[rpc(call)]
    async fn take(&self, cx: &RequestContext, millis: u64) -> Result<(), Fault>;

    /// Notes `text`.
    #[rpc(cast)]
    async fn note(&self, cx: &RequestContext, text: String) -> Result<(), Fault>;

    /// Notes `text` on every server.
    #[rpc(fanout)]
    async fn note_all(&self, cx: &RequestContext, text: String) -> Result<(), Fault>;
}

/// A probe: it remembers what it was told.
#[derive(Default)]
pub(super) struct Probe {
    name: String,
    notes: Mutex<Vec<String>>,
    changed: Notify,
}

/// A probe with its server and connection.
pub(super) struct Running {
    pub(super) probe: Arc<Probe>,
    pub(super) server: Server,
    pub(super) transport: Arc<dyn Transport>,
}

impl Running {
    /// Starts the probe `name` on a connection of its own.
    pub(super) async fn start(bench: &dyn super::Bench, name: &str) -> Self {
        let transport = bench.connect().await;
        let probe = Arc::new(Probe { name: name.to_owned(), ..Probe::default() });
        let server = Server::new(&transport, TOPIC).endpoint(ProbeApiDispatcher::new(Arc::clone(&probe)));
        server.listen(name).await.expect("the bus accepts a listener");
        Self { probe, server, transport }
    }
}

impl Probe {
    fn add(&self, text: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        self.changed.notify_one();
    }

    /// What it was told so far.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns when it was told `count` things.
    ///
    /// # Panics
    /// After a minute.
    pub(super) async fn told(&self, count: usize) {
        let told = async {
            while self.notes().len() < count {
                self.changed.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), told).await;
        assert!(waited.is_ok(), "{} was told {:?} and not {count} things", self.name, self.notes());
    }
}

impl ProbeApi for Probe {
    async fn echo(&self, _cx: &RequestContext, text: String) -> Result<String, Fault> {
        Ok(text)
    }

    async fn who(&self, _cx: &RequestContext) -> Result<String, Fault> {
        Ok(self.name.clone())
    }

    async fn refuse(&self, _cx: &RequestContext, why: String) -> Result<(), Fault> {
        Err(ValueError { message: why }.into())
    }

    async fn take(&self, _cx: &RequestContext, millis: u64) -> Result<(), Fault> {
        self.add(format!("taking {millis}"));
        tokio::time::sleep(Duration::from_millis(millis)).await;
        self.add(format!("took {millis}"));
        Ok(())
    }

    async fn note(&self, _cx: &RequestContext, text: String) -> Result<(), Fault> {
        self.add(text);
        Ok(())
    }

    async fn note_all(&self, _cx: &RequestContext, text: String) -> Result<(), Fault> {
        self.add(text);
        Ok(())
    }
}

/// A caller on a connection of its own.
pub(super) struct Asking {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) api: ProbeApiClient,
    pub(super) cx: RequestContext,
}

impl Asking {
    pub(super) async fn start(bench: &dyn super::Bench) -> Self {
        let transport = bench.connect().await;
        let api = ProbeApiClient::new(&Client::new(&transport));
        let cx = RequestContext::admin(transport.env());
        Self { transport, api, cx }
    }
}
