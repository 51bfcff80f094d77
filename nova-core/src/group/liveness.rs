//! Who is up, judged by the judge's own monotonic clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::ServiceRecord;
use crate::Env;

/// How long silence may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LivenessOptions {
    /// Time between two heartbeats (Nova's `report_interval`, 10 s).
    pub report_interval: Duration,
    /// Silence after which a service counts as down (Nova's `service_down_time`, 60 s).
    pub service_down_time: Duration,
}

impl Default for LivenessOptions {
    fn default() -> Self {
        Self { report_interval: Duration::from_secs(10), service_down_time: Duration::from_secs(60) }
    }
}

impl LivenessOptions {
    /// The silence that counts: `service_down_time`, or 2.5 heartbeats if that is not longer than one.
    pub fn effective_down_time(&self) -> Duration {
        if self.service_down_time > self.report_interval {
            self.service_down_time
        } else {
            self.report_interval.mul_f64(2.5)
        }
    }
}

/// Judges from the records it is shown which services are up.
///
/// Nova compares two hosts' wall clocks, so that one clock jump declares a fleet dead. Here a heartbeat counts from
/// the moment *this* process first saw the counter move, on its monotonic clock. Only for a service it sees for the
/// first time does it ask the wall clock, and then a service whose last heartbeat lies in the future is up.
///
/// One judge per process, fed with records as they are read (at least every few heartbeats).
///
/// # Example
/// ```
/// # use nova_core::{Env, Timestamp, group::{Liveness, LivenessOptions, ServiceRecord}, service::Identity};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let env = Env::system();
/// let judge = Liveness::new(&env, LivenessOptions::default());
/// let record = ServiceRecord {
///     uuid: "1".into(), identity: Identity::new("node1", "nova-compute"), version: 1, report_count: 7,
///     disabled: false, forced_down: false, last_seen_up: Some(env.now()), created_at: None,
/// };
/// assert!(judge.is_up(&record));
/// assert!(!judge.is_up(&ServiceRecord { forced_down: true, ..record }));
/// # });
/// ```
#[derive(Debug)]
pub struct Liveness {
    env: Env,
    down_time: Duration,
    seen: Mutex<BTreeMap<String, Seen>>,
}

#[derive(Debug)]
struct Seen {
    report_count: i64,
    /// The silence already behind it when it was seen.
    age: Duration,
    at: Instant,
}

impl Liveness {
    /// A judge that has seen nobody.
    pub fn new(env: &Env, options: LivenessOptions) -> Self {
        Self { env: env.clone(), down_time: options.effective_down_time(), seen: Mutex::default() }
    }

    /// Whether the service of `record` is up, which is noted as seen now.
    #[doc(alias = "service_is_up")]
    pub fn is_up(&self, record: &ServiceRecord) -> bool {
        !record.forced_down && self.silence(record) <= self.down_time
    }

    /// How long the service has been silent.
    pub fn silence(&self, record: &ServiceRecord) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(&record.uuid) {
            Some(known) if known.report_count == record.report_count => known.age + known.at.elapsed(),
            Some(_) => note(&mut seen, record, Duration::ZERO),
            None => {
                let age = self.wall_clock_silence(record);
                note(&mut seen, record, age)
            }
        }
    }

    /// Forgets services that no longer have a record.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).retain(|uuid, _| keep(uuid));
    }

    fn wall_clock_silence(&self, record: &ServiceRecord) -> Duration {
        let last = record.last_seen_up.or(record.created_at);
        last.map_or(Duration::MAX / 2, |last| self.env.now().saturating_since(last))
    }
}

fn note(seen: &mut BTreeMap<String, Seen>, record: &ServiceRecord, age: Duration) -> Duration {
    let entry = Seen { report_count: record.report_count, age, at: Instant::now() };
    seen.insert(record.uuid.clone(), entry);
    age
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::env::FixedClock;
    use crate::service::Identity;

    fn record(report_count: i64, last_seen_up: Timestamp) -> ServiceRecord {
        ServiceRecord {
            uuid: "u".into(),
            identity: Identity::new("h", "nova-compute"),
            version: 1,
            report_count,
            disabled: false,
            forced_down: false,
            last_seen_up: Some(last_seen_up),
            created_at: None,
        }
    }

    fn judge() -> (Liveness, Timestamp) {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let env = Env::builder().clock(FixedClock::at(start)).seed(1).build();
        (Liveness::new(&env, LivenessOptions::default()), start)
    }

    #[tokio::test(start_paused = true)]
    async fn silence_beyond_the_down_time_is_down_and_a_new_heartbeat_is_up_again() {
        let (judge, start) = judge();
        assert!(judge.is_up(&record(1, start)));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(judge.is_up(&record(1, start)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!judge.is_up(&record(1, start)));
        assert!(judge.is_up(&record(2, start)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_jump_of_the_sender_kills_nobody() {
        let (judge, start) = judge();
        let hour = Duration::from_secs(3600);
        assert!(judge.is_up(&record(1, start)));
        assert!(judge.is_up(&record(2, start.saturating_sub(hour))));
        assert!(judge.is_up(&record(3, start.saturating_add(hour))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_first_seen_long_after_its_last_heartbeat_is_down() {
        let (judge, start) = judge();
        assert!(!judge.is_up(&record(9, start.saturating_sub(Duration::from_secs(61)))));
    }

    #[test]
    fn a_down_time_not_above_the_interval_becomes_two_and_a_half_intervals() {
        let options = LivenessOptions {
            report_interval: Duration::from_secs(60),
            service_down_time: Duration::from_secs(60),
        };
        assert_eq!(options.effective_down_time(), Duration::from_secs(150));
    }
}
