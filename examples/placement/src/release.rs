//! Giving back everything a consumer holds: for now, or for good.

use nova_core::Timestamp;
use nova_neighbours::placement::PlacementError;
use nova_objects_db::{Db, Tx};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::claim::{give_back, providers_of};
use crate::entity::consumer::{ActiveModel, Column, Entity, Model};
use crate::failure::Failure;
use crate::{group, held, lock, usage};

pub(crate) async fn release(db: &Db, consumer: Uuid, generation: i64) -> Result<i64, PlacementError> {
    // Looks before it locks: most releases that are repeated find nothing.
    match held::held_by(db, consumer).await? {
        Some(held) if held.generation == generation && held.resources.is_empty() => return Ok(generation),
        Some(held) if held.generation == generation => {}
        other => return Err(changed(consumer, generation, other.map(|held| held.generation))),
    }
    let released = db.write(move |tx| async move { release_in(&tx, consumer, generation).await });
    Ok(released.await?)
}

/// One transaction, whose order is that of [`lock`].
async fn release_in(tx: &Tx, consumer: Uuid, generation: i64) -> Result<i64, Failure> {
    tx.read_committed().await?;
    let row = locked(tx, consumer).await?;
    let current = row.map(|row| row.generation);
    if current != Some(generation) {
        return Err(changed(consumer, generation, current).into());
    }
    empty(tx, consumer).await?;
    let next = generation + 1;
    let update = Entity::update_many()
        .col_expr(Column::Generation, Expr::val(next))
        .col_expr(Column::GroupId, Expr::val(None::<String>));
    update.filter(Column::Uuid.eq(consumer.to_string())).exec(tx).await?;
    Ok(next)
}

pub(crate) async fn retire(db: &Db, consumer: Uuid) -> Result<bool, PlacementError> {
    if held::held_by(db, consumer).await?.is_some_and(|held| held.retired) {
        return Ok(false);
    }
    let retire = || db.write(move |tx| async move { retire_in(&tx, consumer).await });
    match retire().await {
        // Somebody claimed for it, or retired it, at the same time: now the row is there to be locked.
        Err(failure) if failure.is_duplicate() => Ok(retire().await?),
        retired => Ok(retired?),
    }
}

/// One transaction, whose order is that of [`lock`].
async fn retire_in(tx: &Tx, consumer: Uuid) -> Result<bool, Failure> {
    tx.read_committed().await?;
    let row = locked(tx, consumer).await?;
    let now = tx.now().await?.unix_micros();
    let Some(row) = row else {
        let retired = ActiveModel {
            uuid: Set(consumer.to_string()),
            project_id: Set(String::new()),
            user_id: Set(String::new()),
            generation: Set(1),
            retired_at: Set(Some(now)),
            group_id: Set(None),
        };
        Entity::insert(retired).exec_without_returning(tx).await?;
        return Ok(false);
    };
    if row.retired_at.is_some() {
        return Ok(false);
    }
    let held_something = empty(tx, consumer).await?;
    let update = Entity::update_many()
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .col_expr(Column::GroupId, Expr::val(None::<String>))
        .col_expr(Column::RetiredAt, Expr::val(now));
    update.filter(Column::Uuid.eq(consumer.to_string())).exec(tx).await?;
    Ok(held_something)
}

/// Forgets the consumers that were retired before `before`, because nobody can claim for them so late, and the groups
/// that nobody is in. Says how many consumers.
pub(crate) async fn forget_retired(db: &Db, before: Timestamp) -> Result<u64, PlacementError> {
    let before = before.unix_micros();
    let forgotten = db.write(move |tx| async move {
        let old = Entity::delete_many().filter(Column::RetiredAt.lt(before));
        let forgotten = old.exec(&tx).await?.rows_affected;
        group::forget_empty(&tx).await?;
        Ok::<_, Failure>(forgotten)
    });
    Ok(forgotten.await?)
}

async fn locked(tx: &Tx, consumer: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(consumer.to_string()).lock_exclusive().one(tx).await
}

/// Takes away what a consumer, which is locked, holds; whether it held something.
async fn empty(tx: &Tx, consumer: Uuid) -> Result<bool, Failure> {
    let held_of = providers_of(tx, consumer).await?;
    lock::bump(tx, &held_of).await?;
    give_back(tx, consumer).await?;
    usage::add_up(tx, &held_of).await?;
    Ok(!held_of.is_empty())
}

fn changed(consumer: Uuid, expected: i64, current: Option<i64>) -> PlacementError {
    PlacementError::ConsumerChanged { consumer, expected: Some(expected), current }
}
