//! The operation store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::operation::{
    Flow, Hints, Lease, LeaseLost, NewOperation, Operation, OperationFilter, OperationId, OperationRecord,
    OperationStore, Pull, Pulled, Queue, Running, Status, StepEnd, StepError, StoreError, Worker,
    WorkerBuilder,
};
use nova_core::{Fault, RequestContext, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::row::{number, to_record, to_row};
use super::submit::submit;
use crate::db::Db;
use crate::entity::operation::{Column, Entity, Model};
use crate::error::{ActionError, DbError};
use crate::migrate::MigrateError;
use crate::tx::Tx;

/// The most operations one list gives.
const LIST_LIMIT: u64 = 1000;

/// How long a record that cannot be read is left alone.
const UNREADABLE: Duration = Duration::from_secs(60);

/// Operations in a database with the tables of [`migrations`](super::migrations).
///
/// Each method is one transaction, but a pull that renews nothing and finds nothing, which only reads: a fleet that
/// has nothing to do writes nothing.
///
/// What is submitted to it wakes the [`worker`](Self::worker)s made of it or of its clones; those of other processes
/// see it when they are told ([`Hinter`](nova_core::operation::Hinter)), or at their next poll.
#[derive(Clone, Debug)]
pub struct DbOperationStore {
    db: Db,
    hints: Hints,
}

impl DbOperationStore {
    /// The operations of `db`.
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), hints: Hints::default() }
    }

    /// The operations of `db`, whose tables are made or brought up to date first.
    ///
    /// # Errors
    /// The database's.
    pub async fn open(db: &Db) -> Result<Self, MigrateError> {
        db.migrate(&super::migrations()).await?;
        Ok(Self::new(db))
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    /// Starts building a worker on these operations, which looks for work as soon as some is submitted here.
    pub fn worker(&self) -> WorkerBuilder {
        Worker::builder(self.db.env(), Arc::new(self.clone())).hints(self.hints.clone())
    }

    /// Submits an operation of kind `O` about `target`: what is to be done is written down when this returns.
    ///
    /// If it must be written together with something else, use [`submit`] in that transaction.
    ///
    /// # Errors
    /// The database's; arguments that cannot be written as JSON.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the operation submitted. If the caller must be able to repeat himself, give the
    /// operation an id ([`NewOperation::with_id`]) and [submit](OperationStore::submit) that.
    pub async fn order<O: Operation>(
        &self,
        cx: &RequestContext,
        target: &str,
        args: &O::Args,
    ) -> Result<OperationId, StoreError> {
        let operation = NewOperation::of::<O>(self.db.env(), cx, target, args).map_err(Fault::from)?;
        self.submit(cx, operation).await
    }

    /// Runs `work` and writes down that `step` has ended with `flow`, in one transaction: what `work` changes happens
    /// exactly once, however often the step is attempted. The handler returns the [`Flow`] it is given here.
    ///
    /// `work` is called once per attempt of the transaction, as by [`Db::write`]; what it gives is dropped.
    ///
    /// # Errors
    /// What `work` returns, the database's, and [`LeaseLost`]: nothing was changed and the step is tried again. (A
    /// commit whose outcome is unknown is one of them; if it did happen, there is no step to try again.)
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction.
    ///
    /// # Example
    /// ```no_run
    /// use nova_core::operation::{Flow, Operation, Running, StepError};
    /// use nova_objects_db::operations::DbOperationStore;
    /// use sea_orm::ConnectionTrait;
    ///
    /// async fn sell<O: Operation>(store: &DbOperationStore, step: &Running<O>) -> Result<Flow, StepError> {
    ///     let count = |tx: nova_objects_db::Tx| async move {
    ///         Ok(tx.execute_unprepared("UPDATE widgets SET sold = sold + 1 WHERE name = 'w1'").await?)
    ///     };
    ///     store.finish_with(step, &Flow::Next, count).await
    /// }
    /// ```
    pub async fn finish_with<O, F, Fut, T>(
        &self,
        step: &Running<O>,
        flow: &Flow,
        work: F,
    ) -> Result<Flow, StepError>
    where
        O: Operation,
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, ActionError>> + Send + 'static,
    {
        let end = step.end(flow)?;
        let next = match &end {
            StepEnd::Move(progress) => Some(progress.queue.clone()),
            _ => None,
        };
        let (lease, work) = (step.lease().clone(), Arc::new(work));
        let ended = self.db.write(move |tx| {
            let (lease, end, work) = (lease.clone(), end.clone(), Arc::clone(&work));
            async move {
                work(tx.share()).await?;
                finish_in(&tx, &lease, &end).await
            }
        });
        ended.await.map_err(Fault::from)?;
        Ok(Flow::Recorded { next })
    }

    /// Whether there is anything to claim, without claiming it.
    async fn may_have_work(&self, pull: &Pull) -> Result<bool, DbError> {
        let pull = pull.clone();
        self.db
            .query(move |tx| {
                let pull = pull.clone();
                async move {
                    let now = tx.now().await?;
                    let free = Entity::find().filter(claimable(&pull, now)).select_only().column(Column::Id);
                    let id: Option<String> = free.limit(1).into_tuple().one(&tx).await?;
                    Ok(id.is_some())
                }
            })
            .await
    }
}

