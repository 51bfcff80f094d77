//! The requests a server is working on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::interface::MethodSpec;
use nova_core::RequestContext;

/// One request in work, for reports.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InFlight {
    /// The method.
    pub method: &'static str,
    /// The request it belongs to.
    pub request_id: String,
    /// How long it has been in work.
    pub age: Duration,
}

impl std::fmt::Display for InFlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} for {}: {:.1} s", self.method, self.request_id, self.age.as_secs_f64())
    }
}

/// The requests in work, oldest first.
#[derive(Default)]
pub(super) struct Flights {
    table: Mutex<Table>,
    landed: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    flights: BTreeMap<u64, Entry>,
}

struct Entry {
    method: &'static str,
    cx: RequestContext,
    began: Instant,
}

impl Flights {
    /// Enters a request, until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>, method: &'static MethodSpec, cx: &RequestContext) -> Flight {
        let mut table = self.lock();
        let id = table.next;
        table.next += 1;
        table.flights.insert(id, Entry { method: method.name, cx: cx.clone(), began: Instant::now() });
        Flight { id, flights: Arc::clone(self) }
    }

    pub(super) fn list(&self) -> Vec<InFlight> {
        let table = self.lock();
        let flights = table.flights.values();
        flights
            .map(|entry| InFlight {
                method: entry.method,
                request_id: entry.cx.request_id().to_owned(),
                age: entry.began.elapsed(),
            })
            .collect()
    }

    /// Returns when nothing is in work.
    pub(super) async fn all_landed(&self) {
        loop {
            let landed = self.landed.notified();
            if self.lock().flights.is_empty() {
                return;
            }
            landed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request's entry.
pub(super) struct Flight {
    id: u64,
    flights: Arc<Flights>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut table = self.flights.lock();
        table.flights.remove(&self.id);
        let none_left = table.flights.is_empty();
        drop(table);
        if none_left {
            self.flights.landed.notify_waiters();
        }
    }
}
