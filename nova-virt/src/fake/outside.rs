//! What happens to a fake host without its service.

use nova_core::Env;
use uuid::Uuid;

use super::journal::Effect;
use super::store::{Draft, Store, StoreError};
use crate::driver::Disks;
use crate::power::PowerState;
use crate::spec::MachineSpec;

/// The hand of an operator, a guest or fate: it changes the host past the driver, as the journal then shows.
///
/// Made by [`Store::outside`], in the service's process or in another. Each method answers whether there was such a
/// machine to act on.
#[derive(Clone, Debug)]
pub struct Outside {
    store: Store,
    env: Env,
}

impl Outside {
    pub(super) fn new(store: Store, env: Env) -> Self {
        Self { store, env }
    }

    /// Stops a machine, as its guest's own shutdown or a killed process does.
    ///
    /// # Errors
    /// If the journal cannot be written; so for all of these.
    pub fn kill(&self, uuid: Uuid) -> Result<bool, StoreError> {
        self.drift(uuid, PowerState::Shutdown)
    }

    /// Crashes a machine.
    ///
    /// # Errors
    /// As [`kill`](Self::kill).
    pub fn crash(&self, uuid: Uuid) -> Result<bool, StoreError> {
        self.drift(uuid, PowerState::Crashed)
    }

    /// Starts a machine behind the service's back.
    ///
    /// # Errors
    /// As [`kill`](Self::kill).
    pub fn start(&self, uuid: Uuid) -> Result<bool, StoreError> {
        self.drift(uuid, PowerState::Running)
    }

    /// Removes a machine and its disk, as an operator at the hypervisor's own console does.
    ///
    /// # Errors
    /// As [`kill`](Self::kill).
    pub fn remove(&self, uuid: Uuid) -> Result<bool, StoreError> {
        self.change(uuid, Effect::Destroyed { disks: Disks::Remove })
    }

    /// Makes a machine that no service asked for; `false` if there is one by that uuid.
    ///
    /// # Errors
    /// As [`kill`](Self::kill).
    pub fn start_foreign(&self, spec: MachineSpec) -> Result<bool, StoreError> {
        let uuid = spec.uuid;
        self.store.transact(self.env.now(), |state| match state.machines.contains_key(&uuid) {
            true => (None, false),
            false => (Some(draft(Some(uuid), Effect::Spawned { spec: Box::new(spec) })), true),
        })
    }

    /// Pulls the host's plug and puts it back: what ran is off.
    ///
    /// # Errors
    /// As [`kill`](Self::kill).
    pub fn reboot_host(&self) -> Result<(), StoreError> {
        self.store.transact(self.env.now(), |_| (Some(draft(None, Effect::HostRebooted)), ()))
    }

    fn drift(&self, uuid: Uuid, to: PowerState) -> Result<bool, StoreError> {
        self.change(uuid, Effect::Drifted { to })
    }

    fn change(&self, uuid: Uuid, effect: Effect) -> Result<bool, StoreError> {
        self.store.transact(self.env.now(), |state| match state.machines.contains_key(&uuid) {
            true => (Some(draft(Some(uuid), effect)), true),
            false => (None, false),
        })
    }
}

fn draft(uuid: Option<Uuid>, effect: Effect) -> Draft {
    Draft { uuid, key: None, generation: None, effect }
}
