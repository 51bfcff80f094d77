//! The fake hypervisor itself: what there is and what happened, outside any service.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nova_core::{Env, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use super::file::JournalFile;
use super::journal::{Effect, Entry};
use super::outside::Outside;
use super::state::{Machine, State};
use crate::event::{DriverEvent, EventStream};
use crate::order::{Generation, StepKey};

/// How often a stream of events looks for what other processes wrote.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The machines of one fake host and the journal of everything that happened there.
///
/// The journal is the truth; the machines are its replay. Either it is a file, which survives any death of its
/// writers and which several processes may read and write at once, or it is memory, for simulations. Clones share.
///
/// Reading and writing are synchronous and short: one small file, no other I/O. Writers of one host take turns by
/// the file's lock; readers take none. A process that is stopped (SIGSTOP) in the middle of a write holds up the
/// other writers of that host until it goes on or dies.
///
/// # Example: an audit, with or without a service
/// ```
/// use nova_virt::fake::{Store, duplicates};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path();
/// let store = Store::open(path)?;
/// assert!(store.list()?.is_empty());
/// assert!(duplicates(&store.journal()?).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Store(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    told: watch::Sender<usize>,
    is_file: bool,
}

#[derive(Debug, Default)]
struct Inner {
    file: Option<JournalFile>,
    state: State,
    journal: Vec<Entry>,
}

/// Why a store could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file could not be read or written; nothing was changed.
    #[error("the journal {} cannot be used", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The entry was written but may not outlive a loss of power.
    #[error("the journal {} could not be synced", path.display())]
    NotSynced {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not an entry.
    #[error("line {line} of {} is not an entry", path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// What shall be written, before it has its place and time.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) uuid: Option<Uuid>,
    pub(super) key: Option<StepKey>,
    pub(super) generation: Option<Generation>,
    pub(super) effect: Effect,
}

impl Store {
    /// A host in memory, which lives as long as the last clone.
    pub fn memory() -> Self {
        Self::new(None)
    }

    /// The host in the folder `path`, which is made with the first machine.
    ///
    /// # Errors
    /// `Io` or `Corrupt` if its journal cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let store = Self::new(Some(JournalFile::new(path.as_ref())));
        drop(store.fresh()?);
        Ok(store)
    }

    fn new(file: Option<JournalFile>) -> Self {
        let is_file = file.is_some();
        let inner = Inner { file, ..Inner::default() };
        Self(Arc::new(Shared { inner: Mutex::new(inner), told: watch::Sender::new(0), is_file }))
    }

    /// The machines, by uuid.
    ///
    /// # Errors
    /// `Io` or `Corrupt` if the journal cannot be read; so for all that read.
    pub fn list(&self) -> Result<Vec<Machine>, StoreError> {
        self.read(|state| state.machines.values().cloned().collect())
    }

    /// One machine; `None` if it is not there.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn get(&self, uuid: Uuid) -> Result<Option<Machine>, StoreError> {
        self.read(|state| state.machines.get(&uuid).cloned())
    }

    /// The machines whose disk is on the host, whether or not they are there themselves.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn disks(&self) -> Result<Vec<Uuid>, StoreError> {
        self.read(|state| state.disks.iter().copied().collect())
    }

    /// The highest generation seen for a machine, which may be gone.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn generation(&self, uuid: Uuid) -> Result<Option<Generation>, StoreError> {
        self.read(|state| state.fences.get(&uuid).copied())
    }

    /// Everything that happened, oldest first.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn journal(&self) -> Result<Vec<Entry>, StoreError> {
        Ok(self.fresh()?.journal.clone())
    }

    /// The hand that acts on the host without its service: kills machines, makes foreign ones, pulls the plug.
    pub fn outside(&self, env: &Env) -> Outside {
        Outside::new(self.clone(), env.clone())
    }

    /// Reads the state as it is now.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        Ok(look(&self.fresh()?.state))
    }

    /// Looks at the state and writes what `decide` drafts, with nobody in between.
    pub(super) fn transact<T>(
        &self,
        at: Timestamp,
        decide: impl FnOnce(&State) -> (Option<Draft>, T),
    ) -> Result<T, StoreError> {
        let mut inner = self.inner();
        let outcome = inner.transact(at, decide);
        self.announce(&inner);
        outcome
    }

    /// The lifecycle events from now on, read from the journal: there is no queue that could overflow.
    pub(super) fn events(&self) -> EventStream {
        let next = self.read(|state| state.events.len()).unwrap_or(0);
        let told = self.0.told.subscribe();
        let tail = (self.clone(), told, next);
        Box::pin(futures_util::stream::unfold(tail, |(store, mut told, next)| async move {
            loop {
                if let Some(event) = store.event(next) {
                    return Some((event, (store, told, next + 1)));
                }
                store.wait(&mut told).await;
            }
        }))
    }

    fn event(&self, index: usize) -> Option<DriverEvent> {
        let read = self.read(|state| state.events.get(index).cloned());
        read.inspect_err(|error| tracing::warn!(%error, "the fake host's journal cannot be read"))
            .ok()
            .flatten()
            .map(DriverEvent::Lifecycle)
    }

    async fn wait(&self, told: &mut watch::Receiver<usize>) {
        // The sender lives in `self`, so `changed` cannot fail; the timeout is how other processes are noticed.
        match self.0.is_file {
            true => _ = tokio::time::timeout(LOOK_EVERY, told.changed()).await,
            false => _ = told.changed().await,
        }
    }

    /// The inner state after reading what others wrote.
    fn fresh(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let mut inner = self.inner();
        inner.catch_up()?;
        self.announce(&inner);
        Ok(inner)
    }

    fn announce(&self, inner: &Inner) {
        let events = inner.state.events.len();
        self.0.told.send_if_modified(|told| std::mem::replace(told, events) != events);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn catch_up(&mut self) -> Result<(), StoreError> {
        let new = match &mut self.file {
            Some(file) => file.read_new()?,
            None => return Ok(()),
        };
        self.take(new);
        Ok(())
    }

    fn transact<T>(
        &mut self,
        at: Timestamp,
        decide: impl FnOnce(&State) -> (Option<Draft>, T),
    ) -> Result<T, StoreError> {
        let Some(mut file) = self.file.take() else {
            let (draft, outcome) = decide(&self.state);
            let entry = draft.map(|draft| self.entry(at, draft));
            self.take(entry);
            return Ok(outcome);
        };
        let outcome = self.transact_in(&mut file, at, decide);
        self.file = Some(file);
        outcome
    }

    fn transact_in<T>(
        &mut self,
        journal: &mut JournalFile,
        at: Timestamp,
        decide: impl FnOnce(&State) -> (Option<Draft>, T),
    ) -> Result<T, StoreError> {
        let mut locked = journal.lock()?;
        let new = journal.read_from(&mut locked)?;
        self.take(new);
        let (draft, outcome) = decide(&self.state);
        let Some(draft) = draft else { return Ok(outcome) };
        let entry = self.entry(at, draft);
        let written = journal.append(&mut locked, &entry);
        match written {
            Ok(()) | Err(StoreError::NotSynced { .. }) => self.take([entry]),
            Err(_) => {}
        }
        written.map(|()| outcome)
    }

    fn entry(&self, at: Timestamp, draft: Draft) -> Entry {
        let Draft { uuid, key, generation, effect } = draft;
        Entry { seq: self.journal.len() as u64, at, uuid, key, generation, effect }
    }

    fn take(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.state.apply(&entry);
            self.journal.push(entry);
        }
    }
}
