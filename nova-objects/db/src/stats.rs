//! What a database has been asked to do.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the [`Db`](crate::Db) was made. All its clones share them.
///
/// # Example: what a piece of work costs
/// ```no_run
/// # async fn run(db: nova_objects_db::Db) {
/// let before = db.stats();
/// // … the work …
/// assert!(db.stats().since(before).writes <= 8);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DbStats {
    /// Write transactions committed.
    pub writes: u64,
    /// Read transactions ended.
    pub reads: u64,
    /// Reads outside a transaction.
    pub queries: u64,
    /// Transactions rolled back because their closure failed.
    pub rollbacks: u64,
    /// Attempts that were repeated.
    pub retries: u64,
    /// Commits whose outcome is unknown.
    pub unknown_outcomes: u64,
}

impl DbStats {
    /// What was added since `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            writes: self.writes.saturating_sub(earlier.writes),
            reads: self.reads.saturating_sub(earlier.reads),
            queries: self.queries.saturating_sub(earlier.queries),
            rollbacks: self.rollbacks.saturating_sub(earlier.rollbacks),
            retries: self.retries.saturating_sub(earlier.retries),
            unknown_outcomes: self.unknown_outcomes.saturating_sub(earlier.unknown_outcomes),
        }
    }
}

impl std::ops::Add for DbStats {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            writes: self.writes + other.writes,
            reads: self.reads + other.reads,
            queries: self.queries + other.queries,
            rollbacks: self.rollbacks + other.rollbacks,
            retries: self.retries + other.retries,
            unknown_outcomes: self.unknown_outcomes + other.unknown_outcomes,
        }
    }
}

/// What one attempt came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Write,
    Read,
    Query,
    Rollback,
    Retry,
    UnknownOutcome,
}

#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; 6]);

impl Counters {
    pub(crate) fn count(&self, database: &str, event: Event) {
        self.0[event as usize].fetch_add(1, Ordering::Relaxed);
        let kind = match event {
            Event::Write => "write",
            Event::Read => "read",
            Event::Query => "query",
            Event::Rollback => "rollback",
            Event::Retry => "retry",
            Event::UnknownOutcome => "unknown_outcome",
        };
        metrics::counter!("db_transactions_total", "database" => database.to_owned(), "kind" => kind)
            .increment(1);
    }

    pub(crate) fn snapshot(&self) -> DbStats {
        let read = |event: Event| self.0[event as usize].load(Ordering::Relaxed);
        DbStats {
            writes: read(Event::Write),
            reads: read(Event::Read),
            queries: read(Event::Query),
            rollbacks: read(Event::Rollback),
            retries: read(Event::Retry),
            unknown_outcomes: read(Event::UnknownOutcome),
        }
    }
}