#[async_trait]
impl OperationStore for DbOperationStore {
    async fn submit(&self, _: &RequestContext, operation: NewOperation) -> Result<OperationId, StoreError> {
        let id = operation.id;
        let written = self.db.write(move |tx| {
            let operation = operation.clone();
            async move { submit(&tx, operation).await }
        });
        match written.await {
            // Another submission of the same id came first.
            Ok(_) | Err(DbError::Duplicate { .. }) => {
                self.hints.look();
                Ok(id)
            }
            Err(error) => Err(unusable(error)),
        }
    }

    async fn pull(&self, _: &RequestContext, pull: &Pull) -> Result<Pulled, StoreError> {
        let wants_work = pull.max > 0 && !pull.queues.is_empty() && !pull.serves.is_empty();
        let idle =
            pull.renew.is_empty() && !(wants_work && self.may_have_work(pull).await.map_err(unusable)?);
        if idle {
            return Ok(Pulled::default());
        }
        let pull = pull.clone();
        let pulled = self.db.write(move |tx| {
            let pull = pull.clone();
            async move {
                let now = tx.now().await?;
                let lost = renew(&tx, &pull, now).await?;
                let claimed = claim(&tx, &pull, now).await?;
                Ok(Pulled { claimed, lost })
            }
        });
        pulled.await.map_err(unusable)
    }

    async fn finish(&self, _: &RequestContext, lease: &Lease, end: &StepEnd) -> Result<(), StoreError> {
        let work = (lease.clone(), end.clone());
        let kept = self.db.write(move |tx| {
            let (lease, end) = work.clone();
            async move { finish(&tx, &lease, &end).await }
        });
        match kept.await.map_err(unusable)? {
            true => Ok(()),
            false => Err(StoreError::LeaseLost { lease: lease.clone() }),
        }
    }

    async fn get(&self, _: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        let found = self.db.query(move |tx| async move {
            let row = Entity::find_by_id(id.to_string()).one(&tx).await?;
            Ok::<_, DbError>(row.map(to_record).transpose()?)
        });
        found.await.map_err(unusable)
    }

    async fn list(
        &self,
        _: &RequestContext,
        filter: &OperationFilter,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let filter = filter.clone();
        let found = self.db.query(move |tx| {
            let filter = filter.clone();
            async move { Ok::<_, DbError>(list(&tx, &filter).await?) }
        });
        found.await.map_err(unusable)
    }
}

