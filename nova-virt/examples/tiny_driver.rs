//! A whole driver in one file, and the suite that says it keeps its promises.
//!
//! Its hypervisor is a map. A real one is reached over a socket and keeps the generation, and the key of the last
//! reboot, in the machine's metadata.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::stream;
use nova_core::{BoxError, Env};
use nova_virt::conformance::{self, Subject};
use nova_virt::host::{CpuInfo, GuestKind};
use nova_virt::{
    Call, Disks, Driver, DriverError, DriverEvent, EventStream, Generation, HostResources, Inventory,
    LifecycleEvent, LifecycleKind, MachineInfo, MachineSpec, Order, PowerOff, PowerState, Reboot,
    ResourceClass, Start, StepKey, Usage,
};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

/// What the hypervisor knows. It outlives every driver.
#[derive(Default)]
struct Host {
    guests: BTreeMap<Uuid, Guest>,
    generations: BTreeMap<Uuid, Generation>,
}

struct Guest {
    spec: MachineSpec,
    state: PowerState,
    last_reboot: Option<StepKey>,
}

struct TinyDriver {
    env: Env,
    host: Arc<Mutex<Host>>,
    events: broadcast::Sender<DriverEvent>,
}

impl TinyDriver {
    fn new(env: &Env, host: &Arc<Mutex<Host>>) -> Self {
        Self { env: env.clone(), host: Arc::clone(host), events: broadcast::Sender::new(256) }
    }

    fn host(&self) -> std::sync::MutexGuard<'_, Host> {
        self.host.lock().expect("no call panics")
    }

    /// Every call that changes a machine: first the fence, then the change, then the news.
    fn change(
        &self,
        call: Call,
        order: &Order,
        uuid: Uuid,
        change: impl FnOnce(&mut Host) -> Result<Option<LifecycleKind>, DriverError>,
    ) -> Result<(), DriverError> {
        let mut host = self.host();
        let held = host.generations.entry(uuid).or_insert(order.generation);
        if order.generation < *held {
            return Err(DriverError::Fenced { call, uuid, offered: order.generation, held: *held });
        }
        *held = order.generation;
        if let Some(kind) = change(&mut host)? {
            let event = LifecycleEvent { uuid, kind, at: self.env.now() };
            let _ = self.events.send(DriverEvent::Lifecycle(event)); // nobody need listen
        }
        Ok(())
    }
}

impl Host {
    fn guest(&mut self, uuid: Uuid) -> Result<&mut Guest, DriverError> {
        self.guests.get_mut(&uuid).ok_or(DriverError::NotFound { uuid })
    }

    fn info(&self, guest: &Guest) -> MachineInfo {
        let MachineSpec { uuid, name, node, .. } = guest.spec.clone();
        MachineInfo { uuid, name, node, state: guest.state, generation: self.generations.get(&uuid).copied() }
    }
}

impl Guest {
    fn turn(&mut self, to: PowerState, kind: LifecycleKind) -> Option<LifecycleKind> {
        (std::mem::replace(&mut self.state, to) != to).then_some(kind)
    }
}

