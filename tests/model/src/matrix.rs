//! Every operation × every moment of it × every kind of fault × whom it befalls.
//!
//! A moment is a piece of database work between the acceptance of the operation and its rest: there are several within
//! each step, and every step has some. First a calm run lists the moments of each scenario, and which steps are open at
//! each; then each moment is struck by each fault, in cells of a few minutes of virtual time, a dozen cells to a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nova_all_in_one::Route;
use nova_sim::{Fault, Side};

use crate::change::Change;
use crate::check::Verdict;
use crate::hypervisor::{DriverFault, Trouble};
use crate::plan::{Act, Plan, Shape, Step};

/// How long a cell lasts: until the operation rests, whatever struck it, and its server is deleted.
const CELL: Duration = Duration::from_secs(150);

/// When the operation is asked for, within its cell.
const ASKED: Duration = Duration::from_secs(30);

/// When the server is deleted, within its cell.
const OVER: Duration = Duration::from_secs(110);

/// No operation has more pieces of database work than this.
const MOMENTS: u64 = 90;

/// How many cells a run has.
const CELLS: usize = 12;

/// The lease of a step is 30 s by default: who stands still for longer has lost it.
const PAST_THE_LEASE: Duration = Duration::from_secs(45);

/// One operation, and how it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// A boot.
    Boot,
    /// A boot of more servers than there is room for.
    Burial,
    /// A boot whose machines cannot be made anywhere.
    GivenUp,
    /// A boot whose server is deleted before it is there.
    Abandoned,
    /// A deletion.
    Delete,
    /// A stop.
    Stop,
    /// A start.
    Start,
    /// A pause.
    Pause,
    /// The opposite.
    Unpause,
    /// A suspension.
    Suspend,
    /// The opposite.
    Resume,
    /// A soft reboot.
    SoftReboot,
    /// A hard reboot.
    HardReboot,
    /// A rebuild.
    Rebuild,
    /// A stop that a hard reboot does not wait for.
    Interrupted,
    /// A change that the hypervisor refuses.
    Refused,
}

/// What strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strike {
    /// The database aborts the work.
    Error,
    /// Every message comes twice.
    Repeat,
    /// Before the work, a service dies.
    CrashBefore(Victim),
    /// After the work, before anybody hears of it, a service dies.
    CrashAfter(Victim),
    /// Before the work, a service stands still for longer than its leases last.
    Pause(Victim),
}

/// Whom it befalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    /// The conductor.
    Conductor,
    /// The computes, all of them.
    Compute,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Boot,
        Self::Burial,
        Self::GivenUp,
        Self::Abandoned,
        Self::Delete,
        Self::Stop,
        Self::Start,
        Self::Pause,
        Self::Unpause,
        Self::Suspend,
        Self::Resume,
        Self::SoftReboot,
        Self::HardReboot,
        Self::Rebuild,
        Self::Interrupted,
        Self::Refused,
    ];

    /// What happens in its cell but for the strike, from the cell's beginning on.
    fn script(self, request: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut add = |at: Duration, act: Act| steps.push(Step { at, act });
        let boot = |count| Act::Boot { request, count, cut: None };
        let delete = || Act::Delete { request, member: 0, cut: None };
        let change = |change| Act::Change { request, member: 0, change, patient: false, cut: None };
        let trouble = |host: &str, trouble| {
            let lasting = Duration::from_secs(60);
            Act::Driver(DriverFault { host: host.to_owned(), trouble, percent: 100, lasting })
        };
        let (begin, before, soon) = (Duration::ZERO, ASKED / 2, ASKED + Duration::from_millis(300));
        match self {
            Self::Boot | Self::Abandoned => add(ASKED, boot(1)),
            Self::Burial => add(ASKED, boot(ROOM_OF_ALL + 1)),
            Self::GivenUp => {
                (1..=HOSTS)
                    .for_each(|number| add(ASKED, trouble(&format!("host-{number}"), Trouble::SpawnFails)));
                add(ASKED, boot(1));
            }
            _ => add(begin, boot(1)),
        }
        match self {
            Self::Boot | Self::Burial | Self::GivenUp => {}
            Self::Abandoned => add(soon, delete()),
            Self::Delete => add(ASKED, delete()),
            Self::Stop => add(ASKED, change(Change::Power)),
            Self::Pause => add(ASKED, change(Change::Pause)),
            Self::Suspend => add(ASKED, change(Change::Suspend)),
            Self::SoftReboot => add(ASKED, change(Change::SoftReboot)),
            Self::HardReboot => add(ASKED, change(Change::HardReboot)),
            Self::Rebuild => add(ASKED, change(Change::Rebuild)),
            Self::Start | Self::Unpause | Self::Resume => {
                let both = match self {
                    Self::Start => Change::Power,
                    Self::Unpause => Change::Pause,
                    _ => Change::Suspend,
                };
                add(before, change(both));
                add(ASKED, change(both));
            }
            Self::Interrupted => {
                add(ASKED, change(Change::Pause));
                add(soon, change(Change::HardReboot));
            }
            Self::Refused => {
                (1..=HOSTS)
                    .for_each(|number| add(ASKED, trouble(&format!("host-{number}"), Trouble::PowerFails)));
                add(ASKED, change(Change::Suspend));
            }
        }
        let members = if self == Self::Burial { ROOM_OF_ALL + 1 } else { 1 };
        // For the second time, where the first was the operation.
        (0..members).for_each(|member| add(OVER, Act::Delete { request, member, cut: None }));
        steps
    }
}

