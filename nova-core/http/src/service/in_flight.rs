//! The requests that are being answered.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{Method, Uri};
use tokio::time::Instant;

/// As much of a path as logs and reports show, in bytes.
const MAX_PATH: usize = 256;

/// One request in flight, for diagnostic reports. Its text form is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestInfo {
    /// The method.
    pub method: Method,
    /// The path, without the query, cut off if very long.
    pub path: String,
    /// The id, once the `request_id` filter has given one.
    pub request_id: Option<String>,
    /// How long it has been in flight.
    pub age: Duration,
}

impl fmt::Display for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, request_id, age } = self;
        write!(f, "{age:>10.1?}  {method} {path}  {}", request_id.as_deref().unwrap_or("-"))
    }
}

/// All requests of one service that are in flight. Clones share.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    next: u64,
    finished: u64,
    requests: BTreeMap<u64, Tracked>,
}

/// One request; in its extensions, so that filters can say more about it.
#[derive(Clone)]
pub(crate) struct Tracked(Arc<Entry>);

struct Entry {
    method: Method,
    path: String,
    started: Instant,
    request_id: OnceLock<String>,
}

/// A place in the list, until it is dropped.
pub(super) struct Ticket {
    list: InFlight,
    id: u64,
}

impl InFlight {
    /// Puts `request` on the list.
    pub(super) fn begin(&self, request: &mut Request) -> Ticket {
        let tracked = Tracked::new(request);
        request.extensions_mut().insert(tracked.clone());
        let mut state = self.state();
        let id = state.next;
        state.next += 1;
        state.requests.insert(id, tracked);
        Ticket { list: self.clone(), id }
    }

    /// How many there are, and how many are over.
    pub(super) fn counts(&self) -> (usize, u64) {
        let state = self.state();
        (state.requests.len(), state.finished)
    }

    /// Oldest first.
    pub(super) fn list(&self) -> Vec<RequestInfo> {
        self.state().requests.values().map(Tracked::info).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.list.state();
        state.requests.remove(&self.id);
        state.finished += 1;
    }
}

impl Tracked {
    fn new(request: &Request) -> Self {
        Self(Arc::new(Entry {
            method: request.method().clone(),
            path: short_path(request.uri()).to_owned(),
            started: Instant::now(),
            request_id: OnceLock::new(),
        }))
    }

    /// Says what the id of the request is. The first one stays.
    pub(crate) fn name(&self, request_id: &str) {
        self.0.request_id.get_or_init(|| request_id.to_owned());
    }

    fn info(&self) -> RequestInfo {
        let Entry { method, path, started, request_id } = &*self.0;
        RequestInfo {
            method: method.clone(),
            path: path.clone(),
            request_id: request_id.get().cloned(),
            age: started.elapsed(),
        }
    }
}

/// The path as logs and reports show it.
pub(crate) fn short_path(uri: &Uri) -> &str {
    let path = uri.path();
    &path[..path.floor_char_boundary(MAX_PATH)]
}
