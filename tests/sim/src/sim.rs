//! One run: a seed, and all that follows from it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nova_core::Env;
use nova_rpc::transport::memory::{MemoryBus, Seen, SeenKind};
use tempfile::TempDir;
use tokio::runtime::{Builder, Handle};

use crate::draw::Draw;
use crate::gate::SimGate;
use crate::hash::derive;
use crate::panics;
use crate::sidecar::Sidecar;
use crate::time::{SimClock, Skew, Time};
use crate::trace::Trace;

/// The world of one run, as its scenario sees it. Clones share.
#[derive(Clone)]
pub struct Sim(Arc<Inner>);

struct Inner {
    seed: u64,
    time: Arc<Time>,
    directory: TempDir,
    trace: Trace,
    gate: SimGate,
    nodes: Mutex<BTreeMap<String, Node>>,
    reached: Mutex<BTreeMap<&'static str, u64>>,
    ends: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
}

#[derive(Default)]
struct Node {
    lives: u64,
    skew: Skew,
}

/// What became of a run.
#[derive(Debug)]
pub struct Run<T> {
    /// Its seed.
    pub seed: u64,
    /// What the scenario returned; `None` if it panicked.
    pub value: Option<T>,
    /// Every panic, also of tasks, also if it was caught.
    pub panics: Vec<String>,
    /// The fingerprint of everything that happened.
    pub hash: u64,
    /// How much happened.
    pub events: u64,
    /// How long it took in virtual time.
    pub elapsed: Duration,
    /// The last events.
    pub last: Vec<String>,
    /// The rare states that were reached, and how often: see [`Sim::reached`].
    pub reached: BTreeMap<&'static str, u64>,
}

/// Runs `scenario` from `seed`: on this thread alone, in virtual time.
///
/// The same seed gives the same run, event by event: compare [`Run::hash`]. Whatever still runs when the scenario
/// returns is dropped. See [the crate](crate) for what a scenario must not do.
///
/// # Example: a week in no time
/// ```
/// use std::time::Duration;
///
/// let run = nova_sim::run(7, async |sim| {
///     tokio::time::sleep(Duration::from_secs(7 * 24 * 3600)).await;
///     sim.env("node").now().to_string()
/// });
/// assert_eq!(run.value.as_deref(), Some("2026-01-08T00:00:00Z"));
/// ```
///
/// # Panics
/// Not because the scenario does: that is a result.
pub fn run<T>(seed: u64, scenario: impl AsyncFnOnce(Sim) -> T) -> Run<T> {
    run_remembering(seed, None, scenario)
}

/// The same, remembering so many of the last events instead of 200.
///
/// # Panics
/// As [`run`].
pub fn run_remembering<T>(
    seed: u64,
    events: impl Into<Option<usize>>,
    scenario: impl AsyncFnOnce(Sim) -> T,
) -> Run<T> {
    let sidecar = Sidecar::start();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime can be built on this machine");
    let events = events.into();
    let sim = runtime.block_on(async { Sim::begin(seed, sidecar.handle(), events) });
    panics::begin();
    let value = catch_unwind(AssertUnwindSafe(|| {
        let scenario = scenario(sim.clone());
        runtime.block_on(scenario)
    }));
    let elapsed = runtime.block_on(async { sim.elapsed() });
    let panics = panics::end();
    let run = Run {
        seed,
        value: value.ok(),
        panics,
        hash: sim.trace().hash(),
        events: sim.trace().events(),
        elapsed,
        last: sim.trace().last(),
        reached: sim.0.reached.lock().unwrap_or_else(PoisonError::into_inner).clone(),
    };
    {
        // What a panic left of database work ends where it began.
        let handle = sidecar.handle();
        let _inside = handle.enter();
        sim.end();
        drop((sim, runtime));
    }
    sidecar.stop();
    run
}