#[async_trait]
impl Driver for TinyDriver {
    async fn init_host(&self, _host: &str) -> Result<(), DriverError> {
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<String>, DriverError> {
        Ok(vec!["tiny".to_owned()])
    }

    async fn resources(&self, node: &str) -> Result<HostResources, DriverError> {
        if node != "tiny" {
            return Err(DriverError::UnknownNode { node: node.to_owned() });
        }
        let host = self.host();
        let used: Usage = host.guests.values().map(|guest| guest.spec.usage()).sum();
        let running = host.guests.values().filter(|guest| guest.state == PowerState::Running).count();
        Ok(HostResources {
            node: node.to_owned(),
            uuid: None,
            hypervisor_type: "tiny".to_owned(),
            hypervisor_version: 1,
            host_ip: None,
            cpu: CpuInfo { arch: "x86_64".to_owned(), ..CpuInfo::default() },
            guests: vec![GuestKind {
                arch: "x86_64".into(),
                hypervisor: "tiny".into(),
                vm_mode: "hvm".into(),
            }],
            inventories: BTreeMap::from([
                (ResourceClass::VCPU, Inventory::new(8, 0)),
                (ResourceClass::MEMORY_MB, Inventory::new(16384, 512)),
            ]),
            traits: BTreeSet::new(),
            used,
            running: running as u32,
            disk_available_least: None,
        })
    }

    async fn machines(&self) -> Result<Vec<MachineInfo>, DriverError> {
        let host = self.host();
        Ok(host.guests.values().map(|guest| host.info(guest)).collect())
    }

    async fn info(&self, uuid: Uuid) -> Result<MachineInfo, DriverError> {
        let host = self.host();
        host.guests.get(&uuid).map(|guest| host.info(guest)).ok_or(DriverError::NotFound { uuid })
    }

    async fn leftovers(&self) -> Result<Vec<Uuid>, DriverError> {
        Ok(Vec::new()) // machines without disks leave nothing behind
    }

    async fn spawn(&self, order: &Order, spec: &MachineSpec) -> Result<(), DriverError> {
        self.change(Call::Spawn, order, spec.uuid, |host| {
            if host.guests.contains_key(&spec.uuid) {
                return Ok(None);
            }
            let guest = Guest { spec: spec.clone(), state: PowerState::Shutdown, last_reboot: None };
            let guest = host.guests.entry(spec.uuid).or_insert(guest);
            Ok(match spec.start {
                Start::Running => guest.turn(PowerState::Running, LifecycleKind::Started),
                Start::Off => None,
            })
        })
    }

    async fn destroy(&self, order: &Order, uuid: Uuid, _disks: Disks) -> Result<(), DriverError> {
        self.change(Call::Destroy, order, uuid, |host| {
            let gone = host.guests.remove(&uuid);
            Ok(gone.filter(|guest| guest.state == PowerState::Running).map(|_| LifecycleKind::Stopped))
        })
    }

    async fn power_on(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.change(Call::PowerOn, order, uuid, |host| {
            Ok(host.guest(uuid)?.turn(PowerState::Running, LifecycleKind::Started))
        })
    }

    async fn power_off(&self, order: &Order, uuid: Uuid, _how: PowerOff) -> Result<(), DriverError> {
        self.change(Call::PowerOff, order, uuid, |host| {
            Ok(host.guest(uuid)?.turn(PowerState::Shutdown, LifecycleKind::Stopped))
        })
    }

    async fn reboot(&self, order: &Order, uuid: Uuid, how: Reboot) -> Result<(), DriverError> {
        self.change(Call::Reboot, order, uuid, |host| {
            let guest = host.guest(uuid)?;
            if guest.last_reboot.as_ref() == Some(&order.key) {
                return Ok(None);
            }
            match (how, guest.state) {
                (Reboot::Soft, PowerState::Running) | (Reboot::Hard, _) => {}
                (Reboot::Soft, state) => {
                    return Err(DriverError::InvalidState { call: Call::Reboot, uuid, state });
                }
            }
            guest.last_reboot = Some(order.key.clone());
            Ok(guest.turn(PowerState::Running, LifecycleKind::Started))
        })
    }

    fn events(&self) -> EventStream {
        Box::pin(stream::unfold(self.events.subscribe(), |mut events| async move {
            match events.recv().await {
                Ok(event) => Some((event, events)),
                Err(RecvError::Lagged(_)) => Some((DriverEvent::Missed, events)),
                Err(RecvError::Closed) => None,
            }
        }))
    }
}

/// The driver under examination: opening it again finds the same host.
struct Tiny {
    env: Env,
    host: Arc<Mutex<Host>>,
}

#[async_trait]
impl Subject for Tiny {
    async fn open(&self) -> Result<Arc<dyn Driver>, BoxError> {
        Ok(Arc::new(TinyDriver::new(&self.env, &self.host)))
    }

    fn spec(&self, uuid: Uuid) -> MachineSpec {
        MachineSpec::smallest(uuid, "tiny")
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let env = Env::system();
    let tiny = Tiny { env: env.clone(), host: Arc::default() };
    conformance::run(&env, &tiny).await.assert_all_kept();
}
