//! One run of a plan, from a new cloud to the last audit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nova_all_in_one::{Cloud, HostSettings, Shared};
use nova_audit::{Audit, Finding, Sources};
use nova_core::Env;
use nova_sim::{Fault, Fleet, Run, Sim, Weather};
use nova_virt::Usage;
use nova_virt::fake::{Moment, Point};
use tokio::time::{Instant, sleep, sleep_until};

use crate::hypervisor::{Hypervisors, Trouble};
use crate::plan::{Act, Plan};
use crate::promises;
use crate::rare;
use crate::template;
use crate::users::Users;

/// How long everything may take to rest once faults stop.
const REST: Duration = Duration::from_secs(15 * 60);

/// How often one looks whether it does.
const LOOK: Duration = Duration::from_secs(5);

/// How long what rests must go on resting.
const STILL: Duration = Duration::from_secs(90);

/// What does not hold, in the order it was found. Nothing, if all is well.
pub type Violations = Vec<String>;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What does not hold.
    pub violations: Violations,
    /// The steps of operations that were open when what was aimed struck, by the number of the step in the plan.
    pub struck: BTreeMap<usize, BTreeSet<String>>,
}

/// Runs `plan`, remembering so many of its last events.
pub fn run(plan: &Plan, events: usize) -> Run<Outcome> {
    nova_sim::run_remembering(plan.seed, events, async |sim| {
        template::unpack(sim.directory());
        let world = World::build(&sim, plan).await;
        let violations = world.play(plan).await;
        let struck = std::mem::take(&mut *world.struck.lock().unwrap_or_else(PoisonError::into_inner));
        Outcome { violations, struck }
    })
}

#[derive(Clone)]
struct World {
    sim: Sim,
    fleet: Fleet,
    weather: Weather,
    hypervisors: Hypervisors,
    users: Users,
    auditor: Auditor,
    fate: Env,
    /// Whether what was aimed and has not struck yet is not to strike any more.
    healed: Arc<AtomicBool>,
    struck: Arc<Mutex<BTreeMap<usize, BTreeSet<String>>>>,
}

/// What may be there when everything rests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    WhatUsersHave,
    Nothing,
}

/// Looks at everything at one moment, whenever it is asked. Clones share.
#[derive(Clone)]
struct Auditor {
    sim: Sim,
    sources: Sources,
    found: Arc<Mutex<BTreeSet<Finding>>>,
}

impl World {
    async fn build(sim: &Sim, plan: &Plan) -> Self {
        let hosts = plan.shape.hosts().map(|(name, _)| name);
        let hypervisors = Hypervisors::new(hosts, sim.draw("hypervisors"));
        let mut settings = template::settings(sim.directory());
        let auditor = Auditor::new(sim, &settings, &hypervisors);
        settings.gate = Arc::new(sim.gate());
        settings.route = plan.shape.route;
        let cloud = Cloud::build(&sim.env("api"), &settings).await.expect("a cloud can be built");
        let cloud = Arc::new(cloud);
        let bus = &cloud.shared().bus;
        sim.watch(bus);
        let fleet = fleet(sim, &cloud, plan, &hypervisors, &auditor);
        let weather = Weather::new(sim, bus, &fleet);
        auditor.watch_books(&cloud);
        rare::watch_bus(sim, bus, &fleet);
        let users = Users::new(sim, &cloud);
        fleet.start_all();
        let fate = sim.env("fate");
        let (healed, struck) = Default::default();
        Self { sim: sim.clone(), fleet, weather, hypervisors, users, auditor, fate, healed, struck }
    }

    async fn play(&self, plan: &Plan) -> Violations {
        if let Err(down) = self.fleet.all_up(REST).await {
            return vec![format!("{down:?} do not start")];
        }
        let began = Instant::now();
        for (number, step) in (0..).zip(&plan.steps) {
            sleep_until(began + step.at).await;
            if self.is_wrong() {
                return self.wrong();
            }
            self.act(number, &step.act);
        }
        self.heal();
        let mut violations = self.rest("the faults", Left::WhatUsersHave).await;
        self.auditor.count_rare();
        if violations.is_empty() {
            self.users.delete_all();
            violations = self.rest("the deletion of everything", Left::Nothing).await;
        }
        violations
    }

