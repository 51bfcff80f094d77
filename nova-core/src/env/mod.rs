//! The one handle through which code reaches wall-clock time, ids, randomness and background tasks.
//!
//! Production builds one [`Env::system`] per process. A test or a simulation builds its own with
//! [`Env::builder`]: two simulated nodes in one process have two clocks and two random streams, which globals could
//! not give them.
//!
//! Monotonic time is not here: [`tokio::time`] owns it, and tests pause it there.

mod clock;
mod ids;
mod stillness;
mod tasks;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::clock::{Clock, FixedClock, SystemClock};
pub use self::tasks::{TaskHandle, TaskInfo};

use self::tasks::Tasks;
use crate::time::Timestamp;

/// Wall clock, ids, randomness and owned tasks of one service or process.
///
/// Cheap to clone; every clone is the same environment. It is given to constructors, never put into a
/// [`RequestContext`](crate::RequestContext) or a global.
///
/// # Example: a reproducible environment
/// ```
/// use nova_core::env::{Env, FixedClock};
///
/// let build = || Env::builder().clock(FixedClock::at("2026-01-01T00:00:00Z".parse().unwrap())).seed(7).build();
/// assert_eq!(build().new_id(), build().new_id());
/// assert_eq!(build().now(), build().now());
/// ```
#[derive(Clone)]
pub struct Env(Arc<Inner>);

struct Inner {
    clock: Box<dyn Clock>,
    rng: Mutex<StdRng>,
    tasks: Tasks,
}

impl Env {
    /// The machine's clock and randomness.
    pub fn system() -> Self {
        Self::builder().build()
    }

    /// Starts an environment with parts of the caller's choosing.
    pub fn builder() -> EnvBuilder {
        EnvBuilder { clock: Box::new(SystemClock), rng: StdRng::from_os_rng() }
    }

    /// The wall-clock time, for records and logs. Not for measuring: see [the module](self).
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// A new random (version 4) UUID.
    pub fn new_id(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng().fill_bytes(&mut bytes);
        ids::version_4(bytes)
    }

    /// A new id as 32 hexadecimal digits, the form message ids have on the wire.
    pub fn new_hex_id(&self) -> String {
        self.new_id().simple().to_string()
    }

    /// A new request id: `req-` and a UUID.
    pub fn new_request_id(&self) -> String {
        format!("req-{}", self.new_id())
    }

    /// A random number in `0..bound`; 0 when `bound` is 0.
    pub fn random_below(&self, bound: u64) -> u64 {
        match bound {
            0 => 0,
            bound => self.rng().random_range(0..bound),
        }
    }

    /// A random duration in `0..=limit`, for jitter.
    pub fn jitter(&self, limit: Duration) -> Duration {
        limit.mul_f64(self.rng().random_range(0.0..=1.0))
    }

    /// Fills `bytes` with randomness.
    ///
    /// Not for keys or tokens in a simulation: a seeded environment is predictable by design.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        self.rng().fill_bytes(bytes);
    }

    /// Runs `work` in the background as a task that this environment owns.
    ///
    /// `name` shows in diagnostic reports. The task should end when [`Env::stopping`] fires; one that does not is
    /// aborted when [`Env::shutdown`]'s grace is over. A panic in it is logged and counted, never lost.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn spawn<F>(&self, name: impl Into<Arc<str>>, work: F) -> TaskHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.tasks.spawn(name.into(), work)
    }

    /// Fires when the environment is shutting down.
    pub fn stopping(&self) -> CancellationToken {
        self.0.tasks.stopping()
    }

    /// The tasks that are running now, oldest first.
    pub fn tasks(&self) -> Vec<TaskInfo> {
        self.0.tasks.list()
    }

    /// Tells every task to stop, waits for them at most `grace`, then aborts the rest.
    ///
    /// Returns the names of the tasks that had to be aborted. Calling it again is harmless.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the stop signal given and the tasks running.
    pub async fn shutdown(&self, grace: Duration) -> Vec<Arc<str>> {
        self.0.tasks.shutdown(grace).await
    }

    /// Ends every task at its next await, without a word: what a power failure does to a process. For tests of
    /// crashes; a service is stopped with [`shutdown`](Self::shutdown).
    ///
    /// Returns the names of the tasks.
    pub fn abort_all(&self) -> Vec<Arc<str>> {
        self.0.tasks.abort_all()
    }

    /// Holds every task at its next await, as a stopped process is held (SIGSTOP) or a machine that swaps: time goes
    /// on, messages and answers come, and nobody looks at them until [`go_on`](Self::go_on). For tests of services
    /// that are slow and not dead.
    pub fn stand_still(&self) {
        self.0.tasks.stillness().begin();
    }

    /// Ends [`stand_still`](Self::stand_still). Timers that ran out meanwhile have run out. Harmless if nothing
    /// stands still.
    pub fn go_on(&self) {
        self.0.tasks.stillness().end();
    }

    fn rng(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.0.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("now", &self.now())
            .field("tasks", &self.tasks().len())
            .finish_non_exhaustive()
    }
}

/// Builds an [`Env`].
pub struct EnvBuilder {
    clock: Box<dyn Clock>,
    rng: StdRng,
}

impl EnvBuilder {
    /// Takes wall-clock time from `clock`.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Makes ids and random numbers a function of `seed`.
    pub fn seed(mut self, seed: u64) -> Self {
        self.rng = StdRng::seed_from_u64(seed);
        self
    }

    /// The environment.
    pub fn build(self) -> Env {
        Env(Arc::new(Inner { clock: self.clock, rng: Mutex::new(self.rng), tasks: Tasks::default() }))
    }
}

impl fmt::Debug for EnvBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvBuilder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_4_uuids() {
        let id = Env::system().new_id();
        assert_eq!(id.get_version_num(), 4);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_seed_others() {
        let ids = |seed| {
            let env = Env::builder().seed(seed).build();
            (env.new_hex_id(), env.random_below(1000))
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn random_below_zero_is_zero_and_jitter_stays_within_its_limit() {
        let env = Env::builder().seed(3).build();
        assert_eq!(env.random_below(0), 0);
        assert!((0..100).all(|_| env.jitter(Duration::from_secs(1)) <= Duration::from_secs(1)));
    }
}
