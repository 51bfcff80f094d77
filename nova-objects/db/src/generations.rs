//! Fencing generations: who may decide about the machine of an instance on a host.
//!
//! A number per instance and host that only grows. Whoever accepts a change of a machine takes the next one in the
//! transaction that accepts it; it travels with the operation, and the driver on the host refuses any order with a
//! lower one than it has seen. So a service that was stopped in the middle of an old operation, and wakes up after a
//! newer one, changes nothing.
//!
//! The rows outlive their instances, as the numbers outlive their machines on the host.
//!
//! # Example: a change is accepted
//! ```no_run
//! use nova_objects_db::{DbError, Tx, generations};
//!
//! async fn accept(tx: &Tx, instance: &str, host: &str) -> Result<u64, DbError> {
//!     // … the state of the instance and the operation, in the same transaction …
//!     generations::take_in(tx, instance, host, 1).await
//! }
//! ```

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{DbErr, EntityTrait};

use crate::entity::instance_generation::{ActiveModel, Column, Entity};
use crate::error::DbError;
use crate::tx::Tx;

/// Takes the next `count` generations of `instance` on `host` and gives the first of them; the others follow it. The
/// first ever is 1.
///
/// Nobody else gets one of them: the row stays locked until the transaction ends. One that is undone takes none.
///
/// # Errors
/// The database's.
pub async fn take_in(tx: &Tx, instance: &str, host: &str, count: u32) -> Result<u64, DbError> {
    let count = i64::from(count);
    let now = tx.now().await?.unix_micros();
    // Named with its table: the value offered for insertion has a column of that name too.
    let kept = Expr::col((Entity, Column::Generation));
    let raise = OnConflict::columns([Column::InstanceUuid, Column::Host])
        .value(Column::Generation, kept.add(count))
        .value(Column::UpdatedAt, Expr::val(now))
        .to_owned();
    let row = ActiveModel {
        instance_uuid: Set(instance.to_owned()),
        host: Set(host.to_owned()),
        generation: Set(count),
        updated_at: Set(now),
    };
    Entity::insert(row).on_conflict(raise).exec_without_returning(tx).await?;
    let last = last_in(tx, instance, host).await?.unwrap_or_default();
    Ok(last.saturating_sub(u64::try_from(count).unwrap_or_default()) + 1)
}

/// The generation that was taken last; none was if this is `None`.
///
/// # Errors
/// The database's.
pub async fn last_in(tx: &Tx, instance: &str, host: &str) -> Result<Option<u64>, DbError> {
    let row = Entity::find_by_id((instance.to_owned(), host.to_owned())).one(tx).await?;
    row.map(|row| {
        u64::try_from(row.generation)
            .map_err(|_| DbErr::Type(format!("{} is no generation", row.generation)).into())
    })
    .transpose()
}
