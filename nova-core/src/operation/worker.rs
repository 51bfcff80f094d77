//! The component that pulls steps and runs them.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::definition::Operation;
use super::engine::{Attempt, Ended, Typed, backoff};
use super::handler::StepHandler;
use super::record::{Lease, OperationRecord, Queue};
use super::secrets::OperationKey;
use super::store::{Hinter, NoHints, OperationStore, Pull, Pulled, StepEnd, StoreError};
use crate::fault::InternalError;
use crate::service::{Component, Identity, Section};
use crate::{BoxError, Env, Fault, RequestContext};

/// Wakes a [`Worker`] up to look for work now. Cheap to clone; looking costs one pull, however often it is called
/// meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Hints(Arc<Notify>);

impl Hints {
    /// Looks for work now.
    pub fn look(&self) {
        self.0.notify_one();
    }
}

/// Pulls the steps of its service's queues and runs them under leases.
///
/// A [`Component`] of a managed service, whose identity says the queues: the topic, and the topic on the host. It pulls
/// at its start, at every hint, when a step has ended, and every poll interval; each pull also renews the leases in
/// hand. While draining it only renews.
pub struct Worker(Arc<Inner>);

struct Inner {
    store: Arc<dyn OperationStore>,
    kinds: BTreeMap<&'static str, Arc<dyn Attempt>>,
    hinter: Arc<dyn Hinter>,
    hints: Hints,
    concurrency: usize,
    /// Of these kinds fewer run at a time.
    places: BTreeMap<&'static str, usize>,
    lease: Duration,
    poll_interval: Duration,
    /// Ends the loop; what is in flight is dropped.
    stop: CancellationToken,
    draining: AtomicBool,
    in_flight: Mutex<BTreeMap<Lease, InFlight>>,
    /// Told when a step ends, for who waits for all of them.
    idle: Notify,
    /// Told when a step ends, for the loop when it had no room, or none for a kind.
    room: Notify,
}

struct InFlight {
    kind: String,
    what: String,
    started: Instant,
    abort: Option<AbortHandle>,
    /// Until when the claim surely holds: counted from before it was asked for.
    until: Instant,
    /// Its end is being recorded: from then on "lost" may just mean "recorded".
    ending: bool,
}

/// Builds a [`Worker`].
pub struct WorkerBuilder {
    env: Env,
    store: Arc<dyn OperationStore>,
    kinds: BTreeMap<&'static str, Arc<dyn Attempt>>,
    hinter: Arc<dyn Hinter>,
    key: Option<OperationKey>,
    concurrency: usize,
    places: BTreeMap<&'static str, usize>,
    lease: Duration,
    poll_interval: Duration,
    hints: Hints,
}

impl WorkerBuilder {
    /// Runs the steps of `O` that come to this service. Give the key first if `O` has secrets.
    pub fn serve<O: Operation>(mut self, handler: Arc<dyn StepHandler<O>>) -> Self {
        self.kinds.insert(O::KIND, Arc::new(Typed::<O> { handler, key: self.key.clone() }));
        self
    }

    /// Opens secret arguments with `key`, for the kinds served from here on.
    pub fn key(mut self, key: OperationKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Tells the services of the next step with `hinter`. Nobody is told if not given.
    pub fn hinter(mut self, hinter: Arc<dyn Hinter>) -> Self {
        self.hinter = hinter;
        self
    }

    /// Wakes up on these hints, so that an RPC endpoint made before the worker can give them.
    pub fn hints(mut self, hints: Hints) -> Self {
        self.hints = hints;
        self
    }

    /// How many steps run at a time. 64 if not given.
    pub fn concurrency(mut self, steps: usize) -> Self {
        self.concurrency = steps;
        self
    }

    /// How many steps of `O` run at a time, so that many of them do not keep other kinds waiting. Not limited if not given.
    pub fn places<O: Operation>(mut self, steps: usize) -> Self {
        self.places.insert(O::KIND, steps);
        self
    }

    /// How long a claim holds without renewal. 30 s if not given; at least three poll intervals is sensible.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Time between two pulls when nothing else causes one. 10 s if not given, with up to a tenth of jitter.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// The worker, not yet started.
    pub fn build(self) -> Worker {
        let _ = self.env;
        Worker(Arc::new(Inner {
            store: self.store,
            kinds: self.kinds,
            hinter: self.hinter,
            hints: self.hints,
            concurrency: self.concurrency,
            places: self.places,
            lease: self.lease,
            poll_interval: self.poll_interval,
            stop: CancellationToken::new(),
            draining: AtomicBool::new(false),
            in_flight: Mutex::default(),
            idle: Notify::new(),
            room: Notify::new(),
        }))
    }
}

impl Worker {
    /// Starts building a worker on `store`.
    pub fn builder(env: &Env, store: Arc<dyn OperationStore>) -> WorkerBuilder {
        WorkerBuilder {
            env: env.clone(),
            store,
            kinds: BTreeMap::new(),
            hinter: Arc::new(NoHints),
            key: None,
            concurrency: 64,
            places: BTreeMap::new(),
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_secs(10),
            hints: Hints::default(),
        }
    }

