//! Virtual time, and the wall clocks of the nodes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nova_core::Timestamp;
use nova_core::env::Clock;
use tokio::time::Instant;

/// What wall clocks show when a run begins: 2026-01-01T00:00:00Z.
const BEGIN_MICROS: i64 = 1_767_225_600_000_000;

/// The virtual time of one run.
#[derive(Debug)]
pub(crate) struct Time {
    origin: Instant,
    /// While database work is driven in place, its runtime's clock is the current one: then time is what it was.
    held: Mutex<Option<Duration>>,
}

impl Time {
    /// Begins now.
    pub(crate) fn begin() -> Arc<Self> {
        Arc::new(Self { origin: Instant::now(), held: Mutex::new(None) })
    }

    /// Since the begin of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.unwrap_or_else(|| self.origin.elapsed())
    }

    /// Lets time stand still until the hold is dropped.
    pub(crate) fn hold(self: &Arc<Self>) -> Hold {
        let now = self.elapsed();
        self.set(Some(now));
        Hold(Arc::clone(self))
    }

    fn set(&self, held: Option<Duration>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// While it lives, time stands still.
#[derive(Debug)]
pub(crate) struct Hold(Arc<Time>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// How far the wall clock of a node is ahead, in microseconds. Clones share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skew(Arc<AtomicI64>);

impl Skew {
    /// Moves the clock by so many microseconds.
    pub(crate) fn jump(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    /// Sets the clock right.
    pub(crate) fn correct(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The wall clock of one node.
#[derive(Debug)]
pub(crate) struct SimClock {
    pub(crate) time: Arc<Time>,
    pub(crate) skew: Skew,
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.time.elapsed().as_micros()).unwrap_or(i64::MAX);
        let micros = BEGIN_MICROS.saturating_add(elapsed).saturating_add(self.skew.0.load(Ordering::Relaxed));
        Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clocks_of_two_nodes_agree_until_one_jumps() {
        let time = Time::begin();
        let (skew, right) = (Skew::default(), Skew::default());
        let clock = |skew: &Skew| SimClock { time: Arc::clone(&time), skew: skew.clone() };
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(clock(&skew).now(), clock(&right).now());
        skew.jump(-3_600_000_000);
        assert_eq!(clock(&skew).now().to_string(), "2025-12-31T23:00:01Z");
        skew.correct();
        assert_eq!(clock(&skew).now().to_string(), "2026-01-01T00:00:01Z");
    }
}