    fn act(&self, number: u64, act: &Act) {
        rare::at_act(&self.sim, act, &self.hypervisors, self.users.wait());
        self.carry_out(number, act);
        rare::at_fleet(&self.sim, &self.fleet);
    }

    fn carry_out(&self, number: u64, act: &Act) {
        match act {
            Act::Boot { request, count, cut } => self.users.boot(*request, *count, *cut),
            Act::Delete { request, member, cut } => self.users.delete(*request, *member, *cut),
            Act::Change { request, member, change, patient, cut } => {
                self.users.change(*request, *member, *change, *patient, *cut);
            }
            Act::Fault(fault) => self.strike(fault),
            Act::Aimed { fault, after, side } => {
                let (world, fault) = (self.clone(), fault.clone());
                self.sim.gate().at_work(*after, *side, move || {
                    if !world.healed.load(Ordering::Relaxed) {
                        world.note_open(number);
                        rare::at_fault(&world.sim, &fault, &world.hypervisors, world.users.wait());
                        world.strike(&fault);
                    }
                });
            }
            Act::Driver(fault) => {
                self.sim.note(format!("fault: {fault}"));
                if fault.trouble == Trouble::Drift {
                    if self.hypervisors.drift(&fault.host, &self.fate).is_some() {
                        self.sim.reached(rare::DRIFTED);
                    }
                    return;
                }
                self.hypervisors.begin(number, fault);
                let (hypervisors, lasting) = (self.hypervisors.clone(), fault.lasting);
                self.fate.spawn("trouble", async move {
                    sleep(lasting).await;
                    hypervisors.end(number);
                });
            }
        }
    }

    /// Notes which steps are open while what is aimed as step `number` of the plan strikes.
    fn note_open(&self, number: u64) {
        let sources = self.auditor.sources.clone();
        let open = self.sim.at_once(async move { nova_audit::open_steps(&sources).await });
        let open = open.expect("operations can be read");
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        struck.insert(usize::try_from(number).unwrap_or(usize::MAX), open);
    }

    fn strike(&self, fault: &Fault) {
        self.weather.strike(fault);
        if let Fault::Crash { node, .. } = fault {
            self.hypervisors.forget_calls(node);
        }
    }

    fn heal(&self) {
        self.healed.store(true, Ordering::Relaxed);
        for host in self.hypervisors.heal() {
            self.fleet.crash(&host);
        }
        self.weather.heal();
    }

    /// Waits until everything rests, and sees that it rests on: what comes late comes then. What does not, if it does not.
    async fn rest(&self, after: &str, left: Left) -> Violations {
        let began = Instant::now();
        loop {
            let restless = self.restless(left).await;
            if self.is_wrong() || restless.is_empty() {
                break;
            }
            if began.elapsed() > REST {
                return told(format!("{REST:?} after {after}"), restless);
            }
            sleep(LOOK).await;
        }
        if !self.is_wrong() {
            sleep(STILL).await;
        }
        match (self.wrong(), self.restless(left).await) {
            (wrong, _) if !wrong.is_empty() => wrong,
            (_, restless) if !restless.is_empty() => {
                told(format!("something changed after everything rested after {after}"), restless)
            }
            _ => Vec::new(),
        }
    }

    fn is_wrong(&self) -> bool {
        !self.wrong().is_empty()
    }

    /// What must never be.
    fn wrong(&self) -> Violations {
        let mut wrong = self.auditor.found();
        wrong.extend(self.users.wrong());
        wrong
    }

    async fn restless(&self, left: Left) -> Violations {
        let names = self.fleet.names();
        let down =
            names.iter().filter(|name| !self.fleet.is_up(name)).map(|name| format!("{name} is not up"));
        let mut found: Vec<_> = down.collect();
        if self.users.wait() {
            found.push("a user waits for an answer".to_owned());
        }
        if !found.is_empty() {
            return found; // reading everything is dear
        }
        found.extend(self.auditor.audit().findings.iter().map(|finding| format!("{finding:?}")));
        if found.is_empty() {
            found.extend(self.users.disappointments().await);
            found.extend(self.broken_promises());
        }
        if left == Left::Nothing {
            found.extend(self.auditor.survivors());
        }
        found
    }
}

