//! The hypervisors of a run: their machines, which no service's death touches, and what goes wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nova_core::Env;
use nova_sim::Draw;
use nova_virt::fake::{Action, Failure, Latency, Moment, Point, Rule, Script, Store};
use nova_virt::{Call, PowerState};
use uuid::Uuid;

/// What goes wrong with the hypervisor of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverFault {
    /// The host.
    pub host: String,
    /// What.
    pub trouble: Trouble,
    /// Of a hundred calls.
    pub percent: u64,
    /// For how long.
    pub lasting: Duration,
}

/// What goes wrong with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Machines cannot be made.
    SpawnFails,
    /// Making a machine fails when its disk is there already.
    SpawnFailsMidway,
    /// Machines cannot be removed.
    DestroyFails,
    /// Machines cannot be turned on or off, nor held, nor let go on.
    PowerFails,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// Nobody knows whether it was done: it was not.
    Unknown,
    /// At once and by itself, a machine goes off if it runs, and on if it is off.
    Drift,
    /// Calls never answer. Ends when the service is started again.
    Hangs,
}

const TROUBLES: [Trouble; 8] = [
    Trouble::SpawnFails,
    Trouble::SpawnFailsMidway,
    Trouble::DestroyFails,
    Trouble::PowerFails,
    Trouble::AnswerLost,
    Trouble::Unknown,
    Trouble::Drift,
    Trouble::Hangs,
];

/// The calls that change how a machine is, and not whether it is.
pub(crate) const POWER: [Call; 7] =
    [Call::PowerOn, Call::PowerOff, Call::Reboot, Call::Pause, Call::Unpause, Call::Suspend, Call::Resume];

impl DriverFault {
    pub(crate) fn draw(draw: &Draw, hosts: &[String]) -> Self {
        Self {
            host: draw.one_of(hosts).clone(),
            trouble: *draw.one_of(&TROUBLES),
            percent: draw.between(10, 100),
            lasting: draw.time(Duration::from_millis(100), Duration::from_secs(60)),
        }
    }

    /// What becomes of a call at this moment, if it is one of those that are struck.
    fn action(&self, moment: &Moment) -> Option<Action> {
        let spawns = moment.call == Call::Spawn;
        let destroys = moment.call == Call::Destroy;
        let powers = POWER.contains(&moment.call);
        let changes = spawns || destroys || powers;
        match (self.trouble, moment.point) {
            (Trouble::SpawnFails, Point::Before) if spawns => Some(Action::Fail(Failure::Host)),
            (Trouble::SpawnFailsMidway, Point::Midway) if spawns => Some(Action::Fail(Failure::Host)),
            (Trouble::DestroyFails, Point::Before) if destroys => Some(Action::Fail(Failure::Host)),
            (Trouble::PowerFails, Point::Before) if powers => Some(Action::Fail(Failure::Host)),
            (Trouble::AnswerLost, Point::After) | (Trouble::Unknown, Point::Before) if changes => {
                Some(Action::Fail(Failure::Unknown))
            }
            (Trouble::Hangs, Point::Before | Point::After) if changes => Some(Action::Hang),
            _ => None,
        }
    }
}

impl fmt::Display for DriverFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, trouble, percent, lasting } = self;
        write!(f, "{trouble:?} of {percent} % on {host} for {lasting:?}")
    }
}

/// The hypervisors of all hosts, and what is wrong with them. Clones share.
#[derive(Clone)]
pub(crate) struct Hypervisors(Arc<Inner>);

struct Inner {
    stores: BTreeMap<String, Store>,
    draw: Draw,
    reigning: Mutex<BTreeMap<u64, DriverFault>>,
    /// Hosts on which a call hangs: only a new life of the service helps.
    hanging: Mutex<BTreeSet<String>>,
    /// Where each call is that has begun and not ended.
    calls: Mutex<BTreeMap<CallOf, Point>>,
}

/// One call of a host, about one machine.
type CallOf = (String, Option<Uuid>, Call);

