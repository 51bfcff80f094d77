//! The fake driver: the port over a [`Store`], with a [`Script`] in between.

use async_trait::async_trait;
use nova_core::Env;
use uuid::Uuid;

use super::config::{FakeConfig, OptionalPowers};
use super::journal::Effect;
use super::script::{Moment, Point, Script};
use super::state::State;
use super::store::{Draft, Store, StoreError};
use super::verdict::{self, Verdict};
use crate::call::Call;
use crate::driver::{Disks, Driver, PowerOff, Reboot};
use crate::error::DriverError;
use crate::event::EventStream;
use crate::host::HostResources;
use crate::machine::MachineInfo;
use crate::order::Order;
use crate::powers::{Pause, Powers, Suspend};
use crate::spec::MachineSpec;

/// A driver whose machines exist in a [`Store`] only. Clones share.
///
/// See [the module](super).
#[derive(Clone, Debug)]
pub struct FakeDriver {
    env: Env,
    config: FakeConfig,
    store: Store,
    script: Script,
}

impl FakeDriver {
    /// A driver for the host in `store`.
    pub fn new(env: &Env, config: FakeConfig, store: Store) -> Self {
        Self { env: env.clone(), config, store, script: Script::new() }
    }

    /// The same driver with the faults and latencies of `script`.
    pub fn with_script(self, script: Script) -> Self {
        Self { script, ..self }
    }

    /// The host.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Its faults and latencies, to be changed.
    pub fn script(&self) -> &Script {
        &self.script
    }

    async fn pass(&self, call: Call, uuid: Option<Uuid>, point: Point) -> Result<(), DriverError> {
        self.script.pass(&self.env, Moment { call, uuid, point }).await
    }

    /// A call that reads.
    async fn look<T>(
        &self,
        call: Call,
        uuid: Option<Uuid>,
        read: impl FnOnce(&State) -> T + Send,
    ) -> Result<T, DriverError> {
        self.pass(call, uuid, Point::Before).await?;
        self.store.read(read).map_err(|error| DriverError::host(call, error))
    }

    /// A call that changes one machine by one effect.
    async fn act(
        &self,
        call: Call,
        order: &Order,
        uuid: Uuid,
        decide: impl FnOnce(&State) -> Verdict + Send,
    ) -> Result<(), DriverError> {
        self.pass(call, Some(uuid), Point::Before).await?;
        self.write(call, order, uuid, decide)?;
        self.pass(call, Some(uuid), Point::After).await
    }

    fn write(
        &self,
        call: Call,
        order: &Order,
        uuid: Uuid,
        decide: impl FnOnce(&State) -> Verdict,
    ) -> Result<(), DriverError> {
        self.store
            .transact(self.env.now(), |state| verdict::judge(state, call, order, uuid, decide))
            .map_err(|error| not_written(call, error))?
    }

    /// The second half of a spawn. If it surely failed, the first half is undone.
    async fn finish(&self, order: &Order, spec: &MachineSpec) -> Result<(), DriverError> {
        let uuid = spec.uuid;
        let passed = self.pass(Call::Spawn, Some(uuid), Point::Midway).await;
        let make = || self.write(Call::Spawn, order, uuid, |state| verdict::spawn(&self.config, state, spec));
        let made = passed.and_then(|()| make());
        match &made {
            Ok(()) | Err(DriverError::OutcomeUnknown { .. }) => {}
            Err(_) => self.undo(order, uuid),
        }
        made
    }

    fn undo(&self, order: &Order, uuid: Uuid) {
        let undone = self.write(Call::Spawn, order, uuid, |state| verdict::undo_prepare(state, uuid));
        if let Err(error) = undone {
            tracing::warn!(%uuid, %error, "the disk of a machine that could not be made stays");
        }
    }
}

#[async_trait]
impl Driver for FakeDriver {
    async fn init_host(&self, host: &str) -> Result<(), DriverError> {
        self.pass(Call::InitHost, None, Point::Before).await?;
        let unusable = |source| DriverError::HostUnusable { host: host.to_owned(), source };
        let initialised = || Draft {
            uuid: None,
            key: None,
            generation: None,
            effect: Effect::HostInitialised { host: host.to_owned() },
        };
        self.store
            .transact(self.env.now(), |state| match &state.host {
                Some(known) if known != host && !state.machines.is_empty() => {
                    (None, Err(Renamed { known: known.clone() }))
                }
                _ => (Some(initialised()), Ok(())),
            })
            .map_err(|error| unusable(error.into()))?
            .map_err(|error| unusable(error.into()))
    }

