//! Something happens at the n-th piece of database work: the place where a crash matters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use nova_objects_db::DbGate;

/// On which side of a piece of database work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// It has not begun.
    Before,
    /// It is done, and nobody has heard of it.
    After,
}

type Action = Box<dyn FnOnce() + Send>;

/// A gate that does something once, at one piece of work. Cheap to clone; every clone is the same gate.
#[derive(Clone, Default)]
pub struct CrashGate(Arc<Inner>);

#[derive(Default)]
struct Inner {
    passed: AtomicUsize,
    plan: Mutex<Option<Plan>>,
}

struct Plan {
    at: usize,
    boundary: Boundary,
    action: Action,
}

impl CrashGate {
    /// Does `action` at the `n`-th piece of work from now, counted from 0.
    pub fn plan(&self, n: usize, boundary: Boundary, action: impl FnOnce() + Send + 'static) {
        let at = self.0.passed.load(Ordering::SeqCst) + n;
        *self.lock() = Some(Plan { at, boundary, action: Box::new(action) });
    }

    /// Whether the action is still to come: then there was less work than planned for. Forgets it.
    pub fn take_unused(&self) -> bool {
        self.lock().take().is_some()
    }

    /// How much work has passed.
    pub fn passed(&self) -> usize {
        self.0.passed.load(Ordering::SeqCst)
    }

    fn act(&self, number: usize, boundary: Boundary) {
        let due = self.lock().take_if(|plan| plan.at == number && plan.boundary == boundary);
        if let Some(plan) = due {
            (plan.action)();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Plan>> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DbGate for CrashGate {
    fn run(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        let gate = self.clone();
        Box::pin(async move {
            let number = gate.0.passed.fetch_add(1, Ordering::SeqCst);
            gate.act(number, Boundary::Before);
            work.await;
            gate.act(number, Boundary::After);
        })
    }
}

impl std::fmt::Debug for CrashGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CrashGate").field("passed", &self.passed()).finish_non_exhaustive()
    }
}