    /// What wakes the worker up.
    pub fn hints(&self) -> Hints {
        self.0.hints.clone()
    }

    /// How many steps are running.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight().len()
    }
}

#[async_trait]
impl Component for Worker {
    fn name(&self) -> &str {
        "operation worker"
    }

    async fn start(&self, env: &Env, me: &Identity) -> Result<(), BoxError> {
        let pulling = Pulling {
            worker: Arc::clone(&self.0),
            env: env.clone(),
            cx: RequestContext::admin(env),
            queues: vec![Queue::any(&*me.topic), Queue::on(&*me.topic, &*me.host)],
            owner: format!("{me} {}", env.new_id()),
        };
        env.spawn(format!("{me} operation worker"), pulling.run());
        Ok(())
    }

    async fn drain(&self, grace: Duration) {
        self.0.draining.store(true, Ordering::Relaxed);
        let empty = async {
            loop {
                let ended = self.0.idle.notified();
                if self.0.in_flight().is_empty() {
                    return;
                }
                ended.await;
            }
        };
        if tokio::time::timeout(grace, empty).await.is_err() {
            tracing::warn!(
                left = self.in_flight(),
                "steps in flight are cut off; others will take them over"
            );
        }
    }

    async fn stop(&self) {
        self.0.stop.cancel();
        for step in self.0.in_flight().values() {
            step.abort.iter().for_each(AbortHandle::abort);
        }
    }

    fn report(&self) -> Option<Section> {
        let in_flight = self.0.in_flight();
        let lines = in_flight.iter().map(|(lease, step)| {
            format!(
                "{} {}/{} attempt {}, {:?}",
                step.what,
                lease.operation,
                lease.ordinal,
                lease.attempt,
                step.started.elapsed()
            )
        });
        Some(Section::new("operation steps in flight", lines))
    }
}

impl Inner {
    fn in_flight(&self) -> MutexGuard<'_, BTreeMap<Lease, InFlight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The places that are left, of the kinds that have few.
    fn free_places(&self) -> BTreeMap<&'static str, usize> {
        let mut free = self.places.clone();
        for step in self.in_flight().values() {
            if let Some(places) = free.get_mut(&*step.kind) {
                *places = places.saturating_sub(1);
            }
        }
        free
    }
}

/// The loop of one started worker.
#[derive(Clone)]
struct Pulling {
    worker: Arc<Inner>,
    env: Env,
    cx: RequestContext,
    queues: Vec<Queue>,
    owner: String,
}

impl Pulling {
    async fn run(self) {
        let stopping = self.env.stopping();
        loop {
            let found = self.pull().await;
            let full = self.worker.in_flight().len() >= self.worker.concurrency;
            let crowded = full || self.worker.free_places().values().any(|places| *places == 0);
            tokio::select! {
                biased;
                () = self.worker.stop.cancelled() => return,
                () = stopping.cancelled() => return,
                () = self.worker.hints.0.notified(), if !full => {}
                () = self.worker.room.notified(), if crowded => {}
                () = tokio::time::sleep(self.pause(&found)) => {}
            }
        }
    }

    /// Until the next pull, if nothing happens before. What is in hand must be renewed: then a failure is soon repeated.
    fn pause(&self, pulled: &Result<(), StoreError>) -> Duration {
        if crate::mutant!("core: without a hint nobody looks for work") && self.worker.in_flight().is_empty()
        {
            return self.worker.poll_interval * 10_000;
        }
        let interval = self.worker.poll_interval;
        let interval = match pulled {
            Err(_) if !self.worker.in_flight().is_empty() => interval.min(self.worker.lease / 10),
            _ => interval,
        };
        interval + self.env.jitter(interval / 10)
    }

