//! What open operations are about.

use nova_core::operation::{OperationId, Status};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::operation::{Column, Entity};
use crate::error::DbError;
use crate::tx::Tx;

/// The statuses of operations that have not ended.
const OPEN: [Status; 2] = [Status::Open, Status::Compensating];

/// Whether an operation about `target` has not ended.
///
/// # Errors
/// The database's.
pub async fn is_open_about_in(tx: &Tx, target: &str) -> Result<bool, DbError> {
    let open = Entity::find()
        .filter(Column::Target.eq(target))
        .filter(Column::Status.is_in(OPEN.map(Status::as_str)));
    Ok(open.one(tx).await?.is_some())
}

/// Whether no older operation of its kind about the same target as the operation `id` has not ended: so work about one thing
/// is done in the order of its submission, by the database's clock. Those of one moment are equally old.
///
/// # Errors
/// The database's.
pub async fn is_next_in(tx: &Tx, id: OperationId) -> Result<bool, DbError> {
    let Some(own) = Entity::find_by_id(id.to_string()).one(tx).await? else { return Ok(true) };
    let older = Entity::find()
        .filter(Column::Target.eq(own.target))
        .filter(Column::Kind.eq(own.kind))
        .filter(Column::CreatedAt.lt(own.created_at))
        .filter(Column::Status.is_in(OPEN.map(Status::as_str)));
    Ok(older.one(tx).await?.is_none())
}

/// The targets of all operations that have not ended, to be asked for within another query.
pub(crate) fn open_targets() -> SelectStatement {
    Query::select()
        .column(Column::Target)
        .from(Entity)
        .and_where(Column::Status.is_in(OPEN.map(Status::as_str)))
        .to_owned()
}
