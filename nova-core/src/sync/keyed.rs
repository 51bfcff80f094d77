//! One lock per key, made when needed and gone when nobody wants it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Table = Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>;

/// A lock for every key (Nova's `synchronized(uuid)`), within this process.
///
/// Waiters of one key get it in the order they came; keys do not affect each other. The table holds only keys that are
/// locked or waited for.
///
/// # Example
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let locks = nova_core::sync::KeyedLocks::default();
/// let one = locks.lock("instance-1").await;
/// assert!(locks.try_lock("instance-1").is_none());
/// assert!(locks.try_lock("instance-2").is_some());
/// drop(one);
/// assert!(locks.is_empty());
/// # });
/// ```
#[doc(alias = "synchronized")]
#[derive(Clone, Debug, Default)]
pub struct KeyedLocks(Arc<Table>);

impl KeyedLocks {
    /// Waits for the lock of `key`.
    ///
    /// # Cancel safety
    /// Cancel safe; the place in the queue is lost.
    pub async fn lock(&self, key: &str) -> KeyGuard {
        let claim = self.claim(key);
        let guard = Arc::clone(&claim.mutex).lock_owned().await;
        KeyGuard { guard: Some(guard), claim }
    }

    /// The lock of `key` if nobody holds it.
    pub fn try_lock(&self, key: &str) -> Option<KeyGuard> {
        let claim = self.claim(key);
        let guard = Arc::clone(&claim.mutex).try_lock_owned().ok()?;
        Some(KeyGuard { guard: Some(guard), claim })
    }

    /// Whether no key is locked or waited for.
    pub fn is_empty(&self) -> bool {
        self.table().is_empty()
    }

    fn claim(&self, key: &str) -> Claim {
        let mutex = Arc::clone(self.table().entry(key.to_owned()).or_default());
        Claim { locks: self.clone(), key: key.to_owned(), mutex }
    }

    fn table(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A holder or waiter of a key; the last one takes the key out of the table.
#[derive(Debug)]
struct Claim {
    locks: KeyedLocks,
    key: String,
    mutex: Arc<tokio::sync::Mutex<()>>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut table = self.locks.table();
        // Ours and the table's: nobody else can get at it while we hold the table.
        if Arc::strong_count(&self.mutex) <= 2 {
            table.remove(&self.key);
        }
    }
}

/// Holds the lock of one key until dropped.
#[derive(Debug)]
pub struct KeyGuard {
    guard: Option<OwnedMutexGuard<()>>,
    claim: Claim,
}

impl KeyGuard {
    /// The key.
    pub fn key(&self) -> &str {
        &self.claim.key
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        // Before the claim counts references: the guard holds one.
        self.guard.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_waiter_that_gives_up_leaves_no_key_behind() {
        let locks = KeyedLocks::default();
        let held = locks.lock("k").await;
        let waiter = tokio::time::timeout(std::time::Duration::from_millis(1), locks.lock("k"));
        assert!(waiter.await.is_err());
        drop(held);
        assert!(locks.is_empty());
    }

    #[tokio::test]
    async fn waiters_of_a_key_run_one_after_the_other_in_order() {
        let locks = KeyedLocks::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = locks.lock("k").await;
        let waiters = (0..5).map(|n| {
            let (locks, order) = (locks.clone(), Arc::clone(&order));
            async move {
                let _guard = locks.lock("k").await;
                order.lock().unwrap().push(n);
                tokio::task::yield_now().await;
            }
        });
        let all = futures_util::future::join_all(waiters);
        let release = async { drop(first) };
        tokio::join!(all, release);
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
        assert!(locks.is_empty());
    }
}