    async fn nodes(&self) -> Result<Vec<String>, DriverError> {
        self.look(Call::Nodes, None, |_| self.config.nodes.clone()).await
    }

    async fn resources(&self, node: &str) -> Result<HostResources, DriverError> {
        let (used, running) =
            self.look(Call::Resources, None, |state| (state.used(node), state.running(node))).await?;
        match self.config.has_node(node) {
            true => Ok(self.config.resources(node, used, u32::try_from(running).unwrap_or(u32::MAX))),
            false => Err(DriverError::UnknownNode { node: node.to_owned() }),
        }
    }

    async fn machines(&self) -> Result<Vec<MachineInfo>, DriverError> {
        self.look(Call::Machines, None, |state| state.machines.values().map(super::Machine::info).collect())
            .await
    }

    async fn info(&self, uuid: Uuid) -> Result<MachineInfo, DriverError> {
        self.look(Call::Info, Some(uuid), |state| state.machines.get(&uuid).map(super::Machine::info))
            .await?
            .ok_or(DriverError::NotFound { uuid })
    }

    async fn leftovers(&self) -> Result<Vec<Uuid>, DriverError> {
        self.look(Call::Leftovers, None, |state| state.leftovers().collect()).await
    }

    async fn spawn(&self, order: &Order, spec: &MachineSpec) -> Result<(), DriverError> {
        let uuid = spec.uuid;
        self.pass(Call::Spawn, Some(uuid), Point::Before).await?;
        self.write(Call::Spawn, order, uuid, |state| verdict::prepare(&self.config, state, spec))?;
        self.finish(order, spec).await?;
        self.pass(Call::Spawn, Some(uuid), Point::After).await
    }

    async fn destroy(&self, order: &Order, uuid: Uuid, disks: Disks) -> Result<(), DriverError> {
        self.act(Call::Destroy, order, uuid, |state| verdict::destroy(state, uuid, disks)).await
    }

    async fn power_on(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.act(Call::PowerOn, order, uuid, |state| verdict::power_on(state, uuid)).await
    }

    async fn power_off(&self, order: &Order, uuid: Uuid, how: PowerOff) -> Result<(), DriverError> {
        self.act(Call::PowerOff, order, uuid, |state| verdict::power_off(state, uuid, how)).await
    }

    async fn reboot(&self, order: &Order, uuid: Uuid, how: Reboot) -> Result<(), DriverError> {
        self.act(Call::Reboot, order, uuid, |state| verdict::reboot(state, order, uuid, how)).await
    }

    fn events(&self) -> EventStream {
        self.store.events()
    }

    fn powers(&self) -> Powers<'_> {
        match self.config.powers {
            OptionalPowers::All => Powers::none().with_pause(self).with_suspend(self),
            OptionalPowers::None => Powers::none(),
        }
    }
}

#[async_trait]
impl Pause for FakeDriver {
    async fn pause(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.act(Call::Pause, order, uuid, |state| verdict::turn(Call::Pause, state, uuid)).await
    }

    async fn unpause(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.act(Call::Unpause, order, uuid, |state| verdict::turn(Call::Unpause, state, uuid)).await
    }
}

#[async_trait]
impl Suspend for FakeDriver {
    async fn suspend(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.act(Call::Suspend, order, uuid, |state| verdict::turn(Call::Suspend, state, uuid)).await
    }

    async fn resume(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
        self.act(Call::Resume, order, uuid, |state| verdict::turn(Call::Resume, state, uuid)).await
    }
}

fn not_written(call: Call, error: StoreError) -> DriverError {
    match error {
        StoreError::NotSynced { .. } => DriverError::outcome_unknown(call, error),
        StoreError::Io { .. } | StoreError::Corrupt { .. } => DriverError::host(call, error),
    }
}

/// The host held machines under another name.
#[derive(Debug, thiserror::Error)]
#[error("it holds machines of host {known:?}")]
struct Renamed {
    known: String,
}
