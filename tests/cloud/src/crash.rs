//! Something happens at the n-th piece of database work: the place where a crash matters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nova_objects_db::DbGate;

/// On which side of a piece of database work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// It has not begun.
    Before,
    /// It is done, and nobody has heard of it.
    After,
    /// It has not begun, and will be done so much later: by then others have taken over.
    Late(Duration),
}

type Action = Box<dyn FnOnce() + Send>;

/// A gate that does something once, at one piece of work. Cheap to clone; every clone is the same gate.
#[derive(Clone, Default)]
pub struct CrashGate(Arc<Inner>);

#[derive(Default)]
struct Inner {
    passed: AtomicUsize,
    /// Work that is held back now.
    late: AtomicUsize,
    plans: Mutex<Vec<Plan>>,
}

struct Plan {
    at: usize,
    boundary: Boundary,
    action: Action,
}

impl CrashGate {
    /// Does `action` at the `n`-th piece of work from now, counted from 0; besides what is planned already.
    pub fn plan(&self, n: usize, boundary: Boundary, action: impl FnOnce() + Send + 'static) {
        let at = self.0.passed.load(Ordering::SeqCst) + n;
        self.lock().push(Plan { at, boundary, action: Box::new(action) });
    }

    /// Whether an action is still to come: then there was less work than planned for. Forgets all.
    pub fn take_unused(&self) -> bool {
        !std::mem::take(&mut *self.lock()).is_empty()
    }

    /// How much work has passed.
    pub fn passed(&self) -> usize {
        self.0.passed.load(Ordering::SeqCst)
    }

    /// Whether work is held back that is still to be done.
    pub fn is_late(&self) -> bool {
        self.0.late.load(Ordering::SeqCst) > 0
    }

    /// The plans for this piece of work. Their actions are called without the lock: they may plan.
    fn due(&self, number: usize) -> Vec<Plan> {
        let mut plans = self.lock();
        let (due, rest) = std::mem::take(&mut *plans).into_iter().partition(|plan| plan.at == number);
        *plans = rest;
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Plan>> {
        self.0.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that is held back, until it is done or, a mere read, dropped with whoever died.
struct Late(CrashGate);

impl Late {
    fn of(gate: &CrashGate) -> Self {
        gate.0.late.fetch_add(1, Ordering::SeqCst);
        Self(gate.clone())
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        self.0.0.late.fetch_sub(1, Ordering::SeqCst);
    }
}

impl DbGate for CrashGate {
    fn run(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        let gate = self.clone();
        Box::pin(async move {
            let number = gate.0.passed.fetch_add(1, Ordering::SeqCst);
            let (after, now): (Vec<_>, Vec<_>) =
                gate.due(number).into_iter().partition(|plan| plan.boundary == Boundary::After);
            let mut delay = Duration::ZERO;
            for Plan { boundary, action, .. } in now {
                if let Boundary::Late(by) = boundary {
                    delay = delay.max(by);
                }
                action();
            }
            if delay > Duration::ZERO {
                let _late = Late::of(&gate);
                tokio::time::sleep(delay).await;
                work.await;
            } else {
                work.await;
            }
            after.into_iter().for_each(|plan| (plan.action)());
        })
    }
}

impl std::fmt::Debug for CrashGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CrashGate").field("passed", &self.passed()).finish_non_exhaustive()
    }
}
