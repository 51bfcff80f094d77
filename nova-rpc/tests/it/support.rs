//! A contract, a server and clients on one bus.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nova_core::fault::ValueError;
use nova_core::{Env, Fault, RequestContext};
use nova_rpc::transport::memory::MemoryBus;
use nova_rpc::{Client, Server, Transport, rpc_interface};
use tokio::sync::Notify;

/// Machines on hosts.
#[rpc_interface(topic = "compute", version = "6.2", to = "server")]
pub(crate) trait ComputeApi {
    /// Builds.
    #[rpc(cast, since = "6.0", ack = "after")]
    async fn build(
        &self,
        cx: &RequestContext,
        name: String,
        #[rpc(since = "6.2", drop)] labels: Option<Vec<String>>,
        #[rpc(since = "6.1")] limit: Option<i64>,
    ) -> Result<(), Fault>;

    /// How long the host runs.
    #[rpc(call, timeout = long)]
    async fn uptime(&self, cx: &RequestContext, host: String) -> Result<String, Fault>;

    /// Answers after a while; harmless to repeat.
    #[rpc(call, idempotent)]
    async fn wait(&self, cx: &RequestContext, seconds: u64) -> Result<Option<u64>, Fault>;

    /// Answers after a long while.
    #[rpc(call, timeout = long)]
    async fn ponder(&self, cx: &RequestContext, seconds: u64) -> Result<(), Fault>;

    /// Panics.
    #[rpc(call)]
    async fn explode(&self, cx: &RequestContext) -> Result<(), Fault>;

    /// Always refuses.
    #[rpc(call)]
    async fn refuse(&self, cx: &RequestContext) -> Result<(), Fault>;

    /// Added late.
    #[rpc(call, since = "6.2")]
    async fn late(&self, cx: &RequestContext) -> Result<(), Fault>;

    /// Everywhere.
    #[rpc(fanout)]
    async fn refresh(&self, cx: &RequestContext) -> Result<(), Fault>;
}

/// Notes what it is asked.
#[derive(Default)]
pub(crate) struct Machines {
    pub(crate) log: Mutex<Vec<String>>,
    pub(crate) hold: Option<Notify>,
}

impl Machines {
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.log.lock().unwrap().push(text.into());
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

impl ComputeApi for Machines {
    async fn build(
        &self,
        _cx: &RequestContext,
        name: String,
        labels: Option<Vec<String>>,
        limit: Option<i64>,
    ) -> Result<(), Fault> {
        self.note(format!("build {name} {labels:?} {limit:?}"));
        if let Some(hold) = &self.hold {
            hold.notified().await;
        }
        Ok(())
    }

    async fn uptime(&self, _cx: &RequestContext, host: String) -> Result<String, Fault> {
        Ok(format!("{host}: 3 days"))
    }

    async fn wait(&self, cx: &RequestContext, seconds: u64) -> Result<Option<u64>, Fault> {
        self.note(format!("wait {seconds}"));
        let remaining = cx.remaining().map(|left| left.as_secs());
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(remaining)
    }

    async fn ponder(&self, _cx: &RequestContext, seconds: u64) -> Result<(), Fault> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(())
    }

    async fn explode(&self, _cx: &RequestContext) -> Result<(), Fault> {
        panic!("on purpose")
    }

    async fn refuse(&self, _cx: &RequestContext) -> Result<(), Fault> {
        Err(Fault::from(ValueError { message: "no".into() }).with_code(409))
    }

    async fn late(&self, _cx: &RequestContext) -> Result<(), Fault> {
        Ok(())
    }

    async fn refresh(&self, _cx: &RequestContext) -> Result<(), Fault> {
        self.note("refresh");
        Ok(())
    }
}

/// One bus with one compute, `h1`, and what calls it.
pub(crate) struct Stage {
    pub(crate) env: Env,
    pub(crate) bus: MemoryBus,
    pub(crate) machines: Arc<Machines>,
    pub(crate) server: Server,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) client: Client,
    pub(crate) cx: RequestContext,
}

impl Stage {
    /// The bus with `h1` as `shape` makes it.
    pub(crate) async fn with(machines: Machines, shape: impl FnOnce(Server) -> Server) -> Self {
        let env = Env::builder().seed(7).build();
        let bus = MemoryBus::new(&env);
        let machines = Arc::new(machines);
        let server = shape(server_on(&bus, &env, "h1", &machines));
        server.listen("h1").await.unwrap();
        let transport: Arc<dyn Transport> = bus.connect_as("caller", &env);
        let client = Client::new(&transport);
        let cx = RequestContext::builder().user("u1").build(&env);
        Self { env, bus, machines, server, transport, client, cx }
    }

    pub(crate) async fn new() -> Self {
        Self::with(Machines::default(), |server| server).await
    }

    pub(crate) fn h1(&self) -> ComputeApiOn {
        ComputeApiClient::new(&self.client).on("h1")
    }

    /// Another compute, listening.
    pub(crate) async fn join(&self, host: &'static str) -> (Server, Arc<Machines>) {
        let machines = Arc::new(Machines::default());
        let server = server_on(&self.bus, &self.env, host, &machines);
        server.listen(host).await.unwrap();
        (server, machines)
    }
}

fn server_on(bus: &MemoryBus, env: &Env, host: &'static str, machines: &Arc<Machines>) -> Server {
    Server::new(&bus.connect_as(host, env), "compute")
        .endpoint(ComputeApiDispatcher::new(Arc::clone(machines)))
}

/// Lets everything happen that can happen without time passing much.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
