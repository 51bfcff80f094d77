//! The one place through which every piece of database work passes.

use futures_util::future::BoxFuture;

/// Runs database work: begin, statements and commit of one attempt, as one future.
///
/// Production runs the work where it is ([`InPlace`]). A simulation puts its own gate here, which drives the work
/// to its end on a second runtime while virtual time stands still: a database answers from another thread, and a
/// paused clock would run away meanwhile.
///
/// Called once per attempt, never nested, possibly many at a time. It must run `work` to its end before its own
/// future is ready; a gate that drops `work` makes the caller see
/// [`DbError::Interrupted`](crate::DbError::Interrupted).
pub trait DbGate: Send + Sync + 'static {
    /// Runs `work`.
    fn run(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()>;
}

/// The production gate: the work runs in the task that asked for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct InPlace;

impl DbGate for InPlace {
    fn run(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        work
    }
}
