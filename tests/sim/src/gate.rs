//! The gate of the databases: it takes virtual time, answers in order, and can be out of order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nova_objects_db::DbGate;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::draw::Draw;
use crate::sidecar::drive;
use crate::time::Time;
use crate::trace::Trace;

/// How long a piece of database work takes at most to begin, and its answer to come back, when nothing is wrong.
const USUAL: Duration = Duration::from_millis(2);

/// On which side of a piece of database work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It has not begun.
    Before,
    /// It is done, and nobody has heard of it.
    After,
}

/// The gate of all databases of a run. Clones share.
///
/// Give it to [`DbOptions::gate`](nova_objects_db::DbOptions::gate). Each piece of work takes a time to get there and a
/// time to get back, in virtual time, so that nodes get into each other's way and can die before and after it; the work
/// itself takes none, and is done when its turn comes.
#[derive(Clone)]
pub struct SimGate(Arc<Inner>);

struct Inner {
    sidecar: Handle,
    time: Arc<Time>,
    trace: Trace,
    draw: Draw,
    state: Mutex<State>,
    /// Wakes in the order of waiting. (A `watch` wakes in an order of its own.)
    opened: Notify,
}

struct State {
    passed: u64,
    is_open: bool,
    slowest: Duration,
    aborted_percent: u64,
    plans: Vec<Plan>,
    watchers: Vec<Watcher>,
}

type Watcher = Arc<dyn Fn() + Send + Sync>;

struct Plan {
    at: u64,
    side: Side,
    action: Box<dyn FnOnce() + Send>,
}

impl SimGate {
    pub(crate) fn new(sidecar: Handle, time: &Arc<Time>, trace: &Trace, draw: Draw) -> Self {
        let state = State {
            passed: 0,
            is_open: true,
            slowest: USUAL,
            aborted_percent: 0,
            plans: Vec::new(),
            watchers: Vec::new(),
        };
        Self(Arc::new(Inner {
            sidecar,
            time: Arc::clone(time),
            trace: trace.clone(),
            draw,
            state: Mutex::new(state),
            opened: Notify::new(),
        }))
    }

    /// How many pieces of work have come.
    pub fn passed(&self) -> u64 {
        self.state().passed
    }

    /// Does `action` before or after the `n`-th piece of work from now, counted from 0.
    pub fn at_work(&self, n: u64, side: Side, action: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        let at = state.passed + n;
        state.plans.push(Plan { at, side, action: Box::new(action) });
    }

    /// Calls `watcher` after each piece of work from now on, before anybody hears of it. It may look at databases with
    /// [`Sim::at_once`](crate::Sim::at_once).
    pub fn after_each(&self, watcher: impl Fn() + Send + Sync + 'static) {
        self.state().watchers.push(Arc::new(watcher));
    }

    /// Lets the way to a database and the way back take up to `slowest` each.
    pub fn slow_down(&self, slowest: Duration) {
        self.state().slowest = slowest;
    }

    /// Aborts so much of the work before it begins: its caller is told that it was interrupted.
    pub fn abort(&self, percent: u64) {
        self.state().aborted_percent = percent;
    }

    /// Holds all work back, until [`heal`](Self::heal).
    pub fn hold(&self) {
        self.state().is_open = false;
    }

    /// Ends whatever is wrong.
    pub fn heal(&self) {
        let mut state = self.state();
        state.slowest = USUAL;
        state.aborted_percent = 0;
        state.is_open = true;
        drop(state);
        self.0.opened.notify_waiters();
    }

    /// Lets go of what was planned and who watches: they may hold databases, which hold this gate.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        let (plans, watchers) = (std::mem::take(&mut state.plans), std::mem::take(&mut state.watchers));
        drop(state);
        drop((plans, watchers));
    }

    async fn pass(self, work: BoxFuture<'static, ()>) {
        let number = {
            let mut state = self.state();
            state.passed += 1;
            state.passed - 1
        };
        self.travel().await;
        loop {
            let opened = self.0.opened.notified();
            if self.state().is_open {
                break;
            }
            opened.await;
        }
        self.act(number, Side::Before);
        let percent = self.state().aborted_percent;
        if percent > 0 && self.0.draw.happens(percent) {
            self.0.trace.note(format!("database work {number} is aborted"));
            return;
        }
        self.drive(work);
        self.0.trace.note(format!("database work {number}"));
        let watchers = self.state().watchers.clone();
        watchers.iter().for_each(|watcher| watcher());
        self.act(number, Side::After);
        self.travel().await;
    }

    /// Runs `work` to its end, now and in no time.
    pub(crate) fn drive(&self, work: BoxFuture<'static, ()>) {
        let _held = self.0.time.hold();
        drive(&self.0.sidecar, work);
    }

    async fn travel(&self) {
        let slowest = self.state().slowest;
        let way = self.0.draw.time(Duration::ZERO, slowest);
        if way > Duration::ZERO {
            sleep(way).await;
        }
    }

    /// Actions are called without the lock: they may plan.
    fn act(&self, number: u64, side: Side) {
        let mut state = self.state();
        let is_due = |plan: &Plan| plan.at == number && plan.side == side;
        let (due, rest) = std::mem::take(&mut state.plans).into_iter().partition(is_due);
        state.plans = rest;
        drop(state);
        let due: Vec<Plan> = due;
        due.into_iter().for_each(|plan| (plan.action)());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DbGate for SimGate {
    fn run(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        Box::pin(self.clone().pass(work))
    }
}

impl std::fmt::Debug for SimGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimGate").field("passed", &self.passed()).finish_non_exhaustive()
    }
}
