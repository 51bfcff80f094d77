//! Greets guests and counts their visits: all that a service can have, and nothing of compute.
#![allow(
    missing_docs,
    reason = "docs/your-first-service.md makes this service again and explains every line"
)]

use std::{sync::Arc, time::Duration};

use nova_core::operation::*;
use nova_core::{
    BoxError, Env, Fault, RequestContext, config::Config, group::MemoryGroup, periodic::*, service::*,
};
use nova_objects::{Field, Meta, Objects, Registry, VersionedObject, async_trait, remotable};
use nova_objects_db::{Db, ObjectTable, operations};
use nova_rpc::{RpcServiceExt, Server, rpc_interface, transport::SharedTransport};

nova_core::config_group! {
    /// How guests are greeted.
    pub struct HelloOptions in "hello" {
        /// The word in front of the name.
        #[option(mutable)]
        pub greeting: String = "Hello",
    }
}

#[rpc_interface(topic = "hello", version = "1.0", to = "any")]
pub trait HelloApi {
    #[rpc(call)]
    async fn greet(&self, cx: &RequestContext, name: String) -> Result<String, Fault>;
}

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "hello", version = "1.0")]
pub struct Guest {
    pub meta: Meta,
    pub visits: Field<i64>,
}

#[remotable(Guest)]
pub trait GuestActions {
    async fn find(&self, cx: &RequestContext, name: &str) -> Result<Option<Guest>, Fault>;
}

const GUESTS: ObjectTable<Guest> = ObjectTable::new("guests");

pub struct Welcome;
impl Operation for Welcome {
    const KIND: &'static str = "welcome";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] = &[Step::on("count", "hello")];
    type Args = String;
    type State = ();
}

pub struct Hello {
    config: Config,
    db: Db,
    operations: operations::DbOperationStore,
    hints: Hints,
}

impl Hello {
    pub async fn open(env: &Env, config: &Config, url: &str) -> Result<Arc<Self>, BoxError> {
        let db = Db::connect(env, url).await?;
        db.migrate(&GUESTS.migrations()).await?;
        db.migrate(&operations::migrations()).await?;
        let operations = operations::DbOperationStore::new(&db);
        Ok(Arc::new(Self { config: config.clone(), db, operations, hints: Hints::default() }))
    }

    pub fn service(self: &Arc<Self>, bus: &impl SharedTransport) -> Result<ManagedService, BuildError> {
        let env = self.db.env();
        let worker = Worker::builder(env, Arc::new(self.operations.clone())).hints(self.hints.clone());
        ManagedService::builder(env, "hello", "localhost", self.clone())
            .service_group(Arc::new(MemoryGroup::new(env)))
            .rpc(Server::new(bus, "hello").endpoint(HelloApiDispatcher::new(self.clone())))
            .component(worker.serve::<Welcome>(self.clone()).build())
            .build()
    }

    pub fn objects(self: &Arc<Self>) -> Objects {
        Objects::local(Registry::default().with::<Guest>(self.clone()))
    }
}

impl HelloApi for Hello {
    async fn greet(&self, cx: &RequestContext, name: String) -> Result<String, Fault> {
        self.operations.submit(cx, NewOperation::of::<Welcome>(self.db.env(), cx, &*name, &name)?).await?;
        self.hints.look();
        Ok(format!("{}, {name}!", self.config.get::<HelloOptions>().greeting))
    }
}

#[async_trait]
impl GuestActions for Hello {
    async fn find(&self, _: &RequestContext, name: &str) -> Result<Option<Guest>, Fault> {
        Ok(GUESTS.find(&self.db, name).await?)
    }
}

#[async_trait]
impl StepHandler<Welcome> for Hello {
    async fn run(&self, _: &RequestContext, step: &mut Running<Welcome>) -> Result<Flow, StepError> {
        let name = step.args.clone();
        let count = move |tx| {
            let name = name.clone();
            let one_more = |guest: &mut Guest| guest.visits.set(guest.visits.value().map_or(1, |n| n + 1));
            async move { GUESTS.update(&tx, &name, one_more).await.map(drop) }
        };
        let flow = self.operations.finish_with(step, &Flow::Done, count).await?;
        metrics::counter!("hello_visits_total").increment(1);
        Ok(flow)
    }
}

impl Manager for Hello {
    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let tell = || async { Ok(tracing::info!("ready to greet")) };
        tasks.add(PeriodicTask::new("tell", Duration::from_secs(60), tell));
    }
}

#[cfg(test)]
#[tokio::test]
async fn a_guest_is_greeted_as_configured_and_counted_for_good() -> Result<(), BoxError> {
    let (env, directory) = (Env::system(), tempfile::tempdir()?);
    let url = format!("sqlite://{}/hello.db", directory.path().display());
    let config = Config::builder().register::<HelloOptions>().set("hello", "greeting", "Welcome").load()?;
    let (cx, bus) =
        (RequestContext::admin(&env), nova_rpc::transport::memory::MemoryBus::new(&env).connect(&env));
    let hello = Hello::open(&env, &config, &url).await?;
    let service = hello.service(&bus)?;
    service.start().await?;
    let client = HelloApiClient::new(&nova_rpc::Client::new(&bus));
    assert_eq!(client.greet(&cx, "Ann").await?, "Welcome, Ann!");
    while Guest::find(&cx, &hello.objects(), "Ann").await?.is_none() {
        tokio::task::yield_now().await;
    }
    service.stop(Duration::from_secs(5)).await;
    let guests = Hello::open(&env, &config, &url).await?.objects();
    assert_eq!(Guest::find(&cx, &guests, "Ann").await?.unwrap().visits.value(), Some(&1));
    Ok(())
}