/// Whether `lease` is the current claim of its step.
///
/// Until the end of the transaction nobody else can claim the step (servers lock the row, SQLite has one writer).
///
/// # Errors
/// The database's.
pub async fn is_current(tx: &Tx, lease: &Lease) -> Result<bool, DbError> {
    let row = Entity::find_by_id(lease.operation.to_string()).lock_exclusive().one(tx).await?;
    Ok(row.is_some_and(|row| is_lease_of(lease, &row)))
}

/// Writes down the end of a step in the transaction of the change that ends it.
///
/// # Errors
/// The fault [`LeaseLost`] if `lease` is not the current claim: return it, so that the transaction is undone; and the
/// database's.
pub async fn finish_in(tx: &Tx, lease: &Lease, end: &StepEnd) -> Result<(), ActionError> {
    match finish(tx, lease, end).await? {
        true => Ok(()),
        false => Err(ActionError::fault(LeaseLost::from(lease))),
    }
}

/// Extends the leases of `pull` and says which are no longer the worker's.
async fn renew(tx: &Tx, pull: &Pull, now: Timestamp) -> Result<Vec<Lease>, DbErr> {
    if pull.renew.is_empty() {
        return Ok(Vec::new());
    }
    let ids = pull.renew.iter().map(|lease| lease.operation.to_string());
    let rows = Entity::find().filter(Column::Id.is_in(ids)).lock_exclusive().all(tx).await?;
    let held: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let is_held =
        |lease: &&Lease| held.get(&lease.operation.to_string()).is_some_and(|row| is_lease_of(lease, row));
    let (kept, lost): (Vec<&Lease>, Vec<&Lease>) = pull.renew.iter().partition(is_held);
    if !kept.is_empty() {
        Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::val(until(pull, now)))
            .filter(Column::Id.is_in(kept.iter().map(|lease| lease.operation.to_string())))
            .exec(tx)
            .await?;
    }
    Ok(lost.into_iter().cloned().collect())
}

/// Takes up to `pull.max` free steps. Rows that another worker is claiming are passed over, not waited for.
async fn claim(tx: &Tx, pull: &Pull, now: Timestamp) -> Result<Vec<OperationRecord>, DbErr> {
    if pull.max == 0 || pull.queues.is_empty() || pull.serves.is_empty() {
        return Ok(Vec::new());
    }
    let rows = find_free(tx, pull, now).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id.clone();
        match to_record(row) {
            Ok(record) => records.push(record),
            Err(error) => put_off(tx, &id, now, &error).await?,
        }
    }
    Entity::update_many()
        .col_expr(Column::Owner, Expr::val(pull.owner.clone()))
        .col_expr(Column::LeaseUntil, Expr::val(until(pull, now)))
        .col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1))
        .filter(Column::Id.is_in(records.iter().map(|record| record.id.to_string())))
        .exec(tx)
        .await?;
    for record in &mut records {
        record.owner = Some(pull.owner.clone());
        record.lease_until = Some(now.saturating_add(pull.lease));
        record.attempt += 1;
    }
    Ok(records)
}

/// The oldest of what can be claimed. Kinds that have places of their own are looked for one by one, so that a flood of
/// one hides no other.
async fn find_free(tx: &Tx, pull: &Pull, now: Timestamp) -> Result<Vec<Model>, DbErr> {
    let mut found = Vec::new();
    let (few, many): (BTreeMap<_, _>, BTreeMap<_, _>) =
        pull.serves.clone().into_iter().partition(|(kind, _)| pull.places.contains_key(kind));
    let alone = few.into_iter().map(|(kind, version)| {
        let max = pull.places_for(&kind);
        (BTreeMap::from([(kind, version)]), max)
    });
    for (serves, max) in alone.chain([(many, pull.max)]) {
        let max = max.min(pull.max - found.len());
        if serves.is_empty() || max == 0 {
            continue;
        }
        let part = Pull { serves, ..pull.clone() };
        let rows = Entity::find()
            .filter(claimable(&part, now))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(u64::try_from(max).unwrap_or(u64::MAX))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        found.extend(rows.all(tx).await?);
    }
    found.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    Ok(found)
}

