//! Watching what goes over the bus.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Target;
use crate::interface::Kind;
use crate::transport::Post;

/// How many messages a tap remembers; it counts all.
const REMEMBERED: usize = 100_000;

/// One message that was sent, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// What it was.
    pub kind: SeenKind,
    /// The method; empty for replies.
    pub method: &'static str,
    /// Where it was sent; for replies, the reply address.
    pub target: Target,
    /// Whose it is: the name of the connection, if it was made [with one](super::MemoryBus::connect_as).
    pub sender: Option<Arc<str>>,
}

/// What a message was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeenKind {
    /// A request somebody waits for.
    Call,
    /// A request nobody waits for.
    Cast,
    /// A request to every server.
    Fanout,
    /// An answer.
    Reply,
}

impl Seen {
    pub(super) fn request(post: &Post, sender: Option<&Arc<str>>) -> Self {
        let kind = match post.kind {
            Kind::Call => SeenKind::Call,
            Kind::Cast => SeenKind::Cast,
            Kind::Fanout => SeenKind::Fanout,
        };
        Self { kind, method: post.method, target: post.target.clone(), sender: sender.cloned() }
    }

    pub(super) fn reply(address: &str, sender: Option<&Arc<str>>) -> Self {
        let target = Target::new(address.to_owned());
        Self { kind: SeenKind::Reply, method: "", target, sender: sender.cloned() }
    }
}

/// A record of the messages sent since it was made. Cheap to clone; every clone is the same record.
///
/// It remembers the last 100 000 messages and counts all.
///
/// # Example
/// ```
/// # let bus = nova_rpc::transport::memory::MemoryBus::new(&nova_core::Env::system());
/// let tap = bus.tap();
/// // … build a server …
/// assert!(tap.requests() <= 14, "{:?}", tap.methods());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tap(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    requests: usize,
    replies: usize,
    seen: VecDeque<Seen>,
}

impl Tap {
    pub(super) fn note(&self, seen: &Seen) {
        let mut record = self.lock();
        match seen.kind {
            SeenKind::Reply => record.replies += 1,
            SeenKind::Call | SeenKind::Cast | SeenKind::Fanout => record.requests += 1,
        }
        if record.seen.len() == REMEMBERED {
            record.seen.pop_front();
        }
        record.seen.push_back(seen.clone());
    }

    /// How many calls, casts and fanouts were sent.
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    /// How many answers were sent.
    pub fn replies(&self) -> usize {
        self.lock().replies
    }

    /// The messages in the order they were sent.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.iter().cloned().collect()
    }

    /// The methods of the requests in the order they were sent.
    pub fn methods(&self) -> Vec<&'static str> {
        let requests = self.lock();
        requests.seen.iter().filter(|seen| seen.kind != SeenKind::Reply).map(|seen| seen.method).collect()
    }

    /// Forgets everything and counts from zero.
    pub fn clear(&self) {
        *self.lock() = Record::default();
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
