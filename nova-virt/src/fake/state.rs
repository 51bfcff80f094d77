//! What a fake host holds: its journal, replayed.

use std::collections::{BTreeMap, BTreeSet};

use nova_core::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::journal::{Effect, Entry};
use crate::driver::{Disks, Reboot};
use crate::event::{LifecycleEvent, LifecycleKind};
use crate::host::Usage;
use crate::machine::MachineInfo;
use crate::order::{Generation, StepKey};
use crate::power::PowerState;
use crate::spec::{MachineSpec, Start};

/// One machine of a fake host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What it was made from.
    pub spec: MachineSpec,
    /// Whether it runs.
    pub state: PowerState,
    /// The generation it was made or last changed under; `None` if it came out of band.
    pub generation: Option<Generation>,
    /// For which step it was last rebooted.
    pub last_reboot: Option<StepKey>,
}

impl Machine {
    pub(super) fn info(&self) -> MachineInfo {
        MachineInfo {
            uuid: self.spec.uuid,
            name: self.spec.name.clone(),
            node: self.spec.node.clone(),
            state: self.state,
            generation: self.generation,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) host: Option<String>,
    pub(super) machines: BTreeMap<Uuid, Machine>,
    pub(super) disks: BTreeSet<Uuid>,
    /// The highest generation seen per machine; it outlives the machine.
    pub(super) fences: BTreeMap<Uuid, Generation>,
    /// Everything a driver would have told, oldest first.
    pub(super) events: Vec<LifecycleEvent>,
}

impl State {
    /// What the machines of `node` take.
    pub(super) fn used(&self, node: &str) -> Usage {
        self.on_node(node).map(|machine| machine.spec.usage()).sum()
    }

    pub(super) fn running(&self, node: &str) -> usize {
        self.on_node(node).filter(|machine| machine.state == PowerState::Running).count()
    }

    fn on_node<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Machine> {
        self.machines.values().filter(move |machine| machine.spec.node == node)
    }

    pub(super) fn leftovers(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.disks.iter().copied().filter(|uuid| !self.machines.contains_key(uuid))
    }

    pub(super) fn apply(&mut self, entry: &Entry) {
        match (entry.uuid, &entry.effect) {
            (_, Effect::HostInitialised { host }) => self.host = Some(host.clone()),
            (_, Effect::HostRebooted) => self.lose_power(entry.at),
            (Some(uuid), effect) if entry.changed_something() => self.change(uuid, entry, effect),
            _ => {}
        }
        self.keep_generation(entry);
    }

    fn keep_generation(&mut self, entry: &Entry) {
        let (Some(uuid), Some(generation)) = (entry.uuid, entry.generation) else { return };
        if matches!(entry.effect, Effect::Refused { .. }) {
            return;
        }
        let held = self.fences.entry(uuid).or_insert(generation);
        *held = generation.max(*held);
        if let Some(machine) = self.machines.get_mut(&uuid) {
            machine.generation = Some(*held);
        }
    }

    fn change(&mut self, uuid: Uuid, entry: &Entry, effect: &Effect) {
        match effect {
            Effect::DiskCreated => _ = self.disks.insert(uuid),
            Effect::DiskRemoved => _ = self.disks.remove(&uuid),
            Effect::Spawned { spec } => self.add(uuid, spec, entry.at),
            Effect::Destroyed { disks } => self.remove(uuid, *disks, entry.at),
            Effect::Rebooted { how } => self.reboot(uuid, *how, entry),
            Effect::PoweredOn => self.turn(uuid, PowerState::Running, LifecycleKind::Started, entry.at),
            Effect::PoweredOff { .. } => {
                self.turn(uuid, PowerState::Shutdown, LifecycleKind::Stopped, entry.at)
            }
            Effect::Paused => self.turn(uuid, PowerState::Paused, LifecycleKind::Paused, entry.at),
            Effect::Suspended => self.turn(uuid, PowerState::Suspended, LifecycleKind::Suspended, entry.at),
            Effect::Unpaused | Effect::Resumed => {
                self.turn(uuid, PowerState::Running, LifecycleKind::Resumed, entry.at);
            }
            Effect::Drifted { to } => self.turn(uuid, *to, drift_kind(*to), entry.at),
            Effect::HostInitialised { .. }
            | Effect::HostRebooted
            | Effect::Repeated { .. }
            | Effect::Refused { .. } => {}
        }
    }

    fn add(&mut self, uuid: Uuid, spec: &MachineSpec, at: Timestamp) {
        let machine =
            Machine { spec: spec.clone(), state: PowerState::Shutdown, generation: None, last_reboot: None };
        self.machines.insert(uuid, machine);
        self.disks.insert(uuid);
        match spec.start {
            Start::Running => self.turn(uuid, PowerState::Running, LifecycleKind::Started, at),
            Start::Off => {}
        }
    }

    fn remove(&mut self, uuid: Uuid, disks: Disks, at: Timestamp) {
        match self.machines.remove(&uuid) {
            Some(machine) if !machine.state.is_off() => self.tell(uuid, LifecycleKind::Stopped, at),
            _ => {}
        }
        match disks {
            Disks::Remove => _ = self.disks.remove(&uuid),
            Disks::Keep => {}
        }
    }

    fn reboot(&mut self, uuid: Uuid, how: Reboot, entry: &Entry) {
        let Some(machine) = self.machines.get_mut(&uuid) else { return };
        machine.last_reboot.clone_from(&entry.key);
        let was_off = machine.state.is_off();
        machine.state = PowerState::Running;
        match how {
            Reboot::Soft => {}
            Reboot::Hard if was_off => self.tell(uuid, LifecycleKind::Started, entry.at),
            Reboot::Hard => {
                self.tell(uuid, LifecycleKind::Stopped, entry.at);
                self.tell(uuid, LifecycleKind::Started, entry.at);
            }
        }
    }

    fn turn(&mut self, uuid: Uuid, to: PowerState, kind: LifecycleKind, at: Timestamp) {
        if let Some(machine) = self.machines.get_mut(&uuid) {
            machine.state = to;
            self.tell(uuid, kind, at);
        }
    }

    fn lose_power(&mut self, at: Timestamp) {
        let lost = |machine: &&Machine| matches!(machine.state, PowerState::Running | PowerState::Paused);
        let lost: Vec<Uuid> = self.machines.values().filter(lost).map(|machine| machine.spec.uuid).collect();
        for uuid in lost {
            self.turn(uuid, PowerState::Shutdown, LifecycleKind::Stopped, at);
        }
    }

    fn tell(&mut self, uuid: Uuid, kind: LifecycleKind, at: Timestamp) {
        self.events.push(LifecycleEvent { uuid, kind, at });
    }
}

fn drift_kind(to: PowerState) -> LifecycleKind {
    match to {
        PowerState::Running => LifecycleKind::Started,
        PowerState::Paused => LifecycleKind::Paused,
        PowerState::Suspended => LifecycleKind::Suspended,
        PowerState::NoState | PowerState::Shutdown | PowerState::Crashed => LifecycleKind::Stopped,
    }
}
