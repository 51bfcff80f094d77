//! A process that stands still: its tasks are there and do not run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// Whether the tasks of one environment stand still, and whom to wake when they go on.
#[derive(Default)]
pub(super) struct Stillness {
    /// Looked at by every poll of every task: no lock unless it says so.
    still: AtomicBool,
    held: Mutex<Vec<Waker>>,
}

impl Stillness {
    /// From now on no task runs beyond its next await.
    pub(super) fn begin(&self) {
        self.still.store(true, Ordering::SeqCst);
    }

    /// Everybody goes on, those first who wanted to first.
    pub(super) fn end(&self) {
        self.still.store(false, Ordering::SeqCst);
        std::mem::take(&mut *self.lock()).into_iter().for_each(Waker::wake);
    }

    /// Whether the task that is polled with `cx` must stand still; it is woken at the end then.
    pub(super) fn holds(&self, cx: &Context<'_>) -> bool {
        if !self.still.load(Ordering::Relaxed) {
            return false;
        }
        let mut held = self.lock();
        // Under the lock: an end that came in between has emptied the list already.
        let still = self.still.load(Ordering::SeqCst);
        if still && !held.iter().any(|waker| waker.will_wake(cx.waker())) {
            held.push(cx.waker().clone());
        }
        still
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::mpsc;
    use tokio::time::{Instant, sleep};

    use crate::env::Env;

    #[tokio::test(start_paused = true)]
    async fn a_process_that_stands_still_does_nothing_and_goes_on_where_it_was() {
        let env = Env::builder().seed(1).build();
        let (tell, mut told) = mpsc::channel(8);
        env.spawn("clock", async move {
            for second in 1_u64.. {
                sleep(Duration::from_secs(1)).await;
                tell.send((second, Instant::now())).await.unwrap();
            }
        });
        let began = Instant::now();
        assert_eq!(told.recv().await.unwrap().0, 1);
        env.stand_still();
        sleep(Duration::from_secs(60)).await;
        assert!(told.try_recv().is_err());
        env.go_on();
        let (second, at) = told.recv().await.unwrap();
        assert_eq!((second, at - began), (2, Duration::from_secs(61)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_stands_still_can_die() {
        let env = Env::builder().seed(1).build();
        let task = env.spawn("still", sleep(Duration::from_secs(1)));
        env.stand_still();
        sleep(Duration::from_secs(2)).await;
        env.abort_all();
        assert!(task.await.unwrap_err().is_cancelled());
    }
}