    /// Renews what is in hand and takes what is free.
    async fn pull(&self) -> Result<(), StoreError> {
        let renew: Vec<Lease> = self.worker.in_flight().keys().cloned().collect();
        let draining = self.worker.draining.load(Ordering::Relaxed);
        let max = if draining { 0 } else { self.worker.concurrency.saturating_sub(renew.len()) };
        let places = self.worker.free_places();
        let served = self.worker.kinds.iter().filter(|(kind, _)| places.get(*kind) != Some(&0));
        let serves = served.map(|(kind, handler)| ((*kind).to_owned(), handler.version()));
        let pull = Pull {
            owner: self.owner.clone(),
            queues: self.queues.clone(),
            serves: serves.collect(),
            renew,
            max,
            places: places.into_iter().map(|(kind, places)| (kind.to_owned(), places)).collect(),
            lease: self.worker.lease,
        };
        let asked_at = Instant::now();
        let cx = self.cx.with_deadline(asked_at + self.worker.poll_interval.max(self.worker.lease / 3));
        match self.worker.store.pull(&cx, &pull).await {
            Ok(Pulled { claimed, lost }) => {
                let until = asked_at + self.worker.lease;
                self.keep(pull.renew.iter().filter(|lease| !lost.contains(lease)), until);
                lost.iter().for_each(|lease| self.give_up(lease));
                claimed.into_iter().for_each(|record| self.spawn(record, until));
                Ok(())
            }
            Err(error) => {
                metrics::counter!("operation_pulls_failed_total").increment(1);
                tracing::warn!(%error, cause = ?std::error::Error::source(&error), "could not pull operation steps");
                Err(error)
            }
        }
    }