impl Sim {
    fn begin(seed: u64, sidecar: Handle, events: Option<usize>) -> Self {
        let time = Time::begin();
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let trace = Trace::new(&time, directory.path(), events);
        let gate = SimGate::new(sidecar, &time, &trace, Draw::new(derive(seed, "databases", 0)));
        let (nodes, reached, ends) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { seed, time, directory, trace, gate, nodes, reached, ends }))
    }

    /// Has `end` called when the run is over: for what holds what holds it.
    pub(crate) fn at_end(&self, end: impl FnOnce() + Send + 'static) {
        self.0.ends.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(end));
    }

    /// Lets go of everything that users of the kit have put into it.
    fn end(&self) {
        let ends = std::mem::take(&mut *self.0.ends.lock().unwrap_or_else(PoisonError::into_inner));
        ends.into_iter().for_each(|end| end());
        self.0.gate.forget();
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.0.seed
    }

    /// A directory for databases, empty at first and gone at the end. The trace calls it by the same name in each run.
    pub fn directory(&self) -> &Path {
        self.0.directory.path()
    }

    /// The environment of a new life of `node`: its clock, its own ids and choices, its tasks.
    ///
    /// Every call begins another life. The clock is the node's for all its lives.
    pub fn env(&self, node: &str) -> Env {
        let mut nodes = self.nodes();
        let entry = nodes.entry(node.to_owned()).or_default();
        entry.lives += 1;
        let clock = SimClock { time: Arc::clone(&self.0.time), skew: entry.skew.clone() };
        Env::builder().clock(clock).seed(derive(self.0.seed, node, entry.lives)).build()
    }

    /// The choices called `name`: of the scenario's own, or of one of its parts.
    pub fn draw(&self, name: &str) -> Draw {
        Draw::new(derive(self.0.seed, name, 0))
    }

    /// What every database of the run is to be opened with.
    pub fn gate(&self) -> SimGate {
        self.0.gate.clone()
    }

    /// What happened so far.
    pub fn trace(&self) -> Trace {
        self.0.trace.clone()
    }

    /// Writes an event of the scenario down.
    pub fn note(&self, what: impl Into<String>) {
        self.0.trace.note(what);
    }

    /// Virtual time since the begin.
    pub fn elapsed(&self) -> Duration {
        self.0.time.elapsed()
    }

    /// Runs `look` to its end now: no time passes, and nobody does anything meanwhile.
    ///
    /// For auditors, who look at everything at one moment. They open the databases for themselves, in here and without
    /// the [gate](Self::gate), and must not change what they see.
    ///
    /// # Panics
    /// If `look` panics, or does not end within two minutes of real time: it must wait for nothing but databases.
    pub fn at_once<T: Send + 'static>(&self, look: impl Future<Output = T> + Send + 'static) -> T {
        let seen = Arc::new(Mutex::new(None));
        let place = Arc::clone(&seen);
        self.0.gate.drive(Box::pin(async move {
            let found = look.await;
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }));
        let found = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.expect("what was driven to its end has left its result")
    }

    /// Writes every message of `bus` down, with its bytes.
    pub fn watch(&self, bus: &MemoryBus) {
        let trace = self.trace();
        bus.inspect(move |seen, frame| trace.note_with(line(seen), frame));
    }

    /// Counts that a state was reached which is worth reaching, so that a campaign of many seeds can say which of them
    /// it never saw.
    pub fn reached(&self, state: &'static str) {
        let mut reached = self.0.reached.lock().unwrap_or_else(PoisonError::into_inner);
        *reached.entry(state).or_default() += 1;
    }

    /// Moves the wall clock of `node` by so many seconds, in either direction.
    pub fn jump_clock(&self, node: &str, seconds: i64) {
        let skew = self.nodes().entry(node.to_owned()).or_default().skew.clone();
        skew.jump(seconds.saturating_mul(1_000_000));
    }

    /// Sets all wall clocks right.
    pub fn correct_clocks(&self) {
        self.nodes().values().for_each(|node| node.skew.correct());
    }

    fn nodes(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Node>> {
        self.0.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(seen: &Seen) -> String {
    let sender = seen.sender.as_deref().unwrap_or("?");
    match seen.kind {
        SeenKind::Reply => format!("{sender} answers {}", seen.target),
        SeenKind::Call => format!("{sender} calls {} of {}", seen.method, seen.target),
        SeenKind::Cast => format!("{sender} casts {} to {}", seen.method, seen.target),
        SeenKind::Fanout => format!("{sender} fans {} out to {}", seen.method, seen.target),
    }
}

impl std::fmt::Debug for Sim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sim")
            .field("seed", &self.0.seed)
            .field("elapsed", &self.elapsed())
            .finish_non_exhaustive()
    }
}