impl Hypervisors {
    /// One for each of `hosts`, without machines.
    pub(crate) fn new(hosts: impl Iterator<Item = String>, draw: Draw) -> Self {
        let stores = hosts.map(|host| (host, Store::memory())).collect();
        Self(Arc::new(Inner {
            stores,
            draw,
            reigning: Mutex::default(),
            hanging: Mutex::default(),
            calls: Mutex::default(),
        }))
    }

    pub(crate) fn stores(&self) -> &BTreeMap<String, Store> {
        &self.0.stores
    }

    /// How the hypervisor of `host` behaves to a new life of its service. `look` is called at every moment of a call.
    pub(crate) fn script(&self, host: &str, look: impl Fn(&Moment) + Send + Sync + 'static) -> Script {
        let script = Script::new();
        let whole = [
            (Call::Spawn, Point::Before, 800),
            (Call::Spawn, Point::Midway, 800),
            (Call::Destroy, Point::Before, 300),
            (Call::Destroy, Point::After, 50),
        ];
        let power = POWER.map(|call| [(call, Point::Before, 400), (call, Point::After, 50)]);
        for (call, point, most) in whole.into_iter().chain(power.into_iter().flatten()) {
            let takes = Latency::Uniform { min: Duration::ZERO, max: Duration::from_millis(most) };
            script.add(Rule::on(call).at(point).delay(takes));
        }
        let (all, host) = (self.clone(), host.to_owned());
        script.decide(move |moment| {
            look(moment);
            all.decide(&host, moment)
        });
        script
    }

    fn decide(&self, host: &str, moment: &Moment) -> Option<Action> {
        let mut action = None;
        for fault in lock(&self.0.reigning).values().filter(|fault| fault.host == host) {
            let struck = fault.action(moment).filter(|_| self.0.draw.happens(fault.percent));
            action = action.or(struck);
        }
        if action == Some(Action::Hang) {
            lock(&self.0.hanging).insert(host.to_owned());
        }
        self.follow(host, moment, action.as_ref());
        action
    }

    fn follow(&self, host: &str, moment: &Moment, action: Option<&Action>) {
        let call = (host.to_owned(), moment.uuid, moment.call);
        let mut calls = lock(&self.0.calls);
        match (moment.point, action) {
            (Point::After, _) | (_, Some(Action::Fail(_))) => calls.remove(&call),
            (point, _) => calls.insert(call, point),
        };
    }

    /// Where the calls are that the service of `host` makes now.
    pub(crate) fn calls(&self, host: &str) -> Vec<(Call, Point)> {
        let calls = lock(&self.0.calls);
        calls.iter().filter(|((of, ..), _)| of == host).map(|((_, _, call), point)| (*call, *point)).collect()
    }

    /// The service of `host` is dead: it makes no calls.
    pub(crate) fn forget_calls(&self, host: &str) {
        lock(&self.0.calls).retain(|(of, ..), _| of != host);
    }

    /// One of the machines of `host` goes off, or on, without an order. Says which, if there is one.
    pub(crate) fn drift(&self, host: &str, env: &Env) -> Option<Uuid> {
        let store = &self.0.stores[host];
        let machines = store.list().expect("a hypervisor's store can be read");
        let machine = self.0.draw.one_of(machines.get(..).filter(|all| !all.is_empty())?);
        let (outside, uuid) = (store.outside(env), machine.spec.uuid);
        let changed = match machine.state {
            PowerState::Running => outside.kill(uuid),
            state if state.is_off() => outside.start(uuid),
            _ => return None,
        };
        changed.expect("a hypervisor's store can be written").then_some(uuid)
    }

    /// Lets `fault` begin, as number `number`.
    pub(crate) fn begin(&self, number: u64, fault: &DriverFault) {
        lock(&self.0.reigning).insert(number, fault.clone());
    }

    /// Ends the fault of that number.
    pub(crate) fn end(&self, number: u64) {
        lock(&self.0.reigning).remove(&number);
    }

    /// Ends every fault, and says on which hosts calls hang.
    pub(crate) fn heal(&self) -> BTreeSet<String> {
        lock(&self.0.reigning).clear();
        std::mem::take(&mut *lock(&self.0.hanging))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
