//! The calls that wait for an answer: one table for every transport.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nova_core::Fault;
use tokio::sync::Notify;

use crate::Encoded;
use crate::codec::{Reply, ReplyOutcome};

/// How many calls may wait at once unless a transport is told otherwise.
const DEFAULT_LIMIT: usize = 65_536;

/// The calls of one process that wait for an answer, by message id.
///
/// A call is entered *before* it is sent, so that no answer can be too early; its [`Waiter`] takes the entry out when
/// dropped, however the call ends.
#[derive(Debug)]
pub struct Replies {
    limit: usize,
    waiting: Mutex<BTreeMap<String, Arc<Slot>>>,
}

/// More calls wait than the table may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{limit} calls wait for an answer already")]
pub struct TooManyCalls {
    /// How many may.
    pub limit: usize,
}

impl Default for Replies {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl Replies {
    /// A table for at most `limit` calls at a time.
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, waiting: Mutex::default() }
    }

    /// Enters a call.
    ///
    /// # Errors
    /// The table is full; the call must not be sent.
    pub fn expect(self: &Arc<Self>, msg_id: impl Into<String>) -> Result<Waiter, TooManyCalls> {
        let msg_id = msg_id.into();
        let slot = Arc::new(Slot::default());
        let mut waiting = self.lock();
        if waiting.len() >= self.limit {
            return Err(TooManyCalls { limit: self.limit });
        }
        waiting.insert(msg_id.clone(), Arc::clone(&slot));
        drop(waiting);
        Ok(Waiter { table: Arc::clone(self), msg_id, slot, beats_seen: 0 })
    }

    /// Hands a reply to the call it belongs to. One that belongs to none (too late, twice, a stranger's) is dropped and
    /// counted; so says the result.
    pub fn deliver(&self, reply: Reply) -> bool {
        let slot = self.lock().get(&reply.msg_id).cloned();
        match slot {
            Some(slot) => slot.put(reply.outcome),
            None => {
                metrics::counter!("rpc_stray_replies_total").increment(1);
                false
            }
        }
    }

    /// How many calls wait now.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no call waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Slot>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the answer to one call is put down. Heartbeats are counted, not queued: it never grows.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    beats: u64,
    done: Option<Result<Encoded, Fault>>,
    closed: bool,
}

impl Slot {
    fn put(&self, outcome: ReplyOutcome) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return false;
        }
        match outcome {
            ReplyOutcome::StillRunning => state.beats += 1,
            ReplyOutcome::Done(done) => {
                state.closed = true;
                state.done = Some(done);
            }
        }
        drop(state);
        self.changed.notify_one();
        true
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

/// One call's wait for its answer. Dropping it takes the call out of the table.
#[derive(Debug)]
pub struct Waiter {
    table: Arc<Replies>,
    msg_id: String,
    slot: Arc<Slot>,
    beats_seen: u64,
}

impl Waiter {
    /// What the server says next: that it still works, any number of times, and once that it is done.
    ///
    /// Heartbeats that came together are reported once. After `Done` it never returns.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> ReplyOutcome {
        loop {
            if let Some(outcome) = self.take() {
                return outcome;
            }
            self.slot.changed.notified().await;
        }
    }

    /// The answer, however many heartbeats come before it.
    ///
    /// # Errors
    /// The fault the server answered with.
    ///
    /// # Cancel safety
    /// Dropping the future takes the call out of the table: an answer is then a stranger's.
    pub async fn done(mut self) -> Result<Encoded, Fault> {
        loop {
            if let ReplyOutcome::Done(done) = self.next().await {
                return done;
            }
        }
    }

    fn take(&mut self) -> Option<ReplyOutcome> {
        let mut state = self.slot.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = state.done.take() {
            return Some(ReplyOutcome::Done(done));
        }
        (state.beats > self.beats_seen).then(|| {
            self.beats_seen = state.beats;
            ReplyOutcome::StillRunning
        })
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.table.lock().remove(&self.msg_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    fn done(msg_id: &str) -> Reply {
        Reply { msg_id: msg_id.into(), outcome: ReplyOutcome::Done(Ok(Format::Json.null())) }
    }

    #[tokio::test]
    async fn an_answer_before_the_wait_begins_is_not_lost() {
        let replies = Arc::new(Replies::default());
        let waiter = replies.expect("a").unwrap();
        assert!(replies.deliver(done("a")));
        assert_eq!(waiter.done().await.unwrap(), Format::Json.null());
        assert!(replies.is_empty());
    }

    #[tokio::test]
    async fn heartbeats_are_told_and_never_displace_the_answer() {
        let replies = Arc::new(Replies::default());
        let mut waiter = replies.expect("a").unwrap();
        for _ in 0..1000 {
            replies.deliver(Reply { msg_id: "a".into(), outcome: ReplyOutcome::StillRunning });
        }
        assert_eq!(waiter.next().await, ReplyOutcome::StillRunning);
        replies.deliver(done("a"));
        assert!(matches!(waiter.next().await, ReplyOutcome::Done(Ok(_))));
    }

    #[test]
    fn a_stranger_and_a_second_answer_are_ignored() {
        let replies = Arc::new(Replies::default());
        let _waiter = replies.expect("a").unwrap();
        assert!(!replies.deliver(done("b")));
        assert!(replies.deliver(done("a")));
        assert!(!replies.deliver(done("a")));
    }

    #[test]
    fn the_table_is_bounded_and_a_dropped_waiter_makes_room() {
        let replies = Arc::new(Replies::with_limit(1));
        let waiter = replies.expect("a").unwrap();
        assert_eq!(replies.expect("b").unwrap_err(), TooManyCalls { limit: 1 });
        drop(waiter);
        assert!(replies.expect("b").is_ok());
    }
}
