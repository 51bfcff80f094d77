//! What a run does: drawn from its seed, or what a shrinking left of that.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use nova_all_in_one::Route;
use nova_sim::{Draw, Fault, Menu, Side};

use crate::change::Change;
use crate::hypervisor::DriverFault;

/// How many operations a run has at least, and how many faults.
pub const LEAST_OPERATIONS: usize = 60;
/// How many faults a run has at least, unless it is to have none.
pub const LEAST_FAULTS: usize = 10;

/// One run, before it is run. The seed also decides what the plan does not: ids, latencies, who is first.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// The cloud.
    pub shape: Shape,
    /// What users and fate do, by time.
    pub steps: Vec<Step>,
}

/// The cloud of a run.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How many servers of the smallest flavor each host has room for.
    pub hosts: Vec<u64>,
    /// How many conductors.
    pub conductors: u64,
    /// How many schedulers.
    pub schedulers: u64,
    /// How computes reach records.
    pub route: Route,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub struct Step {
    /// When, since everybody was up.
    pub at: Duration,
    /// What.
    pub act: Act,
}

/// What a user or fate does.
#[derive(Clone, Debug)]
pub enum Act {
    /// A user asks for servers.
    Boot {
        /// The request, by which others mean it.
        request: u32,
        /// How many servers.
        count: u32,
        /// After so long the user gives up on the answer, and asks again.
        cut: Option<Duration>,
    },
    /// A user deletes a server.
    Delete {
        /// The request it came from.
        request: u32,
        /// Which of its servers.
        member: u32,
        /// After so long the user gives up on the answer, and asks again.
        cut: Option<Duration>,
    },
    /// A user wants something of a server that is there.
    Change {
        /// The request it came from.
        request: u32,
        /// Which of its servers.
        member: u32,
        /// What.
        change: Change,
        /// The user waits until the server rests; otherwise asks at once, and may be refused.
        patient: bool,
        /// After so long the user gives up on the answer, and asks again.
        cut: Option<Duration>,
    },
    /// Something goes wrong with services, bus, databases, clocks.
    Fault(Fault),
    /// The same, at the side of one of the next pieces of database work.
    Aimed {
        /// What.
        fault: Fault,
        /// How many pieces of work pass before.
        after: u64,
        /// On which side of the next.
        side: Side,
    },
    /// Something goes wrong with a hypervisor.
    Driver(DriverFault),
}

impl Plan {
    /// The plan of `seed`, whose faults are of `menu`; without faults if there is none.
    pub fn draw(seed: u64, menu: Option<&Menu>) -> Self {
        let draw = Draw::new(seed);
        let shape = Shape::draw(&draw);
        let mut steps = operations(&draw, shape.hosts.iter().sum());
        if let Some(menu) = menu {
            let faults = faults(&draw, menu, &shape, &steps);
            steps.extend(faults);
        }
        // Stable: at the same time, in the order they were drawn.
        steps.sort_by_key(|step| step.at);
        Self { seed, shape, steps }
    }

    /// The same with other steps, but for those about servers that are not asked for.
    pub fn with(&self, steps: &[Step]) -> Self {
        let mut asked = BTreeSet::new();
        let makes_sense = |step: &&Step| match &step.act {
            Act::Boot { request, .. } => {
                asked.insert(*request);
                true
            }
            Act::Delete { request, .. } | Act::Change { request, .. } => asked.contains(request),
            Act::Fault(_) | Act::Aimed { .. } | Act::Driver(_) => true,
        };
        let steps = steps.iter().filter(makes_sense).cloned().collect();
        Self { seed: self.seed, shape: self.shape.clone(), steps }
    }

    /// How many of its steps are operations.
    pub fn operations(&self) -> usize {
        self.steps.len() - self.faults()
    }

    /// How many of its steps are faults.
    pub fn faults(&self) -> usize {
        self.steps.iter().filter(|step| step.act.is_fault()).count()
    }
}

impl Act {
    /// Whether it is fate's.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Fault(_) | Self::Aimed { .. } | Self::Driver(_))
    }
}

impl Shape {
    fn draw(draw: &Draw) -> Self {
        let hosts = (0..draw.between(2, 6)).map(|_| draw.between(1, 6)).collect();
        let route = if draw.happens(75) { Route::Remote } else { Route::Local };
        Self { hosts, conductors: draw.between(1, 3), schedulers: draw.between(1, 2), route }
    }

    /// The hosts by name, each with its room.
    pub fn hosts(&self) -> impl Iterator<Item = (String, u64)> {
        self.hosts.iter().zip(1..).map(|(room, number)| (format!("host-{number}"), *room))
    }

    /// Every service by name, for a draw: conductors and schedulers, of which there are few, more than once.
    fn victims(&self) -> Vec<String> {
        let conductors = (1..=self.conductors).map(|number| format!("conductor-{number}"));
        let schedulers = (1..=self.schedulers).map(|number| format!("scheduler-{number}"));
        let few: Vec<_> = conductors.chain(schedulers).collect();
        few.iter().cloned().chain(few.iter().cloned()).chain(self.hosts().map(|(name, _)| name)).collect()
    }
}

