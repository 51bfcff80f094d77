//! Claiming: a consumer gets all it asked for, or nothing changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nova_neighbours::placement::{Claim, GroupRule, PlacementError};
use nova_objects_db::{Db, Tx};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::entity::{allocation, consumer, inventory};
use crate::failure::Failure;
use crate::row::{check_name, from_column, to_column, to_inventory};
use crate::{group, lock, usage};

pub(crate) async fn claim(db: &Db, claim: &Claim) -> Result<i64, PlacementError> {
    check(claim)?;
    let work = Arc::new(claim.clone());
    let made = db.write(move |tx| {
        let claim = Arc::clone(&work);
        async move { attempt(&tx, &claim).await }
    });
    match made.await {
        // The row is there for ever: somebody claimed before, perhaps at the same time.
        Err(failure) if failure.is_duplicate() => {
            Err(refusal(claim, consumer_row(db, claim.consumer).await?))
        }
        Err(failure) => Err(failure.into()),
        Ok(()) => Ok(claim.consumer_generation.unwrap_or(0) + 1),
    }
}

/// One transaction, whose order is that of [`lock`].
async fn attempt(tx: &Tx, claim: &Claim) -> Result<(), Failure> {
    tx.read_committed().await?;
    take_consumer(tx, claim).await?;
    group::hold(tx, claim.group).await?;
    let held_of = match claim.consumer_generation {
        Some(_) => providers_of(tx, claim.consumer).await?,
        None => BTreeSet::new(),
    };
    let touched: BTreeSet<_> = claim.resources.keys().chain(&held_of).copied().collect();
    lock::bump(tx, &touched).await?;
    if !held_of.is_empty() {
        give_back(tx, claim.consumer).await?;
        usage::add_up(tx, &held_of).await?;
    }
    check_room(tx, claim).await?;
    group::check(tx, claim).await?;
    allocation::Entity::insert_many(allocations(claim)).exec_without_returning(tx).await?;
    usage::add_up(tx, &claim.resources.keys().copied().collect()).await?;
    Ok(())
}

/// Makes the consumer, or takes it to its next generation if it is at the one the claim expects.
async fn take_consumer(tx: &Tx, claim: &Claim) -> Result<(), Failure> {
    use consumer::Column;
    let Some(expected) = claim.consumer_generation else {
        let new = consumer::ActiveModel {
            uuid: Set(claim.consumer.to_string()),
            project_id: Set(claim.project_id.clone()),
            user_id: Set(claim.user_id.clone()),
            generation: Set(1),
            retired_at: Set(None),
            group_id: Set(group_id(claim)),
        };
        consumer::Entity::insert(new).exec_without_returning(tx).await?;
        return Ok(());
    };
    let update = consumer::Entity::update_many()
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .col_expr(Column::ProjectId, Expr::val(claim.project_id.as_str()))
        .col_expr(Column::UserId, Expr::val(claim.user_id.as_str()))
        .col_expr(Column::GroupId, Expr::val(group_id(claim)))
        .filter(Column::Uuid.eq(claim.consumer.to_string()));
    let update = match nova_core::mutant!("placement: a claim may be late") {
        true => update,
        false => update.filter(Column::Generation.eq(expected)),
    };
    let update = match nova_core::mutant!("placement: the retired may claim") {
        true => update,
        false => update.filter(Column::RetiredAt.is_null()),
    };
    if update.exec(tx).await?.rows_affected > 0 {
        return Ok(());
    }
    let current = consumer::Entity::find_by_id(claim.consumer.to_string()).one(tx).await?;
    Err(refusal(claim, current).into())
}

fn group_id(claim: &Claim) -> Option<String> {
    claim.group.map(|group| group.group.to_string())
}

