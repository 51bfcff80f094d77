//! What operators do to operations.

use nova_core::operation::{OperationId, OperationRecord, Status, StepEnd};
use nova_core::{Fault, Timestamp};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::row::{to_record, to_row};
use super::store::DbOperationStore;
use crate::entity::operation::{Column, Entity};
use crate::error::DbError;
use crate::tx::Tx;

/// Why an operation was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// There is no such operation in this database.
    #[error("there is no operation {0}")]
    NotFound(OperationId),
    /// It has ended: its effects are there, or undone.
    #[error("the operation {id} has ended: {}", status.as_str())]
    Ended {
        /// The operation.
        id: OperationId,
        /// How.
        status: Status,
    },
    /// It is being undone already.
    #[error("the operation {0} is being undone already")]
    Undoing(OperationId),
    /// A worker has it in hand: nothing needs to be done for it to be done.
    #[error("the operation {id} is in the hands of {owner} until {until}")]
    InHand {
        /// The operation.
        id: OperationId,
        /// The worker.
        owner: String,
        /// The end of its lease, by the database's clock, if it is not renewed.
        until: Timestamp,
    },
    /// The step it is at cannot be undone.
    #[error("the step {step} of the {kind} operation {id} cannot be undone")]
    NotUndoable {
        /// The operation.
        id: OperationId,
        /// Its kind.
        kind: String,
        /// The step.
        step: String,
    },
    /// The database failed; whether the change was made is not known.
    #[error("the database failed")]
    Db(#[from] DbError),
}

impl From<sea_orm::DbErr> for AdminError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<AdminError> for Fault {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Db(error) => error.into(),
            other => Self::internal("changing an operation", &other),
        }
    }
}

impl DbOperationStore {
    /// Ends the pause before the next attempt: a worker that is told, or polls, tries again now. Gives the operation as it
    /// is then.
    ///
    /// # Errors
    /// `NotFound`, `Ended`, `InHand`, `Db`.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction; doing it twice is doing it once.
    pub async fn retry_now(&self, id: OperationId) -> Result<OperationRecord, AdminError> {
        let retried = self.db().write(move |tx| async move {
            let mut record = locked(&tx, id).await?;
            let now = tx.now().await?;
            if let (Some(owner), Some(until)) = (&record.owner, record.lease_until)
                && until >= now
            {
                return Err(AdminError::InHand { id, owner: owner.clone(), until });
            }
            record.not_before = None;
            record.updated_at = now;
            keep(&tx, &record).await?;
            Ok(record)
        });
        retried.await
    }

    /// Calls the operation off: what it did is undone, and it ends as failed. `way_back` says how, from where it is
    /// ([`OperationRecord::way_back`]). Whoever has the step in hand loses it. Gives the operation as it is then.
    ///
    /// # Errors
    /// `NotFound`, `Ended`, `Undoing`, `NotUndoable` if `way_back` knows no way, `Db`.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction.
    pub async fn cancel(
        &self,
        id: OperationId,
        way_back: fn(&OperationRecord) -> Option<StepEnd>,
    ) -> Result<OperationRecord, AdminError> {
        let cancelled = self.db().write(move |tx| async move {
            let mut record = locked(&tx, id).await?;
            if record.status == Status::Compensating {
                return Err(AdminError::Undoing(id));
            }
            let Some(end) = way_back(&record) else {
                let OperationRecord { kind, step, .. } = record;
                return Err(AdminError::NotUndoable { id, kind, step });
            };
            record.apply(&end, tx.now().await?);
            keep(&tx, &record).await?;
            Ok(record)
        });
        cancelled.await
    }

    /// Forgets the operations that ended before `before`, by the database's clock, and says how many.
    ///
    /// Their ids can then be submitted again, and builds that were called off no longer are: keep them for longer than
    /// anything can be late. A day is plenty for that; users of idempotency keys may want more.
    ///
    /// # Errors
    /// The database's.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction.
    pub async fn forget_ended(&self, before: Timestamp) -> Result<u64, DbError> {
        let before = before.unix_micros();
        let forgotten = self.db().write(move |tx| async move {
            let old = Entity::delete_many()
                .filter(Column::Status.is_in([Status::Done.as_str(), Status::Failed.as_str()]))
                .filter(Column::UpdatedAt.lt(before));
            Ok::<_, DbError>(old.exec(&tx).await?.rows_affected)
        });
        forgotten.await
    }
}

/// The operation, locked and not ended.
async fn locked(tx: &Tx, id: OperationId) -> Result<OperationRecord, AdminError> {
    let row = Entity::find_by_id(id.to_string()).lock_exclusive().one(tx).await?;
    let record = to_record(row.ok_or(AdminError::NotFound(id))?)?;
    match record.status.is_open() {
        true => Ok(record),
        false => Err(AdminError::Ended { id, status: record.status }),
    }
}

async fn keep(tx: &Tx, record: &OperationRecord) -> Result<(), AdminError> {
    let changed = to_row(record)?.into_active_model().reset_all();
    Entity::update(changed).exec_without_returning(tx).await?;
    Ok(())
}
