//! Making the records of an instance.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{InstanceExists, ObjectActionError};
use nova_objects_catalog::{Instance, InstanceInfoCache};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTime;

use super::{extra, metadata, row};
use crate::actions::columns::Pick;
use crate::actions::instance_info_cache;
use crate::entity::instance;
use crate::error::{ActionError, DbError};
use crate::time::to_column;
use crate::tx::Tx;

/// Makes the record, its info cache, its large parts and its metadata: everything that is set, changed or not.
///
/// A uuid is made up if there is none. Afterwards the object has what the database decided, and no changes.
///
/// # Errors
/// `InstanceExists` for a second record of that uuid, deleted or not, which dooms the transaction;
/// `ObjectActionError` for an instance that has an id. The object is untouched then.
#[doc(alias = "instance_create")]
pub async fn create_in(tx: &Tx, _cx: &RequestContext, instance: &mut Instance) -> Result<(), ActionError> {
    refuse_created(instance)?;
    let now = to_column(tx.now().await?);
    let uuid = uuid_of(tx, instance);
    let row = insert_row(tx, instance, &uuid, now).await?;
    let network = insert_info_cache(tx, instance, &uuid, now).await?;
    extra::insert(tx, instance, &uuid, now).await?;
    metadata::create(tx, instance, &uuid, now).await?;
    row::load(instance, row)?;
    if instance.info_cache.is_set() {
        instance.info_cache.load(Some(network));
    }
    instance.reset_changes();
    Ok(())
}

fn refuse_created(instance: &Instance) -> Result<(), Fault> {
    let reason = match (instance.id.is_set(), instance.deleted.value()) {
        (true, _) => "already created",
        (_, Some(true)) => "already deleted",
        _ => return Ok(()),
    };
    Err(ObjectActionError { action: "create".to_owned(), reason: reason.to_owned() }.into())
}

fn uuid_of(tx: &Tx, instance: &Instance) -> String {
    instance.uuid.value().map_or_else(|| tx.env().new_id().to_string(), ToString::to_string)
}

async fn insert_row(
    tx: &Tx,
    instance: &Instance,
    uuid: &str,
    now: DateTime,
) -> Result<instance::Model, ActionError> {
    let mut row = row::columns(instance, Pick::Set)?;
    row.uuid = Set(uuid.to_owned());
    row.deleted = Set(0);
    row.created_at = Set(Some(instance.created_at.present().map_or(now, |made| to_column(*made))));
    if !instance.cleaned.is_set() {
        row.cleaned = Set(Some(0));
    }
    if !instance.hidden.is_set() {
        row.hidden = Set(Some(false));
    }
    row.insert(tx).await.map_err(|error| match DbError::from(error) {
        DbError::Duplicate { .. } => ActionError::fault(InstanceExists { name: uuid.to_owned() }),
        other => other.into(),
    })
}

async fn insert_info_cache(
    tx: &Tx,
    instance: &Instance,
    uuid: &str,
    now: DateTime,
) -> Result<InstanceInfoCache, ActionError> {
    let mut cache = InstanceInfoCache::of_instance(uuid);
    if let Some(network) = instance.info_cache.present().and_then(|cache| cache.network_info.value()) {
        cache.network_info.set(network.clone());
    }
    instance_info_cache::insert(tx, &mut cache, now).await?;
    Ok(cache)
}