impl Strike {
    /// All of them, each with everybody whom it may befall.
    pub const ALL: [Self; 8] = [
        Self::Error,
        Self::Repeat,
        Self::CrashBefore(Victim::Conductor),
        Self::CrashBefore(Victim::Compute),
        Self::CrashAfter(Victim::Conductor),
        Self::CrashAfter(Victim::Compute),
        Self::Pause(Victim::Conductor),
        Self::Pause(Victim::Compute),
    ];

    /// The faults that it is.
    fn faults(self) -> (Side, Vec<Fault>) {
        let down = Duration::from_secs(2);
        let crash = |victim: Victim| victim.names().map(|node| Fault::Crash { node, down }).collect();
        match self {
            Self::Error => {
                (Side::Before, vec![Fault::Aborts { percent: 100, lasting: Duration::from_millis(20) }])
            }
            Self::Repeat => {
                (Side::Before, vec![Fault::Duplicates { percent: 100, lasting: Duration::from_secs(5) }])
            }
            Self::CrashBefore(victim) => (Side::Before, crash(victim)),
            Self::CrashAfter(victim) => (Side::After, crash(victim)),
            Self::Pause(victim) => {
                let pause = |node| Fault::Pause { node, lasting: PAST_THE_LEASE };
                (Side::Before, victim.names().map(pause).collect())
            }
        }
    }
}

impl Victim {
    fn names(self) -> impl Iterator<Item = String> {
        let (conductor, hosts) = match self {
            Self::Conductor => (Some("conductor-1".to_owned()), 0),
            Self::Compute => (None, HOSTS),
        };
        conductor.into_iter().chain((1..=hosts).map(|number| format!("host-{number}")))
    }
}

const HOSTS: u32 = 2;
const ROOM: u64 = 2;
const ROOM_OF_ALL: u32 = 4;

/// One place of the matrix.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The operation.
    pub scenario: Scenario,
    /// How many pieces of database work after its acceptance.
    pub moment: u64,
    /// The steps that are open there in a calm run.
    pub open: BTreeSet<String>,
    /// What strikes.
    pub strike: Strike,
}