/// Of whom a consumer, which is locked, holds something.
pub(crate) async fn providers_of(tx: &Tx, consumer: Uuid) -> Result<BTreeSet<Uuid>, DbErr> {
    let rows: Vec<String> = allocation::Entity::find()
        .select_only()
        .column(allocation::Column::ResourceProviderId)
        .filter(allocation::Column::ConsumerId.eq(consumer.to_string()))
        // Not a plain read: the providers are not locked yet, and MySQL would keep what it sees of them now.
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?;
    rows.iter().map(|row| crate::row::id(row)).collect()
}

/// Removes everything a consumer holds. The sums are the caller's.
pub(crate) async fn give_back(tx: &Tx, consumer: Uuid) -> Result<(), DbErr> {
    allocation::Entity::delete_many()
        .filter(allocation::Column::ConsumerId.eq(consumer.to_string()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Checks that the providers, which are locked, have room for all of it.
async fn check_room(tx: &Tx, claim: &Claim) -> Result<(), Failure> {
    let rows = inventory::Entity::find()
        .filter(inventory::Column::ResourceProviderId.is_in(claim.resources.keys().map(Uuid::to_string)))
        .all(tx)
        .await?;
    let by_class: BTreeMap<_, _> = rows
        .iter()
        .map(|row| ((row.resource_provider_id.as_str(), row.resource_class.as_str()), row))
        .collect();
    for (&provider, resources) in &claim.resources {
        let id = provider.to_string();
        for (class, &amount) in resources {
            let row = by_class.get(&(id.as_str(), class.as_str()));
            if nova_core::mutant!("placement: a claim needs no room") {
                continue;
            }
            if !row.is_some_and(|row| to_inventory(row).admits(from_column(row.used), amount)) {
                return Err(PlacementError::NotEnough { provider, class: class.clone(), amount }.into());
            }
        }
    }
    Ok(())
}

fn allocations(claim: &Claim) -> impl Iterator<Item = allocation::ActiveModel> {
    claim.resources.iter().flat_map(|(provider, resources)| {
        resources.iter().map(|(class, &amount)| allocation::ActiveModel {
            consumer_id: Set(claim.consumer.to_string()),
            resource_provider_id: Set(provider.to_string()),
            resource_class: Set(class.clone()),
            used: Set(to_column(amount)),
        })
    })
}

async fn consumer_row(db: &Db, consumer: Uuid) -> Result<Option<consumer::Model>, Failure> {
    let row = db.query(move |tx| async move {
        Ok::<_, Failure>(consumer::Entity::find_by_id(consumer.to_string()).one(&tx).await?)
    });
    row.await
}

/// Why the claim finds its consumer other than it expects.
fn refusal(claim: &Claim, current: Option<consumer::Model>) -> PlacementError {
    let Claim { consumer, consumer_generation: expected, .. } = *claim;
    match current {
        Some(row) if row.retired_at.is_some() => PlacementError::Retired(consumer),
        row => PlacementError::ConsumerChanged { consumer, expected, current: row.map(|row| row.generation) },
    }
}

fn check(claim: &Claim) -> Result<(), PlacementError> {
    let invalid = |reason: &str| Err(PlacementError::Invalid(reason.to_owned()));
    if claim.resources.is_empty() || claim.resources.values().any(BTreeMap::is_empty) {
        return invalid("a claim of nothing");
    }
    if claim.group.is_some_and(|group| group.rule == GroupRule::AtMost(0)) {
        return invalid("a group whose members may be nowhere");
    }
    if claim.project_id.len() > 255 || claim.user_id.len() > 255 {
        return invalid("the id of a project or of a user is longer than 255");
    }
    claim.resources.values().try_for_each(check_resources)
}

/// Checks what is asked of one provider.
pub(crate) fn check_resources(resources: &BTreeMap<String, u64>) -> Result<(), PlacementError> {
    for (class, &amount) in resources {
        check_name(class)?;
        if amount == 0 {
            return Err(PlacementError::Invalid(format!("an amount of zero {class}")));
        }
    }
    Ok(())
}