/// Of a hundred operations, while there are servers, so many are about one that goes on being there.
const CHANGES: u64 = 40;

/// Of a hundred faults, so many strike at the side of a piece of database work, and not at any time.
const AIMED: u64 = 40;

/// Of a hundred changes, so many are followed at once by what interrupts them: a deletion or a hard reboot.
const FOLLOWED: u64 = 25;

/// Users boot and delete so that the cloud, which has room for `room` servers, is now nearly full and now nearly empty.
fn operations(draw: &Draw, room: u64) -> Vec<Step> {
    let (mut at, mut steps) = (Duration::ZERO, Vec::new());
    let mut alive: Vec<(u32, u32)> = Vec::new();
    let mut request = 0;
    let total = LEAST_OPERATIONS + usize::try_from(draw.below(20)).unwrap_or(0);
    while steps.len() < total {
        at += match draw.happens(50) {
            true => draw.time(Duration::ZERO, Duration::from_millis(300)),
            false => draw.time(Duration::ZERO, Duration::from_secs(10)),
        };
        let cut = draw.happens(8).then(|| draw.time(Duration::ZERO, Duration::from_millis(60)));
        if !alive.is_empty() && draw.happens(CHANGES) {
            let (request, member) = *draw.one_of(&alive);
            let (change, patient) = (Change::draw(draw), draw.happens(70));
            steps.push(Step { at, act: Act::Change { request, member, change, patient, cut } });
            if draw.happens(FOLLOWED) {
                at += draw.time(Duration::ZERO, Duration::from_millis(600));
                let act = if draw.happens(50) {
                    alive.retain(|one| *one != (request, member));
                    Act::Delete { request, member, cut: None }
                } else {
                    let (change, patient) = (Change::HardReboot, false);
                    Act::Change { request, member, change, patient, cut: None }
                };
                steps.push(Step { at, act });
            }
            continue;
        }
        let growing = if alive.len() as u64 > room { 25 } else { 65 };
        let act = if alive.is_empty() || draw.happens(growing) {
            request += 1;
            let count = if draw.happens(25) { draw.between(2, 3) } else { 1 };
            let count = u32::try_from(count).unwrap_or(1);
            alive.extend((0..count).map(|member| (request, member)));
            Act::Boot { request, count, cut }
        } else {
            let (request, member) = *pick(draw, &alive);
            alive.retain(|one| *one != (request, member));
            Act::Delete { request, member, cut }
        };
        steps.push(Step { at, act });
    }
    steps
}

/// Half of the time what was asked for last, and so is still on its way.
fn pick<'a>(draw: &Draw, alive: &'a [(u32, u32)]) -> &'a (u32, u32) {
    match alive.last() {
        Some(last) if draw.happens(50) => last,
        _ => draw.one_of(alive),
    }
}

/// Most strike while an operation is on its way.
fn faults(draw: &Draw, menu: &Menu, shape: &Shape, operations: &[Step]) -> Vec<Step> {
    let nodes = shape.victims();
    let hosts: Vec<_> = shape.hosts().map(|(name, _)| name).collect();
    let end = operations.last().map(|step| step.at).unwrap_or_default();
    let drawn = (0..LEAST_FAULTS as u64 + draw.below(16)).filter_map(|_| {
        let at = match draw.happens(70) {
            true => draw.one_of(operations).at + draw.time(Duration::ZERO, Duration::from_millis(1200)),
            false => draw.time(Duration::ZERO, end),
        };
        let act = match draw.happens(25) {
            true => Act::Driver(DriverFault::draw(draw, &hosts)),
            false => {
                let (fault, aimed) = (menu.draw(draw, &nodes)?, draw.happens(AIMED));
                let (after, before) = (draw.below(12), draw.happens(50));
                let side = if before { Side::Before } else { Side::After };
                if aimed { Act::Aimed { fault, after, side } } else { Act::Fault(fault) }
            }
        };
        Some(Step { at, act })
    });
    drawn.collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { hosts, conductors, schedulers, route } = &self.shape;
        writeln!(
            f,
            "seed {:#x}: hosts with room for {hosts:?}, {conductors} conductors, {schedulers} schedulers, computes {route:?}",
            self.seed
        )?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:10.3} ", self.at.as_secs_f64())?;
        let cut = match &self.act {
            Act::Boot { request, count, cut } => {
                write!(f, "boot {request}: {count} servers")?;
                cut
            }
            Act::Delete { request, member, cut } => {
                write!(f, "delete server {member} of boot {request}")?;
                cut
            }
            Act::Change { request, member, change, patient, cut } => {
                let when = if *patient { "once it rests" } else { "at once" };
                write!(f, "{change} of server {member} of boot {request}, {when}")?;
                cut
            }
            Act::Fault(fault) => return write!(f, "fault: {fault}"),
            Act::Aimed { fault, after, side } => {
                return write!(f, "fault, {side:?} the database work after the next {after}: {fault}");
            }
            Act::Driver(fault) => return write!(f, "fault: {fault}"),
        };
        match cut {
            Some(cut) => write!(f, ", asked again after {cut:?}"),
            None => Ok(()),
        }
    }
}