/// Leaves a row that this code cannot read alone for a while: one of them must not stop its queue.
async fn put_off(tx: &Tx, id: &str, now: Timestamp, error: &DbErr) -> Result<(), DbErr> {
    tracing::error!(operation = id, %error, "an operation's record cannot be read; it is put off");
    metrics::counter!("operation_records_unreadable_total").increment(1);
    let later = now.saturating_add(UNREADABLE).unix_micros();
    let put_off =
        Entity::update_many().col_expr(Column::NotBefore, Expr::val(later)).filter(Column::Id.eq(id));
    put_off.exec(tx).await.map(drop)
}

/// Writes down what `end` makes of the operation; `false` if `lease` is not the current claim.
async fn finish(tx: &Tx, lease: &Lease, end: &StepEnd) -> Result<bool, DbError> {
    let row = Entity::find_by_id(lease.operation.to_string()).lock_exclusive().one(tx).await?;
    let anybody = nova_core::mutant!("db: anybody may end a step");
    let Some(row) = row.filter(|row| anybody || is_lease_of(lease, row)) else { return Ok(false) };
    let mut record = to_record(row)?;
    record.apply(end, tx.now().await?);
    let changed = to_row(&record)?.into_active_model().reset_all();
    Entity::update(changed).exec_without_returning(tx).await?;
    Ok(true)
}

async fn list(tx: &Tx, filter: &OperationFilter) -> Result<Vec<OperationRecord>, DbErr> {
    let mut condition = Condition::all();
    if let Some(target) = &filter.target {
        condition = condition.add(Column::Target.eq(target));
    }
    if let Some(kind) = &filter.kind {
        condition = condition.add(Column::Kind.eq(kind));
    }
    if filter.open {
        condition = condition.add(is_open());
    }
    let limit = if filter.limit == 0 { LIST_LIMIT } else { u64::try_from(filter.limit).unwrap_or(u64::MAX) };
    let found = Entity::find().filter(condition).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    let rows = found.limit(limit).all(tx).await?;
    let readable = rows.into_iter().filter_map(|row| {
        let id = row.id.clone();
        let record = to_record(row);
        record
            .inspect_err(|error| tracing::error!(operation = id, %error, "left out of a list: unreadable"))
            .ok()
    });
    Ok(readable.collect())
}

/// Not ended, of the worker's queues and kinds, not pausing, and held by nobody whose lease still runs.
fn claimable(pull: &Pull, now: Timestamp) -> Condition {
    let now = now.unix_micros();
    let ours = pull.queues.iter().fold(Condition::any(), |any, Queue { topic, host }| {
        let host = match host {
            Some(host) => Column::Host.eq(host),
            None => Column::Host.is_null(),
        };
        any.add(Condition::all().add(Column::Topic.eq(topic)).add(host))
    });
    let known = pull.serves.iter().fold(Condition::any(), |any, (kind, newest)| {
        any.add(Condition::all().add(Column::Kind.eq(kind)).add(Column::Version.lte(*newest)))
    });
    let free = Condition::any().add(Column::Owner.is_null()).add(Column::LeaseUntil.lt(now));
    let due = Condition::any().add(Column::NotBefore.is_null()).add(Column::NotBefore.lte(now));
    Condition::all().add(is_open()).add(ours).add(known).add(free).add(due)
}

fn is_open() -> Expr {
    Column::Status.is_in([Status::Open.as_str(), Status::Compensating.as_str()])
}

fn is_lease_of(lease: &Lease, row: &Model) -> bool {
    row.owner.as_deref() == Some(&lease.owner)
        && number(lease.ordinal) == Ok(row.ordinal)
        && number(lease.attempt) == Ok(row.attempt)
}

fn until(pull: &Pull, now: Timestamp) -> i64 {
    now.saturating_add(pull.lease).unix_micros()
}

fn unusable(error: DbError) -> StoreError {
    StoreError::Failed(Fault::from(error))
}
