//! Which messages arrived already.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The ids of the last messages, at most `limit` of them.
pub(super) struct Seen {
    limit: usize,
    ids: Mutex<Ids>,
}

#[derive(Default)]
struct Ids {
    known: BTreeSet<Arc<str>>,
    oldest_first: VecDeque<Arc<str>>,
}

impl Seen {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ids: Mutex::default() }
    }

    /// Notes `id`; whether it is new.
    pub(super) fn note(&self, id: &Arc<str>) -> bool {
        let mut ids = self.lock();
        if !ids.known.insert(Arc::clone(id)) {
            return false;
        }
        ids.oldest_first.push_back(Arc::clone(id));
        if ids.oldest_first.len() > self.limit
            && let Some(oldest) = ids.oldest_first.pop_front()
        {
            ids.known.remove(&oldest);
        }
        true
    }

    /// The message goes back to the bus: its next arrival is not a duplicate.
    pub(super) fn forget(&self, id: &Arc<str>) {
        let mut ids = self.lock();
        ids.known.remove(id);
        ids.oldest_first.retain(|known| known != id);
    }

    fn lock(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_arrival_is_a_duplicate_until_it_is_forgotten_or_too_long_ago() {
        let seen = Seen::new(2);
        let [a, b, c] = ["a", "b", "c"].map(Arc::from);
        assert!(seen.note(&a) && !seen.note(&a));
        seen.forget(&a);
        assert!(seen.note(&a) && seen.note(&b) && seen.note(&c));
        assert!(seen.note(&a), "only the last two are remembered");
        assert!(!seen.note(&c));
    }
}
