//! A driver that breaks a promise is found out, and by the promise it broke.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use nova_core::{BoxError, Env};
use nova_virt::conformance::{self, Subject};
use nova_virt::fake::{FakeDriver, Store};
use nova_virt::{
    Disks, Driver, DriverError, EventStream, Generation, HostResources, MachineInfo, MachineSpec, Order,
    PowerOff, PowerState, Reboot,
};
use uuid::Uuid;

use crate::support::{NODE, driver, env};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    IgnoresGenerations,
    RefusesSecondSpawn,
    RefusesSecondDestroy,
    InventsUnknownMachines,
    RebootsAgain,
    ForgetsOnRestart,
    HidesEvents,
    ListsLess,
    NeverAnswersPowerOff,
}

struct Flawed {
    env: Env,
    inner: FakeDriver,
    flaw: Flaw,
}

impl Flawed {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn order(&self, order: &Order) -> Order {
        match self.flaw {
            Flaw::IgnoresGenerations => Order { generation: Generation::new(u64::MAX), ..order.clone() },
            _ => order.clone(),
        }
    }
}

#[async_trait]
impl Driver for Flawed {
    async fn init_host(&self, host: &str) -> Result<(), DriverError> {
        self.inner.init_host(host).await
    }

    async fn nodes(&self) -> Result<Vec<String>, DriverError> {
        self.inner.nodes().await
    }

    async fn resources(&self, node: &str) -> Result<HostResources, DriverError> {
        self.inner.resources(node).await
    }

    async fn machines(&self) -> Result<Vec<MachineInfo>, DriverError> {
        let machines = self.inner.machines().await?;
        let skip = usize::from(self.has(Flaw::ListsLess));
        Ok(machines.into_iter().skip(skip).collect())
    }

    async fn info(&self, uuid: Uuid) -> Result<MachineInfo, DriverError> {
        match self.inner.info(uuid).await {
            Err(DriverError::NotFound { uuid }) if self.has(Flaw::InventsUnknownMachines) => {
                Ok(MachineInfo {
                    uuid,
                    name: String::new(),
                    node: NODE.to_owned(),
                    state: PowerState::NoState,
                    generation: None,
                })
            }
            answer => answer,
        }
    }

    async fn leftovers(&self) -> Result<Vec<Uuid>, DriverError> {
        self.inner.leftovers().await
    }

    async fn spawn(&self, order: &Order, spec: &MachineSpec) -> Result<(), DriverError> {
        if self.has(Flaw::RefusesSecondSpawn) && self.inner.info(spec.uuid).await.is_ok() {
            return Err(DriverError::host(nova_virt::Call::Spawn, "it exists"));
        }
        self.inner.spawn(&self.order(order), spec).await
    }

    async fn destroy(&self, order: &Order, uuid: Uuid, disks: Disks) -> Result<(), DriverError> {
        if self.has(Flaw::RefusesSecondDestroy) {
            self.inner.info(uuid).await?;
        }
        self.inner.destroy(&self.order(order), uuid, disks).await
    }

    async fn power_on(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.inner.power_on(&self.order(order), uuid).await
    }

    async fn power_off(&self, order: &Order, uuid: Uuid, how: PowerOff) -> Result<(), DriverError> {
        if self.has(Flaw::NeverAnswersPowerOff) {
            std::future::pending::<()>().await;
        }
        self.inner.power_off(&self.order(order), uuid, how).await
    }

    async fn reboot(&self, order: &Order, uuid: Uuid, how: Reboot) -> Result<(), DriverError> {
        match self.flaw {
            Flaw::RebootsAgain => {
                let again = Order::new(self.env.new_id(), "again", order.generation);
                self.inner.reboot(&again, uuid, how).await
            }
            _ => self.inner.reboot(&self.order(order), uuid, how).await,
        }
    }

    fn events(&self) -> EventStream {
        match self.flaw {
            Flaw::HidesEvents => futures_util::stream::pending().boxed(),
            _ => self.inner.events(),
        }
    }
}

struct Bench {
    env: Env,
    store: Store,
    flaw: Flaw,
}

#[async_trait]
impl Subject for Bench {
    async fn open(&self) -> Result<Arc<dyn Driver>, BoxError> {
        let store = match self.flaw {
            Flaw::ForgetsOnRestart => Store::memory(),
            _ => self.store.clone(),
        };
        Ok(Arc::new(Flawed { env: self.env.clone(), inner: driver(&self.env, &store), flaw: self.flaw }))
    }

    fn spec(&self, uuid: Uuid) -> MachineSpec {
        MachineSpec::smallest(uuid, NODE)
    }
}

async fn broken_promises(flaw: Flaw) -> Vec<&'static str> {
    let env = env();
    let bench = Bench { env: env.clone(), store: Store::memory(), flaw };
    let report = conformance::run(&env, &bench).await;
    report.broken.iter().map(|broken| broken.promise).collect()
}

#[tokio::test(start_paused = true)]
async fn each_flaw_is_found_by_the_promise_it_breaks() {
    for (flaw, promise) in [
        (Flaw::IgnoresGenerations, "a lower generation is refused by every call and changes nothing"),
        (Flaw::RefusesSecondSpawn, "spawning again makes and starts nothing"),
        (Flaw::RefusesSecondDestroy, "destroying a machine that is not there succeeds"),
        (Flaw::InventsUnknownMachines, "an unknown machine is not found, by any call"),
        (Flaw::RebootsAgain, "a reboot is done once for each step"),
        (Flaw::ForgetsOnRestart, "a driver opened again knows its machines"),
        (Flaw::HidesEvents, "every listener hears what happens to machines"),
        (Flaw::ListsLess, "a spawned machine runs and is listed once"),
        (Flaw::NeverAnswersPowerOff, "a machine is stopped and started, each as often as asked"),
    ] {
        let broken = broken_promises(flaw).await;
        assert!(broken.contains(&promise), "{flaw:?} broke only {broken:?}");
    }
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "every listener hears what happens to machines")]
async fn a_report_with_a_broken_promise_fails_the_test_that_asserts_it() {
    let env = env();
    let bench = Bench { env: env.clone(), store: Store::memory(), flaw: Flaw::HidesEvents };
    conformance::run(&env, &bench).await.assert_all_kept();
}
