//! Where wall-clock time comes from.

use tokio::time::Instant;

use crate::time::Timestamp;

/// A source of wall-clock time.
pub trait Clock: Send + Sync + 'static {
    /// The time now. It may jump in either direction; nobody measures durations with it.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now_from_system()
    }
}

/// A clock that starts at a given moment and advances with tokio's time.
///
/// Under a paused runtime it advances only as the test advances it; outside a runtime it stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock {
    start: Timestamp,
    since: Option<Instant>,
}

impl FixedClock {
    /// A clock that shows `start` now.
    pub fn at(start: Timestamp) -> Self {
        let in_runtime = tokio::runtime::Handle::try_current().is_ok();
        Self { start, since: in_runtime.then(Instant::now) }
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        match self.since {
            Some(since) => self.start.saturating_add(since.elapsed()),
            None => self.start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_fixed_clock_advances_with_paused_time() {
        let clock = FixedClock::at(Timestamp::UNIX_EPOCH);
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().to_string(), "1970-01-01T00:01:30Z");
    }
}
