//! Greets guests and counts their visits: all that a service can have, and nothing of compute.
#![allow(missing_docs, reason = "docs/your-first-service.md explains each part")]
use nova_core::{
    Env, Fault, RequestContext, config::Config, group::MemoryGroup, operation::*, periodic::*, service::*,
};
use nova_objects::{Field, Meta, Objects, Registry, VersionedObject, async_trait, remotable};
use nova_objects_db::{ActionError, Db, ObjectTable, operations};
use nova_rpc::{RpcServiceExt, Server, rpc_interface, transport::SharedTransport};
use std::{sync::Arc, time::Duration};

nova_core::config_group! { pub struct HelloOptions in "hello" { pub greeting: String = "Hello", } }

#[rpc_interface(topic = "hello", version = "1.0", to = "any")]
pub trait HelloApi {
    #[rpc(call, since = "1.0")]
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
pub struct Hello(Db, Arc<HelloOptions>);
#[async_trait]
impl GuestActions for Hello {
    async fn find(&self, _: &RequestContext, name: &str) -> Result<Option<Guest>, Fault> {
        let name: Arc<str> = name.into();
        Ok(self
            .0
            .query(move |tx| {
                let name = name.clone();
                async move { GUESTS.get(&tx, &name).await }
            })
            .await?)
    }
}
impl HelloApi for Hello {
    async fn greet(&self, cx: &RequestContext, name: String) -> Result<String, Fault> {
        let welcome = NewOperation::of::<Welcome>(self.0.env(), cx, &*name, &name)?;
        operations::DbOperationStore::new(&self.0).submit(cx, welcome).await?;
        Ok(format!("{}, {name}!", self.1.greeting))
    }
}
#[async_trait]
impl StepHandler<Welcome> for Hello {
    async fn run(&self, _: &RequestContext, step: &mut Running<Welcome>) -> Result<Flow, StepError> {
        let (name, lease, end) = (step.args.clone(), step.lease().clone(), step.end(&Flow::Done)?);
        let count = self.0.write(move |tx| {
            let (name, lease, end) = (name.clone(), lease.clone(), end.clone());
            async move {
                let mut guest = GUESTS.get(&tx, &name).await?.unwrap_or_else(Guest::empty);
                guest.visits.set(guest.visits.value().map_or(1, |visits| visits + 1));
                GUESTS.put(&tx, &name, &mut guest).await?;
                operations::finish_in(&tx, &lease, &end).await
            }
        });
        count.await.map_err(Fault::from)?;
        metrics::counter!("hello_visits_total").increment(1);
        Ok(Flow::Recorded { next: None })
    }
}
impl Manager for Hello {
    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let look = || async { Ok(tracing::info!("still here")) };
        tasks.add(PeriodicTask::new("say_so", Duration::from_secs(60), look));
    }
}
pub async fn service(
    env: &Env,
    config: &Config,
    url: &str,
    bus: &impl SharedTransport,
) -> Result<(ManagedService, Objects), nova_core::BoxError> {
    let db = Db::connect(env, url).await?;
    db.migrate(&GUESTS.migrations()).await?;
    db.migrate(&operations::migrations()).await?;
    let hello = Arc::new(Hello(db.clone(), config.get()));
    let worker = Worker::builder(env, Arc::new(operations::DbOperationStore::new(&db)));
    let service = ManagedService::builder(env, "hello", "localhost", hello.clone())
        .service_group(Arc::new(MemoryGroup::new(env)))
        .rpc(Server::new(bus, "hello").endpoint(HelloApiDispatcher::new(hello.clone())))
        .component(worker.poll_interval(Duration::from_millis(50)).serve::<Welcome>(hello.clone()).build())
        .build()?;
    Ok((service, Objects::local(Registry::default().with::<Guest>(hello))))
}