impl World {
    /// Actions that were accepted and not written down, and servers that are not as their last one left them.
    fn broken_promises(&self) -> Violations {
        let (users, sources) = (self.users.clone(), self.auditor.sources.clone());
        self.sim.at_once(async move { promises::broken(&users.changes(), &sources).await })
    }
}

impl Auditor {
    fn new(sim: &Sim, settings: &nova_all_in_one::Settings, hypervisors: &Hypervisors) -> Self {
        let (env, settings) = (sim.env("auditor"), settings.clone());
        let shared = sim.at_once(async move { Shared::open(&env, &settings).await });
        let shared = shared.expect("the databases can be opened");
        let sources = Sources {
            db: shared.db,
            placement_db: shared.placement_db,
            placement: shared.placement,
            hypervisors: hypervisors.stores().clone(),
        };
        Self { sim: sim.clone(), sources, found: Arc::default() }
    }

    fn audit(&self) -> Audit {
        let sources = self.sources.clone();
        self.sim.at_once(async move { Audit::of(&sources).await })
    }

    /// Servers that are there and that nobody can have.
    fn survivors(&self) -> Violations {
        let sources = self.sources.clone();
        let alive = self.sim.at_once(async move { nova_audit::alive(&sources).await });
        let alive = alive.expect("databases and hypervisors can be read");
        alive.into_iter().map(|uuid| format!("{uuid} is there, and no user knows of it")).collect()
    }

    /// Counts the rare states that left a record.
    fn count_rare(&self) {
        let (sim, sources) = (self.sim.clone(), self.sources.clone());
        self.sim.at_once(async move { rare::in_records(&sim, &sources).await });
    }

    /// Looks at the books after every change of them.
    fn watch_books(&self, cloud: &Cloud) {
        let (auditor, placement) = (self.clone(), cloud.shared().placement_db.clone());
        let seen = Mutex::new(placement.stats().writes);
        self.sim.gate().after_each(move || {
            let writes = placement.stats().writes;
            let before = std::mem::replace(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner), writes);
            if writes != before {
                auditor.look();
            }
        });
    }

    fn look(&self) {
        let sources = self.sources.clone();
        let found = self.sim.at_once(async move { nova_audit::always(&sources).await });
        self.note(found.expect("databases and hypervisors can be read"));
    }

    /// Looks at the hypervisors after every change of them.
    fn look_at_machines(&self, moment: &Moment) {
        if moment.point != Point::Before {
            let found = nova_audit::runs_twice(&self.sources.hypervisors);
            self.note(found.expect("hypervisors can be read"));
        }
    }

    fn note(&self, findings: BTreeSet<Finding>) {
        for finding in findings {
            let text = format!("violation: {finding:?}");
            if self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(finding) {
                self.sim.note(text);
            }
        }
    }

    fn found(&self) -> Violations {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().map(|finding| format!("{finding:?}")).collect()
    }
}

fn told(what: String, mut restless: Violations) -> Violations {
    restless.insert(0, what);
    restless
}

fn fleet(sim: &Sim, cloud: &Arc<Cloud>, plan: &Plan, hypervisors: &Hypervisors, auditor: &Auditor) -> Fleet {
    let fleet = Fleet::new(sim);
    for number in 1..=plan.shape.conductors {
        let (name, cloud) = (format!("conductor-{number}"), Arc::clone(cloud));
        fleet.add(name.clone(), move |env| {
            let made = cloud.conductor(&env, &name);
            async { made }
        });
    }
    for number in 1..=plan.shape.schedulers {
        let (name, cloud) = (format!("scheduler-{number}"), Arc::clone(cloud));
        fleet.add(name.clone(), move |env| {
            let made = cloud.scheduler(&env, &name);
            async { made }
        });
    }
    for (name, room) in plan.shape.hosts() {
        // A host keeps the memory of one server for itself.
        let capacity = Usage { vcpus: 64, memory_mb: 512 * (room + 1), disk_gb: 200 };
        let host = HostSettings { name: name.clone(), capacity };
        let (cloud, hypervisors, auditor) = (Arc::clone(cloud), hypervisors.clone(), auditor.clone());
        fleet.add(name, move |env| {
            let store = hypervisors.stores()[&host.name].clone();
            let auditor = auditor.clone();
            let script = hypervisors.script(&host.name, move |moment| auditor.look_at_machines(moment));
            let made = cloud.compute(&env, &host, store, script);
            async { made }
        });
    }
    fleet
}