    fn keep<'a>(&self, renewed: impl Iterator<Item = &'a Lease>, until: Instant) {
        let mut in_flight = self.worker.in_flight();
        for lease in renewed {
            in_flight.entry(lease.clone()).and_modify(|step| step.until = until);
        }
    }

    fn give_up(&self, lease: &Lease) {
        if crate::mutant!("core: who lost a lease goes on") {
            return;
        }
        if let Some(step) = self.worker.in_flight().get(lease).filter(|step| !step.ending) {
            tracing::warn!(%lease, step = step.what, "lost the lease of a running step: it is dropped");
            step.abort.iter().for_each(AbortHandle::abort);
        }
    }

    fn spawn(&self, record: OperationRecord, until: Instant) {
        let Some(lease) = record.lease() else { return };
        if self.worker.stop.is_cancelled() {
            return; // stopped while the store was asked: nobody would renew it
        }
        let what = format!("{} {}", record.kind, record.step);
        let kind = record.kind.clone();
        let entry =
            InFlight { kind, what: what.clone(), started: Instant::now(), abort: None, until, ending: false };
        self.worker.in_flight().insert(lease.clone(), entry);
        let ending = Ending { worker: Arc::clone(&self.worker), lease: lease.clone() };
        let (pulling, attempt) = (self.clone(), lease.clone());
        let task = self.env.spawn(what, async move {
            let after = pulling.run_step(record, attempt).await;
            drop(ending);
            if let Some(after) = after {
                pulling.look_again(after).await;
            }
        });
        if let Some(entry) = self.worker.in_flight().get_mut(&lease) {
            entry.abort = Some(task.abort_handle());
        }
    }

    /// Looks for work when a pause of `after` is over: nobody else says so.
    async fn look_again(&self, after: Duration) {
        tokio::select! {
            biased;
            () = self.worker.stop.cancelled() => {}
            () = self.env.stopping().cancelled_owned() => {}
            () = tokio::time::sleep(after) => self.worker.hints.look(),
        }
    }

    /// Gives the pause before the next attempt, if there is to be one.
    async fn run_step(&self, record: OperationRecord, lease: Lease) -> Option<Duration> {
        let (kind, step) = (record.kind.clone(), record.step.clone());
        let attempt = AssertUnwindSafe(self.attempt(record, lease.clone())).catch_unwind();
        let ended = tokio::select! {
            biased;
            ended = attempt => ended,
            () = self.runs_out(&lease) => {
                tracing::warn!(%lease, kind, step, "the lease ran out without an answer from the store: the step is dropped");
                return None;
            }
        };
        let ended = ended.unwrap_or_else(|_| {
            let message = format!("the step {step} of {kind} panicked");
            let fault = Fault::from(InternalError { message }).into_data();
            Ended::Record(StepEnd::Retry { after: backoff(lease.attempt), fault })
        });
        log_end(&kind, &step, &lease, &ended);
        self.worker.in_flight().entry(lease.clone()).and_modify(|step| step.ending = true);
        let pause = match &ended {
            Ended::Record(StepEnd::Retry { after, .. }) => Some(*after),
            _ => None,
        };
        let next = match ended {
            Ended::Record(end) => self.record(&lease, end).await,
            Ended::Recorded { next } => next,
        };
        // Before the hint: the pull it causes must not renew what has ended.
        self.worker.in_flight().remove(&lease);
        if let Some(next) = next {
            self.tell(&next).await;
        }
        pause
    }

    /// Waits until the claim no longer surely holds: whoever cannot renew must take it that another has it.
    async fn runs_out(&self, lease: &Lease) {
        loop {
            let until = self.worker.in_flight().get(lease).map(|step| step.until);
            if crate::mutant!("core: who lost a lease goes on") {
                return std::future::pending().await;
            }
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// Runs the step, or puts it off if this worker is not the one for it.
    async fn attempt(&self, record: OperationRecord, lease: Lease) -> Ended {
        match self.worker.kinds.get(record.kind.as_str()) {
            Some(kind) if kind.version() >= record.version => kind.attempt(&self.env, record, lease).await,
            _ => {
                let message =
                    format!("this service does not serve version {} of {}", record.version, record.kind);
                let fault = Fault::from(InternalError { message }).into_data();
                Ended::Record(StepEnd::Retry { after: self.worker.poll_interval, fault })
            }
        }
    }

    /// Records the end until it is recorded or the lease is lost; the lease is renewed meanwhile. Says whose the next
    /// step is.
    async fn record(&self, lease: &Lease, end: StepEnd) -> Option<Queue> {
        let mut attempt = 0;
        loop {
            match self.worker.store.finish(&self.cx, lease, &end).await {
                Ok(()) => break,
                Err(StoreError::LeaseLost { lease }) => {
                    tracing::warn!(%lease, "the lease was lost before the end of the step could be recorded");
                    return None;
                }
                Err(StoreError::Failed(fault)) => {
                    attempt += 1;
                    tracing::warn!(%lease, %fault, attempt, "could not record the end of a step; trying again");
                    tokio::time::sleep(backoff(attempt) / 4 + self.env.jitter(Duration::from_millis(250)))
                        .await;
                }
            }
        }
        match end {
            StepEnd::Move(progress) => Some(progress.queue),
            _ => None,
        }
    }

    async fn tell(&self, queue: &Queue) {
        if self.queues.contains(queue) {
            self.worker.hints.look();
        } else {
            self.worker.hinter.hint(&self.cx, queue).await;
        }
    }
}

/// Takes a step out of the table however its task ends.
struct Ending {
    worker: Arc<Inner>,
    lease: Lease,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.worker.in_flight().remove(&self.lease);
        self.worker.idle.notify_waiters();
        self.worker.room.notify_one();
    }
}

fn log_end(kind: &str, step: &str, lease: &Lease, ended: &Ended) {
    let (outcome, end) = match ended {
        Ended::Recorded { .. } => ("recorded", None),
        Ended::Record(end @ StepEnd::Move(_)) => ("moved", Some(end)),
        Ended::Record(end @ StepEnd::Finish { .. }) => ("finished", Some(end)),
        Ended::Record(end @ StepEnd::Retry { .. }) => ("retry", Some(end)),
    };
    let labels = [("kind", kind.to_owned()), ("step", step.to_owned()), ("outcome", outcome.to_owned())];
    metrics::counter!("operation_steps_total", &labels).increment(1);
    match end {
        Some(StepEnd::Retry { fault, after }) => {
            tracing::warn!(%lease, kind, step, fault = %fault.message, ?after, "a step failed and will be tried again");
        }
        Some(StepEnd::Finish { fault: Some(fault), .. }) => {
            tracing::warn!(%lease, kind, step, fault = %fault.message, "an operation failed and is undone");
        }
        _ => tracing::debug!(%lease, kind, step, outcome, "a step ended"),
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl fmt::Debug for WorkerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerBuilder").finish_non_exhaustive()
    }
}
