//! A semaphore that shows how many wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::OwnedSemaphorePermit;

/// A named limit on how much goes on at a time (Nova's executors: `max_concurrent_builds` and the like).
///
/// Fair: who came first goes first. The queue's length is a gauge, `semaphore_waiting{name}`.
///
/// # Example
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let builds = nova_core::sync::Semaphore::new("builds", 10);
/// let permit = builds.acquire().await;
/// assert_eq!((builds.free(), builds.waiting()), (9, 0));
/// drop(permit);
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Semaphore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: &'static str,
    permits: Arc<tokio::sync::Semaphore>,
    waiting: AtomicUsize,
}

/// One place; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Semaphore {
    /// `places` places; 0 means no limit, as in Nova's options.
    pub fn new(name: &'static str, places: usize) -> Self {
        let places = if places == 0 { tokio::sync::Semaphore::MAX_PERMITS } else { places };
        let permits = Arc::new(tokio::sync::Semaphore::new(places.min(tokio::sync::Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner { name, permits, waiting: AtomicUsize::new(0) }))
    }

    /// Waits for a place.
    ///
    /// # Cancel safety
    /// Cancel safe; the place in the queue is lost.
    pub async fn acquire(&self) -> Permit {
        let _waiting = Waiting::new(&self.0);
        // The semaphore is never closed, so there is always a permit in the end.
        Permit { _permit: Arc::clone(&self.0.permits).acquire_owned().await.ok() }
    }

    /// How many places are free.
    pub fn free(&self) -> usize {
        self.0.permits.available_permits()
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }
}

struct Waiting<'a>(&'a Inner);

impl<'a> Waiting<'a> {
    fn new(inner: &'a Inner) -> Self {
        inner.show(inner.waiting.fetch_add(1, Ordering::Relaxed) + 1);
        Self(inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.show(self.0.waiting.fetch_sub(1, Ordering::Relaxed).saturating_sub(1));
    }
}

impl Inner {
    fn show(&self, waiting: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a queue length")]
        metrics::gauge!("semaphore_waiting", "name" => self.name).set(waiting as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_queue_is_seen_and_a_waiter_that_gives_up_leaves_it() {
        let semaphore = Semaphore::new("t", 1);
        let held = semaphore.acquire().await;
        let (waited, seen) =
            tokio::join!(tokio::time::timeout(Duration::from_secs(1), semaphore.acquire()), async {
                semaphore.waiting()
            });
        assert!(waited.is_err());
        assert_eq!((seen, semaphore.waiting()), (1, 0));
        drop(held);
        assert_eq!(semaphore.free(), 1);
    }

    #[test]
    fn zero_places_means_no_limit() {
        assert!(Semaphore::new("t", 0).free() > 1_000_000);
    }
}
