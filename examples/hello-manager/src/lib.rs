//! Greets guests and counts their visits: all that a service can have, and nothing of compute.
#![allow(missing_docs, clippy::unit_arg, reason = "short on purpose: docs/your-first-service.md explains it")]

use std::{sync::Arc, time::Duration};

use nova_core::{BoxError, Fault, RequestContext, config::Config, operation::*, periodic::*, service::*};
use nova_objects::{Field, Meta, VersionedObject, async_trait, remotable};
use nova_objects_db::{Db, ObjectTable, operations::DbOperationStore};
use nova_rpc::{RpcServiceExt, Server, rpc_interface, transport::SharedTransport};

nova_core::config_group! { pub struct HelloOptions in "hello" {
/// The word in front of the name.
pub greeting: String = "Hello" } }

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

pub const GUESTS: ObjectTable<Guest> = ObjectTable::new("guests");
#[async_trait]
impl GuestActions for Db {
    async fn find(&self, _: &RequestContext, name: &str) -> Result<Option<Guest>, Fault> {
        Ok(GUESTS.find(self, name).await?)
    }
}

pub struct Welcome;
impl Operation for Welcome {
    const KIND: &'static str = "welcome";
    const VERSION: u32 = 1;
    const STEPS: &'static [Step] = &[Step::on("count", "hello")];
    type Args = String;
    type State = ();
}

pub struct Hello(pub DbOperationStore, pub Config);
impl HelloApi for Hello {
    async fn greet(&self, cx: &RequestContext, name: String) -> Result<String, Fault> {
        self.0.order::<Welcome>(cx, &name, &name).await?;
        Ok(format!("{}, {name}!", self.1.get::<HelloOptions>().greeting))
    }
}
#[async_trait]
impl StepHandler<Welcome> for Hello {
    async fn run(&self, _: &RequestContext, step: &mut Running<Welcome>) -> Result<Flow, StepError> {
        let name = step.args.clone();
        let count = move |tx| GUESTS.update(tx, name.clone(), |guest| guest.visits.update_or(0, |n| *n += 1));
        self.0.finish_with(step, &Flow::Done, count).await
    }
}
impl Manager for Hello {
    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let beat = || async { Ok(metrics::counter!("hello_minutes_total").increment(1)) };
        tasks.add(PeriodicTask::new("beat", Duration::from_secs(60), beat));
    }
}

pub async fn build(db: &Db, config: &Config, bus: &impl SharedTransport) -> Result<ManagedService, BoxError> {
    db.migrate(&GUESTS.migrations()).await?;
    let hello = Arc::new(Hello(DbOperationStore::open(db).await?, config.clone()));
    let service = ManagedService::builder(db.env(), "hello", "localhost", hello.clone())
        .service_group(Arc::new(nova_core::group::MemoryGroup::new(db.env())))
        .component(hello.0.worker().serve::<Welcome>(hello.clone()).build())
        .rpc(Server::new(bus, "hello").endpoint(HelloApiDispatcher::new(hello)));
    Ok(service.build()?)
}

#[cfg(test)]
#[tokio::test]
async fn a_guest_is_greeted_as_configured_and_counted_for_good() -> Result<(), BoxError> {
    let test = nova_objects_db::testing::TestDb::sqlite().await;
    let config = Config::builder().register::<HelloOptions>().set("hello", "greeting", "Welcome").load()?;
    let bus = nova_rpc::transport::memory::MemoryBus::new(&test.env).connect(&test.env);
    let (hello, cx) = (build(&test.db, &config, &bus).await?, RequestContext::admin(&test.env));
    hello.start().await?;
    assert_eq!(HelloApiClient::new(&nova_rpc::Client::new(&bus)).greet(&cx, "Ann").await?, "Welcome, Ann!");
    let at = |db| nova_objects::Objects::local(nova_objects::Registry::default().with::<Guest>(Arc::new(db)));
    while Guest::find(&cx, &at(test.db.clone()), "Ann").await?.is_none() {}
    hello.stop(Duration::from_secs(5)).await;
    let guest = Guest::find(&cx, &at(test.another().await), "Ann").await?;
    Ok(assert_eq!(guest.unwrap().visits.value(), Some(&1)))
}
