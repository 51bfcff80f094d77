//! Tasks that run again and again.
//!
//! Each task is serial with itself and independent of the others: a slow one delays nobody (in Nova it delays all).
//! Runs keep to multiples of the spacing, so they do not drift; a run that takes longer than its spacing skips the
//! starts it missed, and each skip is counted.

mod runner;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::BoxError;

pub(crate) use self::runner::run;

/// What one run of a task reports. An error is logged and counted; the task runs again at its next time.
pub type RunResult = Result<(), BoxError>;

type Body = Arc<dyn Fn() -> BoxFuture<'static, RunResult> + Send + Sync>;

/// The periodic tasks of one manager.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use nova_core::periodic::{PeriodicTask, PeriodicTasks};
///
/// let mut tasks = PeriodicTasks::default();
/// tasks.add(PeriodicTask::new("update_available_resource", Duration::from_secs(60), || async {
///     // … ask the driver, save what it says …
///     Ok(())
/// }).run_immediately().timeout(Duration::from_secs(300)));
/// assert_eq!(tasks.len(), 1);
/// ```
#[derive(Default, Debug)]
pub struct PeriodicTasks {
    tasks: Vec<PeriodicTask>,
}

impl PeriodicTasks {
    /// Adds a task.
    pub fn add(&mut self, task: PeriodicTask) {
        self.tasks.push(task);
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(crate) fn into_enabled(self) -> impl Iterator<Item = PeriodicTask> {
        self.tasks.into_iter().filter(|task| task.enabled)
    }
}

/// One periodic task: what it does, and when.
#[derive(Clone)]
pub struct PeriodicTask {
    name: Arc<str>,
    spacing: Duration,
    immediately: bool,
    enabled: bool,
    timeout: Option<Duration>,
    body: Body,
}

impl PeriodicTask {
    /// Runs `body` every `spacing`; the first time after one spacing, plus a random part of the service's
    /// `periodic_fuzzy_delay` so that a fleet started together does not work in step.
    ///
    /// A `spacing` of zero means Nova's default, 60 s.
    pub fn new<B, F>(name: impl Into<Arc<str>>, spacing: Duration, body: B) -> Self
    where
        B: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = RunResult> + Send + 'static,
    {
        let spacing = if spacing.is_zero() { Duration::from_secs(60) } else { spacing };
        let body: Body = Arc::new(move || Box::pin(body()));
        Self { name: name.into(), spacing, immediately: false, enabled: true, timeout: None, body }
    }

    /// Runs the first time at once, without waiting or jitter.
    pub fn run_immediately(mut self) -> Self {
        self.immediately = true;
        self
    }

    /// Leaves the task out if `enabled` is false.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Gives up a run after `timeout` (it is dropped at its await) and counts it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The name in logs and metrics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time between two starts.
    pub fn spacing(&self) -> Duration {
        self.spacing
    }
}

impl fmt::Debug for PeriodicTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeriodicTask")
            .field("name", &self.name)
            .field("spacing", &self.spacing)
            .finish_non_exhaustive()
    }
}
