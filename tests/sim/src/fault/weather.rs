//! Faults as they begin, overlap and end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nova_core::Env;
use nova_rpc::transport::memory::{Disturbance, MemoryBus};

use super::Fault;
use crate::fleet::Fleet;
use crate::sim::Sim;

/// How long a message takes at most when nothing is wrong.
const USUAL: Duration = Duration::from_millis(2);

/// What is wrong in a run, now. Clones share.
///
/// Messages always take a time of their own, so that nodes get into each other's way.
#[derive(Clone)]
pub struct Weather(Arc<Inner>);

struct Inner {
    sim: Sim,
    env: Env,
    bus: MemoryBus,
    fleet: Fleet,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// What is wrong with the bus and the databases, oldest first.
    reigning: BTreeMap<u64, Fault>,
}

impl Weather {
    /// Fair weather over `bus`, `fleet` and the databases of `sim`.
    pub fn new(sim: &Sim, bus: &MemoryBus, fleet: &Fleet) -> Self {
        let weather = Self(Arc::new(Inner {
            sim: sim.clone(),
            env: sim.env("weather"),
            bus: bus.clone(),
            fleet: fleet.clone(),
            state: Mutex::default(),
        }));
        weather.rule();
        weather
    }

    /// Lets `fault` begin, and end by itself when its time is over.
    pub fn strike(&self, fault: &Fault) {
        self.0.sim.note(format!("fault: {fault}"));
        let end = self.begin(fault);
        let (weather, lasting) = (self.clone(), fault.lasting());
        if let Some(end) = end {
            self.0.env.spawn("fault", async move {
                tokio::time::sleep(lasting).await;
                weather.end(&end);
            });
        }
    }

    /// Ends everything that is wrong. Messages that were delayed still come, and work that was held back is done.
    pub fn heal(&self) {
        self.0.sim.note("everything is healed");
        let over = std::mem::take(&mut self.state().reigning);
        self.0.env.abort_all();
        for fault in over.values() {
            if let Fault::Partition { node, .. } = fault {
                self.0.bus.reconnect(node);
            }
        }
        self.0.sim.correct_clocks();
        self.0.fleet.heal();
        self.rule();
    }

    fn begin(&self, fault: &Fault) -> Option<End> {
        match fault {
            Fault::Crash { node, .. } => {
                self.0.fleet.crash(node);
                return Some(End::Start(node.clone()));
            }
            Fault::Restart { node, grace } => {
                let (fleet, node, grace) = (self.0.fleet.clone(), node.clone(), *grace);
                self.0.env.spawn("restart", async move {
                    fleet.stop(&node, grace).await;
                    fleet.start(&node);
                });
                return None;
            }
            Fault::Pause { node, .. } => {
                self.0.fleet.pause(node);
                return Some(End::GoOn(node.clone()));
            }
            Fault::ClockJump { node, seconds } => {
                self.0.sim.jump_clock(node, *seconds);
                return None;
            }
            Fault::Partition { node, .. } => self.0.bus.partition(&**node),
            _ => {}
        }
        let number = {
            let mut state = self.state();
            state.next += 1;
            let number = state.next;
            state.reigning.insert(number, fault.clone());
            number
        };
        self.rule();
        Some(End::Lift(number))
    }

    fn end(&self, end: &End) {
        match end {
            End::Start(node) => self.0.fleet.start(node),
            End::GoOn(node) => self.0.fleet.go_on(node),
            End::Lift(number) => self.lift(*number),
        }
    }

    fn lift(&self, number: u64) {
        let lifted = self.state().reigning.remove(&number);
        if let Some(fault) = &lifted {
            self.0.sim.note(format!("fault over: {fault}"));
        }
        if let Some(Fault::Partition { node, .. }) = lifted
            && !self.is_cut_off(&node)
        {
            self.0.bus.reconnect(&node);
        }
        self.rule();
    }

    fn is_cut_off(&self, node: &str) -> bool {
        let cuts_off = |fault: &Fault| matches!(fault, Fault::Partition { node: cut, .. } if cut == node);
        self.state().reigning.values().any(cuts_off)
    }

    /// Makes bus and databases as bad as everything that is wrong with them, and no worse.
    fn rule(&self) {
        let reigning: Vec<_> = self.state().reigning.values().cloned().collect();
        let (bus, gate) = (&self.0.bus, self.0.sim.gate());
        bus.calm();
        gate.heal();
        for fault in reigning {
            match fault {
                Fault::Mute { node, .. } => {
                    bus.disturb(Disturbance::drop().when(move |seen| seen.sender.as_deref() == Some(&*node)));
                }
                Fault::Loss { percent, .. } => bus.disturb(Disturbance::drop().chance(part(percent))),
                Fault::Duplicates { percent, .. } => {
                    bus.disturb(Disturbance::duplicate().chance(part(percent)));
                }
                Fault::Delays { percent, most, .. } => {
                    bus.disturb(Disturbance::delay(Duration::ZERO, most).chance(part(percent)));
                }
                Fault::SlowDatabases { most, .. } => gate.slow_down(most),
                Fault::NoDatabases { .. } => gate.hold(),
                Fault::Aborts { percent, .. } => gate.abort(percent),
                _ => {}
            }
        }
        bus.disturb(Disturbance::delay(Duration::ZERO, USUAL));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum End {
    Start(String),
    GoOn(String),
    Lift(u64),
}

fn part(percent: u64) -> f64 {
    f64::from(u32::try_from(percent).unwrap_or(100)) / 100.0
}

impl std::fmt::Debug for Weather {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Weather").field("reigning", &self.state().reigning).finish_non_exhaustive()
    }
}
