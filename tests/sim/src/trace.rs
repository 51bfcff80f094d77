//! What happened, in order: the fingerprint of a run, and its last events for whoever looks for a cause.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::hash::Hash;
use crate::time::Time;

/// How many events are remembered in words. All are hashed.
const REMEMBERED: usize = 200;

/// The events of one run. Clones share.
///
/// Two runs are the same if their hashes are: every event goes into it with its time, and of messages the bytes too.
#[derive(Clone)]
pub struct Trace(Arc<Inner>);

struct Inner {
    time: Arc<Time>,
    remembered: usize,
    /// Another in each run, and so called by a name that is not.
    directory: String,
    record: Mutex<Record>,
}

/// What the trace calls the run's directory.
const DIRECTORY: &str = "<directory>";

struct Record {
    hash: Hash,
    events: u64,
    last: VecDeque<(Duration, String)>,
}

impl Trace {
    pub(crate) fn new(time: &Arc<Time>, directory: &Path, remembered: Option<usize>) -> Self {
        let record = Record { hash: Hash::new(), events: 0, last: VecDeque::new() };
        let remembered = remembered.unwrap_or(REMEMBERED);
        let directory = directory.display().to_string();
        Self(Arc::new(Inner { time: Arc::clone(time), remembered, directory, record: Mutex::new(record) }))
    }

    /// Writes an event down.
    pub fn note(&self, what: impl Into<String>) {
        self.note_with(what, &[]);
    }

    /// Writes an event down whose `bytes` count, too: their hash is written behind the words.
    pub fn note_with(&self, what: impl Into<String>, bytes: &[u8]) {
        let mut what: String = what.into();
        if what.contains(&self.0.directory) {
            what = what.replace(&self.0.directory, DIRECTORY);
        }
        if !bytes.is_empty() {
            let mut of_bytes = Hash::new();
            of_bytes.mix(bytes);
            what = format!("{what} #{:x}", of_bytes.value() & 0xffff_ffff);
        }
        let at = self.0.time.elapsed();
        let mut record = self.record();
        record.hash.mix(&at.as_nanos().to_le_bytes());
        record.hash.mix(what.as_bytes());
        record.events += 1;
        if record.last.len() >= self.0.remembered {
            record.last.pop_front();
        }
        record.last.push_back((at, what));
    }

    /// The fingerprint of everything up to now.
    pub fn hash(&self) -> u64 {
        self.record().hash.value()
    }

    /// How much has happened.
    pub fn events(&self) -> u64 {
        self.record().events
    }

    /// The last events, oldest first, each with its virtual time in seconds.
    pub fn last(&self) -> Vec<String> {
        let line = |(at, what): &(Duration, String)| format!("{:10.3} {what}", at.as_secs_f64());
        self.record().last.iter().map(line).collect()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("events", &self.events()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(time: &Arc<Time>, directory: &str) -> Trace {
        Trace::new(time, Path::new(directory), None)
    }

    #[tokio::test(start_paused = true)]
    async fn every_event_counts_and_the_last_are_remembered() {
        let time = Time::begin();
        let (one, other) = (trace(&time, "/here"), trace(&time, "/there"));
        for number in 0..REMEMBERED + 5 {
            one.note(format!("event {number}"));
            other.note(format!("event {}", number.max(1)));
        }
        one.note("cannot open /here/file");
        other.note("cannot open /there/file");
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.last(), other.last());
        assert_eq!(one.last().len(), REMEMBERED);
        assert_eq!(one.last()[0].trim(), "0.000 event 6");
    }
}
