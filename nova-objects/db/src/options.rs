//! How to reach a database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::redact;
use crate::gate::{DbGate, InPlace};
use crate::retry::RetryPolicy;

/// Where a database is and how it is used.
///
/// Made from a URL; `From<&str>` takes every other setting's default.
///
/// # Example
/// ```
/// use nova_objects_db::DbOptions;
///
/// let options = DbOptions::new("postgres://nova:secret@db/nova_cell1").named("cell1");
/// assert!(!format!("{options:?}").contains("secret"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct DbOptions {
    /// `sqlite:///path`, `postgres://…` or `mysql://…`; SQLAlchemy's `engine+driver://` works too.
    ///
    /// After `sqlite://` comes a path as it is: `sqlite:///var/lib/nova.db` (SQLAlchemy's four slashes are the same
    /// file), and `sqlite://nova.db` is relative.
    pub url: String,
    /// The name in metrics, logs and diagnostic reports; `main` unless told.
    pub name: Arc<str>,
    /// Connections for writing, at most; 10. SQLite always has one.
    pub max_connections: u32,
    /// Connections for reading, at most; 10. SQLite: 4.
    pub max_readers: u32,
    /// How long to wait for a free connection before the attempt counts as failed; 10 s.
    pub acquire_timeout: Duration,
    /// SQLite: how long to wait for another process's write to end; 5 s.
    pub busy_timeout: Duration,
    /// SQLite: whether a commit outlives the machine, or only the process. The machine, unless told.
    pub durability: Durability,
    /// What is tried again, how often and when.
    pub retry: RetryPolicy,
    /// What runs database work.
    pub gate: Arc<dyn DbGate>,
}

/// What a commit to a SQLite file outlives. (Servers are configured where they run.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The death of the machine: each commit is synced (`synchronous=FULL`). Whoever writes to two databases in order
    /// relies on it: after a power failure the later write must not be there without the earlier.
    #[default]
    Machine,
    /// The death of the process (`synchronous=NORMAL`): faster, for tests and demonstrations.
    Process,
}

impl DbOptions {
    /// The defaults for `url`.
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        let readers = if url.starts_with("sqlite") { 4 } else { 10 };
        Self {
            url,
            name: "main".into(),
            max_connections: 10,
            max_readers: readers,
            acquire_timeout: Duration::from_secs(10),
            busy_timeout: Duration::from_secs(5),
            durability: Durability::Machine,
            retry: RetryPolicy::default(),
            gate: Arc::new(InPlace),
        }
    }

    /// Calls the database `name` in metrics and logs. Use few names: each is a label value.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Retries by `policy`.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Lets commits outlive what `durability` says.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Runs database work through `gate`.
    pub fn gate(mut self, gate: impl DbGate) -> Self {
        self.gate = Arc::new(gate);
        self
    }
}

impl From<&str> for DbOptions {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for DbOptions {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl fmt::Debug for DbOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbOptions")
            .field("url", &redact(&self.url))
            .field("name", &self.name)
            .field("max_connections", &self.max_connections)
            .field("max_readers", &self.max_readers)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
