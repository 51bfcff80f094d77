//! New operations, and those that shall never be.

use nova_core::Fault;
use nova_core::operation::{NewOperation, OperationRecord, Status};
use sea_orm::{EntityTrait, IntoActiveModel};

use super::row::{to_record, to_row};
use crate::entity::operation::Entity;
use crate::error::DbError;
use crate::tx::Tx;

/// Writes down a new operation in the transaction that writes down what it is for; says whether it is new.
///
/// # Errors
/// [`DbError::Duplicate`] dooms the transaction if another one, running at the same time, submits the same id; an
/// id that is there already changes nothing.
pub async fn submit(tx: &Tx, operation: NewOperation) -> Result<bool, DbError> {
    let known = Entity::find_by_id(operation.id.to_string()).one(tx).await?;
    if known.is_some() {
        return Ok(false);
    }
    let record = OperationRecord::first(operation, tx.now().await?);
    Entity::insert(to_row(&record)?.into_active_model()).exec_without_returning(tx).await?;
    Ok(true)
}

/// Writes down that `operation` failed with `fault` before anybody began it; from then on [`submit`] of its id changes
/// nothing. Says whether it is called off now; if it was submitted before, nothing changes.
///
/// It fences off a submitter that stood still and cannot be asked whether the work is still his, because that is
/// written in another database.
///
/// # Errors
/// The same as of [`submit`].
pub async fn call_off(tx: &Tx, operation: NewOperation, fault: &Fault) -> Result<bool, DbError> {
    if let Some(known) = Entity::find_by_id(operation.id.to_string()).one(tx).await? {
        let record = to_record(known)?;
        return Ok(record.status == Status::Failed && record.ordinal == 0 && record.attempt == 0);
    }
    let now = tx.now().await?;
    let mut record = OperationRecord::first(operation, now);
    record.secrets = None;
    record.status = Status::Failed;
    record.fault = Some(fault.data().clone());
    Entity::insert(to_row(&record)?.into_active_model()).exec_without_returning(tx).await?;
    Ok(true)
}
