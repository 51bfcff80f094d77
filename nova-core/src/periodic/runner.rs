//! The loop around one task.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::PeriodicTask;
use crate::{BoxError, Env};

/// Runs `task` until `stopping` fires; a run in flight then is finished, not dropped.
pub(crate) async fn run(task: PeriodicTask, env: Env, fuzzy_delay: Duration, stopping: CancellationToken) {
    let mut next = first_start(&task, &env, fuzzy_delay);
    loop {
        tokio::select! {
            biased;
            () = stopping.cancelled() => return,
            () = tokio::time::sleep_until(next) => {}
        }
        let started = Instant::now();
        run_once(&task).await;
        count_overrun(&task, started.elapsed());
        next = next_start(next, task.spacing);
    }
}

fn first_start(task: &PeriodicTask, env: &Env, fuzzy_delay: Duration) -> Instant {
    if task.immediately {
        return Instant::now();
    }
    Instant::now() + task.spacing + env.jitter(fuzzy_delay.min(task.spacing))
}

/// The first multiple of the spacing that is still to come (tokio's interval would make up for a missed one at once).
fn next_start(last: Instant, spacing: Duration) -> Instant {
    let late = Instant::now().saturating_duration_since(last);
    let missed = late.as_nanos().div_ceil(spacing.as_nanos().max(1)).max(1);
    last + spacing * u32::try_from(missed).unwrap_or(u32::MAX)
}

async fn run_once(task: &PeriodicTask) {
    let run = (task.body)();
    let result = match task.timeout {
        None => run.await,
        Some(limit) => match tokio::time::timeout(limit, run).await {
            Ok(result) => result,
            Err(_) => Err(BoxError::from(format!("not finished within {limit:?}"))),
        },
    };
    if let Err(error) = result {
        metrics::counter!("periodic_task_failures_total", "task" => task.name.to_string()).increment(1);
        tracing::error!(task = %task.name, %error, "a periodic task failed; it runs again at its next time");
    }
}

fn count_overrun(task: &PeriodicTask, took: Duration) {
    if took > task.spacing {
        metrics::counter!("periodic_task_overruns_total", "task" => task.name.to_string()).increment(1);
        tracing::warn!(task = %task.name, ?took, spacing = ?task.spacing, "a periodic task took longer than its spacing");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    type Starts = Arc<Mutex<Vec<u64>>>;

    /// Spawns a task that notes its starts in seconds and works for `work`.
    fn spawn(env: &Env, spacing: u64, work: u64, shape: impl FnOnce(PeriodicTask) -> PeriodicTask) -> Starts {
        let starts = Starts::default();
        let (noted, zero) = (Arc::clone(&starts), Instant::now());
        let task = PeriodicTask::new("t", Duration::from_secs(spacing), move || {
            noted.lock().unwrap().push(zero.elapsed().as_secs());
            async move {
                tokio::time::sleep(Duration::from_secs(work)).await;
                Err("each run fails".into())
            }
        });
        env.spawn("t", run(shape(task), env.clone(), Duration::ZERO, env.stopping()));
        starts
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_task_keeps_its_rhythm_and_a_slow_neighbour_does_not_delay_it() {
        let env = Env::builder().seed(1).build();
        let quick = spawn(&env, 10, 0, |task| task);
        let slow = spawn(&env, 10, 25, PeriodicTask::run_immediately);
        tokio::time::sleep(Duration::from_secs(65)).await;
        assert_eq!(*quick.lock().unwrap(), [10, 20, 30, 40, 50, 60]);
        assert_eq!(*slow.lock().unwrap(), [0, 30, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_beyond_its_timeout_is_given_up() {
        let env = Env::builder().seed(1).build();
        let starts = spawn(&env, 10, 1000, |task| task.timeout(Duration::from_secs(3)));
        tokio::time::sleep(Duration::from_secs(35)).await;
        assert_eq!(*starts.lock().unwrap(), [10, 20, 30]);
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_lets_the_run_in_flight_finish() {
        let env = Env::builder().seed(1).build();
        let starts = spawn(&env, 10, 5, PeriodicTask::run_immediately);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(env.shutdown(Duration::from_secs(10)).await.is_empty());
        assert_eq!(starts.lock().unwrap().len(), 1);
    }
}
