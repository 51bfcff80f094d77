//! Block device mappings: the disks of instances.

mod store;

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::BlockDeviceMapping;
use nova_objects_catalog::exception::BDMNotFound;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use super::columns::{Pick, columns as object_columns};
use super::store::{narrow, now, refused};
use crate::entity::block_device_mapping;
use crate::entity::block_device_mapping::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

object_columns!(
    BlockDeviceMapping,
    block_device_mapping,
    read { id, uuid, created_at, updated_at, deleted_at, deleted },
    write {
        attachment_id,
        boot_index,
        connection_info,
        delete_on_termination,
        destination_type,
        device_name,
        device_type,
        disk_bus,
        encrypted,
        encryption_format,
        encryption_options,
        encryption_secret_uuid,
        guest_format,
        image_id,
        instance_uuid,
        no_device,
        snapshot_id,
        source_type,
        tag,
        volume_id,
        volume_size,
        volume_type,
    }
);

/// Makes the record, with a uuid if it has none.
///
/// # Errors
/// `ObjectActionError` for a mapping that has an id.
#[doc(alias = "block_device_mapping_create")]
pub async fn create_in(
    tx: &Tx,
    _cx: &RequestContext,
    mapping: &mut BlockDeviceMapping,
) -> Result<(), ActionError> {
    if mapping.id.is_set() {
        return Err(refused("create", "already created"));
    }
    if mapping.instance.is_set() {
        return Err(refused("create", "instance assigned"));
    }
    let mut row = columns(mapping, Pick::Set)?;
    let uuid = mapping.uuid.value().map_or_else(|| tx.env().new_id().to_string(), ToString::to_string);
    row.uuid = Set(Some(uuid));
    row.created_at = Set(Some(now(tx).await?));
    row.deleted = Set(0);
    load(mapping, row.insert(tx).await?)?;
    mapping.reset_changes();
    Ok(())
}

/// Writes the changed fields.
///
/// # Errors
/// `BDMNotFound` when the record is gone; `ObjectActionError` when the instance itself was changed.
#[doc(alias = "block_device_mapping_update")]
pub async fn save_in(
    tx: &Tx,
    _cx: &RequestContext,
    mapping: &mut BlockDeviceMapping,
) -> Result<(), ActionError> {
    if mapping.instance.is_changed() {
        return Err(refused("save", "instance changed"));
    }
    let id = id_of(mapping)?;
    let changes = columns(mapping, Pick::Changed)?;
    let row = update(tx, id, changes).await?;
    load(mapping, row)?;
    mapping.reset_changes();
    Ok(())
}

/// Soft-deletes the record. `false` if it is gone.
///
/// # Errors
/// The database's.
#[doc(alias = "block_device_mapping_destroy")]
pub async fn destroy_in(tx: &Tx, _cx: &RequestContext, id: i64) -> Result<bool, ActionError> {
    let gone = Entity::update_many()
        .col_expr(Column::Deleted, Expr::col(Column::Id))
        .col_expr(Column::DeletedAt, Expr::val(now(tx).await?))
        .filter(live().add(Column::Id.eq(narrow(id)?)))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// The live disks of these instances, in the order they were made.
///
/// # Errors
/// The database's.
#[doc(alias = "block_device_mapping_get_all_by_instance_uuids")]
pub async fn list_in(tx: &Tx, instance_uuids: &[String]) -> Result<Vec<BlockDeviceMapping>, ActionError> {
    find_in(tx, Condition::all().add(Column::InstanceUuid.is_in(instance_uuids))).await
}

async fn find_in(tx: &Tx, which: Condition) -> Result<Vec<BlockDeviceMapping>, ActionError> {
    let rows = Entity::find().filter(live()).filter(which).order_by_asc(Column::Id).all(tx).await?;
    let mappings = rows.into_iter().map(|row| {
        let mut mapping = BlockDeviceMapping::empty();
        load(&mut mapping, row).map(|()| mapping)
    });
    Ok(mappings.collect::<Result<_, Fault>>()?)
}

/// The same device of the same instance is changed, or else it is made.
async fn update_or_create_in(
    tx: &Tx,
    cx: &RequestContext,
    mapping: &mut BlockDeviceMapping,
) -> Result<(), ActionError> {
    let Some(id) = twin_of(tx, mapping).await? else { return create_in(tx, cx, mapping).await };
    let row = update(tx, id, columns(mapping, Pick::Set)?).await?;
    load(mapping, row)?;
    mapping.reset_changes();
    Ok(())
}

/// The record of the same instance and the same device: by its id, its uuid, else by its name, else by what is in it.
async fn twin_of(tx: &Tx, mapping: &BlockDeviceMapping) -> Result<Option<i32>, ActionError> {
    let instance = mapping.instance_uuid.get().map_err(Fault::from)?;
    let same = if let Some(id) = mapping.id.value() {
        Column::Id.eq(narrow(*id)?)
    } else if let Some(uuid) = mapping.uuid.value() {
        Column::Uuid.eq(uuid.as_str())
    } else if let Some(name) = mapping.device_name.present() {
        Column::DeviceName.eq(name.as_str())
    } else if let Some(volume) = mapping.volume_id.present() {
        Column::VolumeId.eq(volume.as_str())
    } else if let Some(image) = mapping.image_id.present() {
        Column::ImageId.eq(image.as_str())
    } else if mapping.is_swap() {
        Column::GuestFormat.eq("swap")
    } else {
        return Ok(None);
    };
    let rows = Entity::find().filter(live()).filter(Column::InstanceUuid.eq(instance.as_str())).filter(same);
    Ok(rows.one(tx).await?.map(|row| row.id))
}

async fn update(tx: &Tx, id: i32, mut changes: ActiveModel) -> Result<Model, ActionError> {
    changes.updated_at = Set(Some(now(tx).await?));
    let which = live().add(Column::Id.eq(id));
    Entity::update_many().set(changes).filter(which.clone()).exec(tx).await?;
    let row = Entity::find().filter(which).one(tx).await?;
    row.ok_or_else(|| ActionError::fault(BDMNotFound { id: id.to_string() }))
}

fn live() -> Condition {
    Condition::all().add(Column::Deleted.eq(0))
}

fn id_of(mapping: &BlockDeviceMapping) -> Result<i32, ActionError> {
    narrow(*mapping.id.get().map_err(Fault::from)?)
}
