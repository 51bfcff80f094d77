//! A store that lives in this process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::definition::NewOperation;
use super::record::{Lease, OperationId, OperationRecord, Status};
use super::store::{OperationFilter, OperationStore, Pull, Pulled, StepEnd, StoreError};
use crate::time::Timestamp;
use crate::{Env, RequestContext};

/// Operations in memory: durable as long as the process is. For tests, and for services whose work may be forgotten.
///
/// Its clock is the environment's.
#[derive(Debug)]
pub struct MemoryStore {
    env: Env,
    operations: Mutex<BTreeMap<OperationId, OperationRecord>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(env: &Env) -> Self {
        Self { env: env.clone(), operations: Mutex::default() }
    }

    fn operations(&self) -> MutexGuard<'_, BTreeMap<OperationId, OperationRecord>> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl OperationStore for MemoryStore {
    async fn submit(&self, _: &RequestContext, operation: NewOperation) -> Result<OperationId, StoreError> {
        let id = operation.id;
        let now = self.env.now();
        self.operations().entry(id).or_insert_with(|| first_record(operation, now));
        Ok(id)
    }

    async fn pull(&self, _: &RequestContext, pull: &Pull) -> Result<Pulled, StoreError> {
        let now = self.env.now();
        let mut operations = self.operations();
        let mut pulled = Pulled::default();
        for lease in &pull.renew {
            match operations.get_mut(&lease.operation).filter(|record| record.lease().as_ref() == Some(lease))
            {
                Some(record) => record.lease_until = Some(now.saturating_add(pull.lease)),
                None => pulled.lost.push(lease.clone()),
            }
        }
        let mut free: Vec<_> = operations.values_mut().filter(|record| is_free(record, pull, now)).collect();
        free.sort_by_key(|record| (record.created_at, record.id));
        let mut taken = BTreeMap::<String, usize>::new();
        let in_place = free.into_iter().filter(|record| {
            let taken = taken.entry(record.kind.clone()).or_default();
            *taken += 1;
            *taken <= pull.places_for(&record.kind)
        });
        pulled.claimed = in_place.take(pull.max).map(|record| claim(record, pull, now)).collect();
        Ok(pulled)
    }

    async fn finish(&self, _: &RequestContext, lease: &Lease, end: &StepEnd) -> Result<(), StoreError> {
        let now = self.env.now();
        let mut operations = self.operations();
        let held =
            operations.get_mut(&lease.operation).filter(|record| record.lease().as_ref() == Some(lease));
        let record = held.ok_or_else(|| StoreError::LeaseLost { lease: lease.clone() })?;
        record.apply(end, now);
        Ok(())
    }

    async fn get(&self, _: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        Ok(self.operations().get(&id).cloned())
    }

    async fn list(
        &self,
        _: &RequestContext,
        filter: &OperationFilter,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let limit = if filter.limit == 0 { 1000 } else { filter.limit };
        let mut found: Vec<_> =
            self.operations().values().filter(|record| filter.passes(record)).cloned().collect();
        found.sort_by_key(|record| (record.created_at, record.id));
        found.truncate(limit);
        Ok(found)
    }
}

fn is_free(record: &OperationRecord, pull: &Pull, now: Timestamp) -> bool {
    record.status.is_open()
        && pull.queues.contains(&record.queue)
        && pull.knows(&record.kind, record.version)
        && record.not_before.is_none_or(|moment| moment <= now)
        && (record.owner.is_none() || record.lease_until.is_none_or(|until| until < now))
}

fn claim(record: &mut OperationRecord, pull: &Pull, now: Timestamp) -> OperationRecord {
    record.owner = Some(pull.owner.clone());
    record.lease_until = Some(now.saturating_add(pull.lease));
    record.attempt += 1;
    record.clone()
}

impl OperationFilter {
    /// Whether `record` is among those asked for, the limit aside.
    pub fn passes(&self, record: &OperationRecord) -> bool {
        self.target.as_ref().is_none_or(|target| *target == record.target)
            && self.kind.as_ref().is_none_or(|kind| *kind == record.kind)
            && (!self.open || record.status.is_open())
    }
}

/// The record of an operation nobody has looked at yet.
fn first_record(operation: NewOperation, now: Timestamp) -> OperationRecord {
    let NewOperation { id, kind, version, target, project_id, context, args, secrets, step, queue, state } =
        operation;
    OperationRecord {
        id,
        kind,
        version,
        target,
        project_id,
        context,
        args,
        secrets,
        state,
        status: Status::Open,
        step,
        ordinal: 0,
        queue,
        attempt: 0,
        not_before: None,
        owner: None,
        lease_until: None,
        fault: None,
        passed: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

impl OperationRecord {
    /// The record of a new operation, submitted at `now`: what every store writes first.
    pub fn first(operation: NewOperation, now: Timestamp) -> Self {
        first_record(operation, now)
    }

    /// What `end` makes of the record at `now`: the one rule that every store writes down in its own way.
    pub fn apply(&mut self, end: &StepEnd, now: Timestamp) {
        self.owner = None;
        self.lease_until = None;
        self.not_before = None;
        self.updated_at = now;
        match end {
            StepEnd::Move(progress) => {
                self.status = progress.status;
                self.step = progress.step.clone();
                self.queue = progress.queue.clone();
                self.state = progress.state.clone();
                self.passed = progress.passed.clone();
                self.fault = progress.fault.clone();
                self.ordinal += 1;
                self.attempt = 0;
            }
            StepEnd::Finish { status, state, fault } => {
                self.status = *status;
                self.state = state.clone();
                self.fault = fault.clone();
                self.secrets = None;
            }
            StepEnd::Retry { after, fault } => {
                self.not_before = Some(now.saturating_add((*after).min(Duration::from_secs(3600))));
                if self.status == Status::Open {
                    self.fault = Some(fault.clone());
                }
            }
        }
    }
}
