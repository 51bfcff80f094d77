//! Releasing: a consumer gives up everything.

use nova_neighbours::placement::PlacementError;
use nova_objects_db::{Db, Tx};
use sea_orm::{DbErr, EntityTrait, PaginatorTrait, QuerySelect};
use uuid::Uuid;

use crate::claim::{give_back, providers_of};
use crate::entity::consumer::Entity;
use crate::failure::Failure;
use crate::{lock, usage};

pub(crate) async fn release(db: &Db, consumer: Uuid) -> Result<bool, PlacementError> {
    if !holds_something(db, consumer).await? {
        return Ok(false);
    }
    let released = db.write(move |tx| async move { attempt(&tx, consumer).await });
    Ok(released.await?)
}

/// Looks before it locks: most releases that are repeated find nothing.
async fn holds_something(db: &Db, consumer: Uuid) -> Result<bool, Failure> {
    let found = db.query(move |tx| async move {
        Ok::<_, Failure>(Entity::find_by_id(consumer.to_string()).count(&tx).await?)
    });
    Ok(found.await? > 0)
}

/// One transaction, whose order is that of [`lock`].
async fn attempt(tx: &Tx, consumer: Uuid) -> Result<bool, Failure> {
    lock::see_what_others_left(tx).await?;
    if !lock_consumer(tx, consumer).await? {
        return Ok(false);
    }
    let held_of = providers_of(tx, consumer).await?;
    lock::bump(tx, &held_of).await?;
    give_back(tx, consumer).await?;
    Entity::delete_by_id(consumer.to_string()).exec(tx).await?;
    usage::add_up(tx, &held_of).await?;
    Ok(true)
}

async fn lock_consumer(tx: &Tx, consumer: Uuid) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(consumer.to_string()).lock_exclusive().one(tx).await?;
    Ok(row.is_some())
}
