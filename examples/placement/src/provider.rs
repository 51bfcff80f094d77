//! Providers: making one, and saying what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nova_neighbours::placement::{Inventory, PlacementError, Provider};
use nova_objects_db::{Db, Tx};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::entity::{inventory, resource_provider as provider, resource_provider_trait as provider_trait};
use crate::failure::Failure;
use crate::row::{check_inventory, check_name, to_inventory, to_inventory_row, to_provider};

type Inventories = BTreeMap<String, Inventory>;

/// What a provider is to have.
pub(crate) struct Holdings {
    pub(crate) provider: Uuid,
    pub(crate) generation: i64,
    pub(crate) inventories: Inventories,
    pub(crate) traits: BTreeSet<String>,
}

pub(crate) async fn ensure(db: &Db, id: Uuid, name: &str) -> Result<Provider, PlacementError> {
    if let Some(provider) = find(db, id).await? {
        return Ok(provider);
    }
    if !(1..=200).contains(&name.chars().count()) {
        return Err(PlacementError::Invalid("the name of a provider has 1 to 200 characters".to_owned()));
    }
    match insert(db, id, name).await {
        // Somebody made it meanwhile, or another one has the name.
        Err(failure) if failure.is_duplicate() => {
            let taken = || PlacementError::NameTaken { provider: id, name: name.to_owned() };
            find(db, id).await?.ok_or_else(taken)
        }
        result => Ok(result.map(|()| Provider { id, name: name.to_owned(), generation: 0 })?),
    }
}

async fn find(db: &Db, id: Uuid) -> Result<Option<Provider>, Failure> {
    db.query(move |tx| async move {
        let row = provider::Entity::find_by_id(id.to_string()).one(&tx).await?;
        Ok(row.as_ref().map(to_provider).transpose()?)
    })
    .await
}

async fn insert(db: &Db, id: Uuid, name: &str) -> Result<(), Failure> {
    let row =
        provider::ActiveModel { uuid: Set(id.to_string()), name: Set(name.to_owned()), generation: Set(0) };
    db.write(move |tx| {
        let row = row.clone();
        async move {
            provider::Entity::insert(row).exec_without_returning(&tx).await?;
            Ok(())
        }
    })
    .await
}

pub(crate) async fn set(db: &Db, wanted: Holdings) -> Result<i64, PlacementError> {
    wanted.inventories.iter().try_for_each(|(class, inventory)| check_inventory(class, inventory))?;
    wanted.traits.iter().try_for_each(|name| check_name(name))?;
    let wanted = Arc::new(wanted);
    if is_so_already(db, &wanted).await? {
        return Ok(wanted.generation);
    }
    let work = Arc::clone(&wanted);
    let set = db.write(move |tx| {
        let wanted = Arc::clone(&work);
        async move { replace(&tx, &wanted).await }
    });
    set.await?;
    Ok(wanted.generation + 1)
}

/// Whether the provider, which is at the expected generation, has exactly that.
async fn is_so_already(db: &Db, wanted: &Arc<Holdings>) -> Result<bool, Failure> {
    let wanted = Arc::clone(wanted);
    db.read(move |tx| {
        let wanted = Arc::clone(&wanted);
        async move {
            let row = provider::Entity::find_by_id(wanted.provider.to_string()).one(&tx).await?;
            let row = row.ok_or(PlacementError::ProviderNotFound(wanted.provider))?;
            if row.generation != wanted.generation {
                return Err(changed(&wanted, row.generation).into());
            }
            let rows = inventories(&tx, wanted.provider).await?;
            let has: Inventories =
                rows.iter().map(|row| (row.resource_class.clone(), to_inventory(row))).collect();
            Ok(has == wanted.inventories && traits(&tx, wanted.provider).await? == wanted.traits)
        }
    })
    .await
}

/// One transaction, whose order is that of [`lock`]; here the lock is a compare-and-swap.
async fn replace(tx: &Tx, wanted: &Holdings) -> Result<(), Failure> {
    tx.read_committed().await?;
    take(tx, wanted).await?;
    replace_inventories(tx, wanted).await?;
    replace_traits(tx, wanted).await
}

async fn take(tx: &Tx, wanted: &Holdings) -> Result<(), Failure> {
    use provider::{Column, Entity};
    let update = Entity::update_many()
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .filter(Column::Uuid.eq(wanted.provider.to_string()))
        .filter(Column::Generation.eq(wanted.generation));
    if update.exec(tx).await?.rows_affected > 0 {
        return Ok(());
    }
    let current = Entity::find_by_id(wanted.provider.to_string()).one(tx).await?;
    let current = current.ok_or(PlacementError::ProviderNotFound(wanted.provider))?;
    Err(changed(wanted, current.generation).into())
}

async fn replace_inventories(tx: &Tx, wanted: &Holdings) -> Result<(), Failure> {
    let used: BTreeMap<_, _> = inventories(tx, wanted.provider)
        .await?
        .into_iter()
        .map(|row| (row.resource_class, row.used))
        .collect();
    for (class, &used) in used.iter().filter(|(_, used)| **used > 0) {
        check_still_there(wanted, class, used)?;
    }
    inventory::Entity::delete_many()
        .filter(inventory::Column::ResourceProviderId.eq(wanted.provider.to_string()))
        .exec(tx)
        .await?;
    let rows = wanted.inventories.iter().map(|(class, inventory)| {
        to_inventory_row(wanted.provider, class, inventory, used.get(class).copied().unwrap_or(0))
    });
    insert_all::<inventory::Entity, _>(tx, rows.collect()).await
}

/// What is in use may become less than is used (memory broke, a ratio was lowered), which stops further claims; it
/// may not vanish under its consumers.
fn check_still_there(wanted: &Holdings, class: &str, used: i64) -> Result<(), PlacementError> {
    let capacity = wanted.inventories.get(class).map_or(0, Inventory::capacity);
    if capacity == 0 {
        return Err(PlacementError::InUse { provider: wanted.provider, class: class.to_owned() });
    }
    if capacity < crate::row::from_column(used) {
        tracing::warn!(provider = %wanted.provider, class, capacity, used, "a provider has less than is in use");
    }
    Ok(())
}

async fn replace_traits(tx: &Tx, wanted: &Holdings) -> Result<(), Failure> {
    provider_trait::Entity::delete_many()
        .filter(provider_trait::Column::ResourceProviderId.eq(wanted.provider.to_string()))
        .exec(tx)
        .await?;
    let rows = wanted.traits.iter().map(|name| provider_trait::ActiveModel {
        resource_provider_id: Set(wanted.provider.to_string()),
        trait_name: Set(name.clone()),
    });
    insert_all::<provider_trait::Entity, _>(tx, rows.collect()).await
}

async fn insert_all<E, A>(tx: &Tx, rows: Vec<A>) -> Result<(), Failure>
where
    E: EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E>,
{
    if !rows.is_empty() {
        E::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn inventories(tx: &Tx, provider: Uuid) -> Result<Vec<inventory::Model>, DbErr> {
    inventory::Entity::find()
        .filter(inventory::Column::ResourceProviderId.eq(provider.to_string()))
        .all(tx)
        .await
}

async fn traits(tx: &Tx, provider: Uuid) -> Result<BTreeSet<String>, DbErr> {
    let rows = provider_trait::Entity::find()
        .filter(provider_trait::Column::ResourceProviderId.eq(provider.to_string()))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.trait_name).collect())
}

fn changed(wanted: &Holdings, current: i64) -> PlacementError {
    PlacementError::ConcurrentUpdate { provider: wanted.provider, expected: wanted.generation, current }
}
