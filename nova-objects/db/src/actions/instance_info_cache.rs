//! Info caches: what is known of an instance's network.

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::InstanceInfoCacheNotFound;
use nova_objects_catalog::{InstanceInfoCache, InstanceInfoCacheActions};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTime;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use super::CellStore;
use super::columns::{Pick, columns as object_columns};
use super::store::{change, look, now};
use crate::entity::instance_info_cache;
use crate::entity::instance_info_cache::{Column, Entity, Model};
use crate::error::{ActionError, DbError};
use crate::tx::Tx;

object_columns!(
    InstanceInfoCache,
    instance_info_cache,
    read { instance_uuid, created_at, updated_at, deleted_at, deleted },
    write { network_info }
);

/// The cache of that instance.
///
/// # Errors
/// `InstanceInfoCacheNotFound`.
#[doc(alias = "instance_info_cache_get")]
pub async fn get_in(tx: &Tx, instance_uuid: &str) -> Result<InstanceInfoCache, ActionError> {
    let mut cache = InstanceInfoCache::empty();
    load(&mut cache, existing(tx, instance_uuid).await?)?;
    Ok(cache)
}

/// Writes the network if it changed, making the record if it is missing. The last writer wins.
///
/// # Errors
/// The database's.
#[doc(alias = "instance_info_cache_update")]
pub async fn save_in(tx: &Tx, cache: &mut InstanceInfoCache) -> Result<(), ActionError> {
    let uuid = cache.instance_uuid.get().map_err(Fault::from)?.to_string();
    if !cache.network_info.is_changed() {
        return Ok(());
    }
    let time = now(tx).await?;
    let Some(row) = row_of(tx, &uuid).await? else { return insert(tx, cache, time).await };
    let mut changes = columns(cache, Pick::Changed)?;
    changes.id = Set(row.id);
    changes.updated_at = Set(Some(time));
    load(cache, changes.update(tx).await?)?;
    cache.reset_changes();
    Ok(())
}

/// Removes the record, if it is there.
///
/// # Errors
/// The database's.
#[doc(alias = "instance_info_cache_delete")]
pub async fn delete_in(tx: &Tx, instance_uuid: &str) -> Result<(), ActionError> {
    Entity::delete_many().filter(Column::InstanceUuid.eq(instance_uuid)).exec(tx).await?;
    Ok(())
}

/// Makes the record.
pub(super) async fn insert(
    tx: &Tx,
    cache: &mut InstanceInfoCache,
    time: DateTime,
) -> Result<(), ActionError> {
    let mut row = columns(cache, Pick::Set)?;
    row.instance_uuid = Set(cache.instance_uuid.get().map_err(Fault::from)?.to_string());
    row.created_at = Set(Some(time));
    row.deleted = Set(0);
    load(cache, row.insert(tx).await?)?;
    cache.reset_changes();
    Ok(())
}

/// The caches of these instances, deleted with them or not.
pub(super) async fn of_instances(
    tx: &Tx,
    uuids: &[String],
) -> Result<BTreeMap<String, InstanceInfoCache>, ActionError> {
    let rows = Entity::find().filter(Column::InstanceUuid.is_in(uuids)).all(tx).await?;
    let mut caches = BTreeMap::new();
    for row in rows {
        let mut cache = InstanceInfoCache::empty();
        let uuid = row.instance_uuid.clone();
        load(&mut cache, row)?;
        caches.insert(uuid, cache);
    }
    Ok(caches)
}

async fn row_of(tx: &Tx, uuid: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::InstanceUuid.eq(uuid)).one(tx).await?)
}

async fn existing(tx: &Tx, uuid: &str) -> Result<Model, ActionError> {
    let missing = || ActionError::fault(InstanceInfoCacheNotFound { instance_uuid: uuid.to_owned() });
    row_of(tx, uuid).await?.ok_or_else(missing)
}

#[async_trait]
impl InstanceInfoCacheActions for CellStore {
    async fn get_by_instance_uuid(
        &self,
        _: &RequestContext,
        instance_uuid: &str,
    ) -> Result<InstanceInfoCache, Fault> {
        look(&self.0, instance_uuid.to_owned(), |tx, uuid| async move { get_in(&tx, &uuid).await }).await
    }

    async fn save(
        &self,
        _: &RequestContext,
        cache: &mut InstanceInfoCache,
        _update_cells: Option<bool>,
    ) -> Result<(), Fault> {
        *cache = change(&self.0, cache.clone(), |tx, mut cache| async move {
            save_in(&tx, &mut cache).await?;
            Ok(cache)
        })
        .await?;
        Ok(())
    }

    async fn delete(&self, _: &RequestContext, cache: &mut InstanceInfoCache) -> Result<(), Fault> {
        let uuid = cache.instance_uuid.get()?.to_string();
        change(&self.0, uuid, |tx, uuid| async move { delete_in(&tx, &uuid).await }).await
    }

    async fn refresh(&self, _: &RequestContext, cache: &mut InstanceInfoCache) -> Result<(), Fault> {
        let uuid = cache.instance_uuid.get()?.to_string();
        let row = look(&self.0, uuid, |tx, uuid| async move { existing(&tx, &uuid).await }).await?;
        load(cache, row)?;
        cache.reset_changes();
        Ok(())
    }
}
