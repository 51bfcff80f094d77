//! Background tasks with an owner.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{AbortHandle, JoinError, JoinHandle};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::stillness::Stillness;

/// One running task, for diagnostic reports.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskInfo {
    /// The name it was spawned under.
    pub name: Arc<str>,
    /// How long it has been running.
    pub age: Duration,
}

/// A spawned task. Dropping the handle leaves the task running; its environment still owns it.
///
/// As a future it gives the task's result, or why there is none (it panicked or was aborted).
#[derive(Debug)]
pub struct TaskHandle<T>(JoinHandle<T>);

impl<T> TaskHandle<T> {
    /// Stops the task at its next await.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// A handle that can stop the task after this one has been awaited.
    pub fn abort_handle(&self) -> AbortHandle {
        self.0.abort_handle()
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T> Future for TaskHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

/// The tasks of one environment.
#[derive(Default)]
pub(super) struct Tasks {
    stopping: CancellationToken,
    tracker: TaskTracker,
    running: Arc<Mutex<Running>>,
    stillness: Arc<Stillness>,
}

#[derive(Default)]
struct Running {
    next: u64,
    tasks: BTreeMap<u64, Entry>,
}

struct Entry {
    name: Arc<str>,
    started: Instant,
    abort: Option<AbortHandle>,
}

impl Tasks {
    pub(super) fn spawn<F>(&self, name: Arc<str>, work: F) -> TaskHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let entry = Registration::new(&self.running, name);
        let id = entry.id;
        let stillness = Arc::clone(&self.stillness);
        let task = self.tracker.spawn(async move {
            let _entry = entry;
            let mut work = std::pin::pin!(work);
            std::future::poll_fn(|cx| match stillness.holds(cx) {
                true => Poll::Pending,
                false => work.as_mut().poll(cx),
            })
            .await
        });
        // The task may already be over on another thread; then there is no entry to complete.
        if let Some(entry) = lock(&self.running).tasks.get_mut(&id) {
            entry.abort = Some(task.abort_handle());
        }
        TaskHandle(task)
    }

    pub(super) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    pub(super) fn list(&self) -> Vec<TaskInfo> {
        let running = lock(&self.running);
        running
            .tasks
            .values()
            .map(|entry| TaskInfo { name: Arc::clone(&entry.name), age: entry.started.elapsed() })
            .collect()
    }

    pub(super) fn stillness(&self) -> &Stillness {
        &self.stillness
    }

    pub(super) async fn shutdown(&self, grace: Duration) -> Vec<Arc<str>> {
        self.stopping.cancel();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_ok() {
            return Vec::new();
        }
        let aborted = self.abort_all();
        // Again and again: a task may be spawned by another that was not yet aborted.
        while tokio::time::timeout(Duration::from_millis(50), self.tracker.wait()).await.is_err() {
            self.abort_all();
        }
        aborted
    }

    pub(super) fn abort_all(&self) -> Vec<Arc<str>> {
        let running = lock(&self.running);
        let overdue = running.tasks.values().filter_map(|entry| Some((entry.abort.as_ref()?, &entry.name)));
        overdue
            .map(|(abort, name)| {
                abort.abort();
                Arc::clone(name)
            })
            .collect()
    }
}

/// Takes the task out of the list however it ends, and reports a panic.
struct Registration {
    id: u64,
    running: Arc<Mutex<Running>>,
}

impl Registration {
    fn new(running: &Arc<Mutex<Running>>, name: Arc<str>) -> Self {
        let mut guard = lock(running);
        let id = guard.next;
        guard.next += 1;
        guard.tasks.insert(id, Entry { name, started: Instant::now(), abort: None });
        Self { id, running: Arc::clone(running) }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let entry = lock(&self.running).tasks.remove(&self.id);
        if std::thread::panicking() {
            let name = entry.map_or_else(|| Arc::from("unknown"), |entry| entry.name);
            metrics::counter!("task_panics_total").increment(1);
            tracing::error!(task = %name, "a background task panicked");
        }
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::env::Env;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn shutdown_waits_for_tasks_that_listen_and_aborts_those_that_do_not() {
        let env = Env::builder().seed(1).build();
        let stopping = env.stopping();
        let polite = env.spawn("polite", async move { stopping.cancelled().await });
        env.spawn("stubborn", std::future::pending::<()>());
        assert_eq!(env.tasks().len(), 2);
        let aborted = env.shutdown(Duration::from_secs(1)).await;
        assert_eq!(aborted.iter().map(|name| &**name).collect::<Vec<_>>(), ["stubborn"]);
        polite.await.unwrap();
        assert!(env.tasks().is_empty());
    }

    #[tokio::test]
    async fn a_panicking_task_leaves_the_list_and_its_handle_says_so() {
        let env = Env::builder().seed(1).build();
        let task = env.spawn("bad", async { panic!("on purpose") });
        assert!(task.await.unwrap_err().is_panic());
        assert!(env.tasks().is_empty());
    }
}