/// The cells of `scenario`: each moment of a calm run at which one of its steps is open, with each strike.
///
/// # Panics
/// If the calm run is not clean.
pub fn cells(scenario: Scenario) -> Vec<Cell> {
    // It changes nothing, but is written down.
    let nothing = Fault::Loss { percent: 0, lasting: Duration::ZERO };
    let looks = (0..MOMENTS).map(|after| Act::Aimed { fault: nothing.clone(), after, side: Side::Before });
    let looks = looks.map(|act| Step { at: ASKED, act });
    let verdict = Verdict::of(plan(0, looks.chain(scenario.script(1)).collect()));
    assert!(verdict.is_clean(), "{scenario:?} without faults: {verdict}");
    let open = verdict.struck.values().filter(|open| !open.is_empty());
    let moments: Vec<_> = (0..).zip(open.cloned()).collect();
    let cell = |(moment, open): &(u64, BTreeSet<String>), strike| Cell {
        scenario,
        moment: *moment,
        open: open.clone(),
        strike,
    };
    moments.iter().flat_map(|moment| Strike::ALL.map(|strike| cell(moment, strike))).collect()
}

/// The plans of `cells`, a dozen of them to each, with other latencies in every `pass`.
pub fn plans(cells: &[Cell], pass: u64) -> Vec<Plan> {
    let plan_of = |(number, cells): (usize, &[Cell])| {
        let mut steps = Vec::new();
        for ((cell, request), place) in cells.iter().zip(1..).zip(0..) {
            let (side, faults) = cell.strike.faults();
            let aimed = faults.into_iter().map(|fault| Act::Aimed { fault, after: cell.moment, side });
            let aimed = aimed.map(|act| Step { at: ASKED, act });
            let of_cell = aimed.chain(cell.scenario.script(request));
            steps.extend(of_cell.map(|step| Step { at: CELL * place + step.at, ..step }));
        }
        plan(pass << 32 | u64::try_from(number).unwrap_or(0), steps)
    };
    cells.chunks(CELLS).enumerate().map(plan_of).collect()
}

fn plan(seed: u64, mut steps: Vec<Step>) -> Plan {
    let hosts = vec![ROOM; HOSTS as usize];
    let shape = Shape { hosts, conductors: 1, schedulers: 1, route: Route::Remote };
    steps.sort_by_key(|step| step.at);
    Plan { seed, shape, steps }
}

/// Notes in `coverage` what was open when the strikes of a run came.
pub fn note(verdict: &Verdict, coverage: &mut Coverage) {
    for (number, open) in &verdict.struck {
        let step = verdict.plan.steps.get(*number).map(|step| &step.act);
        let Some(Act::Aimed { fault, side, .. }) = step else { continue };
        let strike = Strike::ALL.into_iter().find(|strike| {
            let (on, faults) = strike.faults();
            on == *side && faults.contains(fault)
        });
        if let Some(strike) = strike {
            coverage.note(open, strike);
        }
    }
}

/// Which steps were open when which strike came, over all runs.
#[derive(Debug, Default)]
pub struct Coverage(BTreeMap<String, BTreeSet<Strike>>);

impl Coverage {
    /// Notes that `strike` came while these steps were open.
    pub fn note(&mut self, open: &BTreeSet<String>, strike: Strike) {
        for step in open {
            self.0.entry(step.clone()).or_default().insert(strike);
        }
    }

    /// Of `steps` and of those that were struck, what never came to which.
    pub fn missing(&self, steps: &[&str]) -> BTreeMap<String, BTreeSet<Strike>> {
        let known = steps.iter().copied().chain(self.steps());
        let lacking = |step: &str| -> BTreeSet<_> {
            let struck = self.0.get(step);
            Strike::ALL
                .into_iter()
                .filter(|strike| struck.is_none_or(|struck| !struck.contains(strike)))
                .collect()
        };
        let missing = known.map(|step| (step.to_owned(), lacking(step)));
        missing.filter(|(_, strikes)| !strikes.is_empty()).collect()
    }

    /// The steps that were struck.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Every step of every operation that a server can be asked for.
pub const STEPS: &[&str] = &[
    "boot schedule_and_build",
    "build spawn",
    "build reschedule",
    "build give_up",
    "build abandon",
    "delete terminate",
    "delete cleanup",
    "power act",
    "rebuild tear_down",
    "rebuild remake",
];
