//! The contract that Python peers and ours both serve, and a server of ours.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nova_core::fault::{InternalError, ValueError};
use nova_core::{Fault, RequestContext};
use nova_rpc::transport::rabbit::RabbitTransport;
use nova_rpc::{Client, Server, rpc_interface};
use nova_tests_interop::rabbit::Rabbit;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::timeout;

nova_core::faults! {
    module "nova.exception";
    /// As Nova's of this name.
    InstanceNotFound(404, safe, "Instance {instance_id} could not be found.") { instance_id: String }
}

/// What `tests/peers/peer_server.py` serves.
#[rpc_interface(topic = "peer", version = "1.5", to = "any")]
pub(crate) trait PeerApi {
    /// Gives `value` back.
    #[rpc(call, idempotent)]
    async fn echo(&self, cx: &RequestContext, value: Value) -> Result<Value, Fault>;

    /// The server's name.
    #[rpc(call)]
    async fn who(&self, cx: &RequestContext) -> Result<String, Fault>;

    /// Notes `text`.
    #[rpc(cast)]
    async fn note(&self, cx: &RequestContext, text: String) -> Result<(), Fault>;

    /// Notes `text` everywhere.
    #[rpc(fanout)]
    async fn note_all(&self, cx: &RequestContext, text: String) -> Result<(), Fault>;

    /// Answers after `seconds`.
    #[rpc(call, timeout = long)]
    async fn late(&self, cx: &RequestContext, seconds: f64) -> Result<String, Fault>;

    /// Refuses, as declared.
    #[rpc(call)]
    async fn expected(&self, cx: &RequestContext, instance_id: String) -> Result<(), Fault>;

    /// Refuses, by surprise.
    #[rpc(call)]
    async fn unexpected(&self, cx: &RequestContext) -> Result<(), Fault>;

    /// Refuses with an exception of Python's own.
    #[rpc(call)]
    async fn builtin(&self, cx: &RequestContext) -> Result<(), Fault>;

    /// Refuses with an exception that is not Nova's.
    #[rpc(call)]
    async fn foreign(&self, cx: &RequestContext) -> Result<(), Fault>;
}

/// A server of ours.
#[derive(Default)]
pub(crate) struct Host {
    name: String,
    ran: Mutex<Vec<String>>,
    contexts: Mutex<Vec<RequestContext>>,
    changed: Notify,
}

impl Host {
    fn note(&self, cx: &RequestContext, text: String) {
        self.contexts.lock().unwrap().push(cx.clone());
        self.ran.lock().unwrap().push(text);
        self.changed.notify_one();
    }

    /// What it was asked that leaves a note.
    pub(crate) fn ran(&self) -> Vec<String> {
        self.ran.lock().unwrap().clone()
    }

    /// On whose behalf.
    pub(crate) fn contexts(&self) -> Vec<RequestContext> {
        self.contexts.lock().unwrap().clone()
    }

    /// Returns when it has `count` notes.
    pub(crate) async fn noted(&self, count: usize) {
        let noted = async {
            while self.ran().len() < count {
                self.changed.notified().await;
            }
        };
        assert!(timeout(Duration::from_secs(30), noted).await.is_ok(), "{:?} and not {count}", self.ran());
    }
}

impl PeerApi for Host {
    async fn echo(&self, cx: &RequestContext, value: Value) -> Result<Value, Fault> {
        self.note(cx, format!("echo {value}"));
        Ok(value)
    }

    async fn who(&self, _: &RequestContext) -> Result<String, Fault> {
        Ok(self.name.clone())
    }

    async fn note(&self, cx: &RequestContext, text: String) -> Result<(), Fault> {
        self.note(cx, text);
        Ok(())
    }

    async fn note_all(&self, cx: &RequestContext, text: String) -> Result<(), Fault> {
        self.note(cx, text);
        Ok(())
    }

    async fn late(&self, cx: &RequestContext, seconds: f64) -> Result<String, Fault> {
        self.note(cx, format!("late {seconds}"));
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        self.note(cx, format!("late {seconds} done"));
        Ok("late".to_owned())
    }

    async fn expected(&self, _: &RequestContext, instance_id: String) -> Result<(), Fault> {
        Err(InstanceNotFound { instance_id }.into())
    }

    async fn unexpected(&self, _: &RequestContext) -> Result<(), Fault> {
        panic!("on purpose")
    }

    async fn builtin(&self, _: &RequestContext) -> Result<(), Fault> {
        Err(ValueError { message: "a bad value".into() }.into())
    }

    async fn foreign(&self, _: &RequestContext) -> Result<(), Fault> {
        Err(InternalError { message: "something of ours".into() }.into())
    }
}

/// A running server of ours.
pub(crate) struct Running {
    pub(crate) host: Arc<Host>,
    pub(crate) server: Server,
}

impl Running {
    pub(crate) async fn start(rabbit: &Rabbit, name: &str) -> Self {
        let transport = rabbit.connect().await;
        let host = Arc::new(Host { name: name.to_owned(), ..Host::default() });
        let server = Server::new(&transport, "peer").endpoint(PeerApiDispatcher::new(Arc::clone(&host)));
        server.listen(name).await.unwrap();
        Self { host, server }
    }
}

/// A client of ours.
pub(crate) struct Asking {
    pub(crate) api: PeerApiClient,
    pub(crate) cx: RequestContext,
    pub(crate) transport: Arc<RabbitTransport>,
}

impl Asking {
    pub(crate) async fn start(rabbit: &Rabbit) -> Self {
        Self::start_on(rabbit, rabbit.connect().await)
    }

    pub(crate) fn start_on(rabbit: &Rabbit, transport: Arc<RabbitTransport>) -> Self {
        let client = Client::new(&transport).response_timeout(Duration::from_secs(20));
        let cx = RequestContext::builder().user("u-1").project("p-1").request_id("req-7").build(&rabbit.env);
        Self { api: PeerApiClient::new(&client), cx, transport }
    }
}
