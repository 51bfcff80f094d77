//! What a fake host does with an order: each method's rule, over the state, without any I/O.

use uuid::Uuid;

use super::config::{FakeConfig, Oversell};
use super::journal::Effect;
use super::state::{Machine, State};
use super::store::Draft;
use crate::call::Call;
use crate::driver::{Disks, PowerOff, Reboot};
use crate::error::DriverError;
use crate::order::Order;
use crate::power::PowerState;
use crate::spec::MachineSpec;

/// What shall be done.
pub(super) enum Verdict {
    /// This.
    Do(Effect),
    /// Nothing: it is so already.
    Repeat,
    /// Nothing: it cannot be.
    Deny(DriverError),
}

/// The order as a journal entry and an answer. The fence comes before everything else.
pub(super) fn judge(
    state: &State,
    call: Call,
    order: &Order,
    uuid: Uuid,
    decide: impl FnOnce(&State) -> Verdict,
) -> (Option<Draft>, Result<(), DriverError>) {
    let draft = |effect| Draft {
        uuid: Some(uuid),
        key: Some(order.key.clone()),
        generation: Some(order.generation),
        effect,
    };
    match state.fences.get(&uuid) {
        Some(&held) if order.generation < held => {
            let error = DriverError::Fenced { call, uuid, offered: order.generation, held };
            return (Some(draft(Effect::Refused { call, held })), Err(error));
        }
        _ => {}
    }
    match decide(state) {
        Verdict::Do(effect) => (Some(draft(effect)), Ok(())),
        Verdict::Repeat => (Some(draft(Effect::Repeated { call })), Ok(())),
        Verdict::Deny(error) => (None, Err(error)),
    }
}

/// The first half of a spawn: room is found and the disk is made.
pub(super) fn prepare(config: &FakeConfig, state: &State, spec: &MachineSpec) -> Verdict {
    if state.machines.contains_key(&spec.uuid) {
        return Verdict::Repeat;
    }
    if !config.has_node(&spec.node) {
        return Verdict::Deny(DriverError::UnknownNode { node: spec.node.clone() });
    }
    match (config.oversell, config.lacks(state.used(&spec.node), spec.usage())) {
        (Oversell::Refuse, Some((resource, requested, available))) => {
            Verdict::Deny(DriverError::NoCapacity { node: spec.node.clone(), resource, requested, available })
        }
        _ if state.disks.contains(&spec.uuid) => Verdict::Repeat,
        _ => Verdict::Do(Effect::DiskCreated),
    }
}

/// The second half of a spawn: the machine is made.
pub(super) fn spawn(config: &FakeConfig, state: &State, spec: &MachineSpec) -> Verdict {
    match prepare(config, state, spec) {
        Verdict::Do(_) | Verdict::Repeat if !state.machines.contains_key(&spec.uuid) => {
            Verdict::Do(Effect::Spawned { spec: Box::new(spec.clone()) })
        }
        verdict => verdict,
    }
}

/// The disk of a spawn that failed midway goes again, unless a machine has it.
pub(super) fn undo_prepare(state: &State, uuid: Uuid) -> Verdict {
    match state.disks.contains(&uuid) && !state.machines.contains_key(&uuid) {
        true => Verdict::Do(Effect::DiskRemoved),
        false => Verdict::Repeat,
    }
}

pub(super) fn destroy(state: &State, uuid: Uuid, disks: Disks) -> Verdict {
    match (state.machines.contains_key(&uuid), disks) {
        (true, disks) => Verdict::Do(Effect::Destroyed { disks }),
        (false, Disks::Remove) => undo_prepare(state, uuid),
        (false, Disks::Keep) => Verdict::Repeat,
    }
}

pub(super) fn power_on(state: &State, uuid: Uuid) -> Verdict {
    with(state, uuid, |machine| match machine.state {
        PowerState::Running => Verdict::Repeat,
        PowerState::Shutdown | PowerState::Crashed => Verdict::Do(Effect::PoweredOn),
        state => invalid(Call::PowerOn, uuid, state),
    })
}

pub(super) fn power_off(state: &State, uuid: Uuid, how: PowerOff) -> Verdict {
    with(state, uuid, |machine| match machine.state {
        PowerState::Shutdown => Verdict::Repeat,
        _ => Verdict::Do(Effect::PoweredOff { how }),
    })
}

pub(super) fn reboot(state: &State, order: &Order, uuid: Uuid, how: Reboot) -> Verdict {
    with(state, uuid, |machine| match (how, machine.state) {
        _ if machine.last_reboot.as_ref() == Some(&order.key) => Verdict::Repeat,
        (Reboot::Hard, _) | (Reboot::Soft, PowerState::Running) => Verdict::Do(Effect::Rebooted { how }),
        (Reboot::Soft, state) => invalid(Call::Reboot, uuid, state),
    })
}

/// The four powers are one rule: from a state, to a state, by an effect.
pub(super) fn turn(call: Call, state: &State, uuid: Uuid) -> Verdict {
    let (from, to, effect) = match call {
        Call::Pause => (PowerState::Running, PowerState::Paused, Effect::Paused),
        Call::Unpause => (PowerState::Paused, PowerState::Running, Effect::Unpaused),
        Call::Suspend => (PowerState::Running, PowerState::Suspended, Effect::Suspended),
        _ => (PowerState::Suspended, PowerState::Running, Effect::Resumed),
    };
    with(state, uuid, |machine| match machine.state {
        state if state == to => Verdict::Repeat,
        state if state == from => Verdict::Do(effect),
        state => invalid(call, uuid, state),
    })
}

fn with(state: &State, uuid: Uuid, decide: impl FnOnce(&Machine) -> Verdict) -> Verdict {
    match state.machines.get(&uuid) {
        Some(machine) => decide(machine),
        None => Verdict::Deny(DriverError::NotFound { uuid }),
    }
}

fn invalid(call: Call, uuid: Uuid, state: PowerState) -> Verdict {
    Verdict::Deny(DriverError::InvalidState { call, uuid, state })
}
