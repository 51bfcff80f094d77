//! Cells, in the API database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::CellMappingNotFound;
use nova_objects_catalog::{CellMapping, CellMappingActions, CellMappingList, CellMappingListActions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::ApiStore;
use super::store::{change_object, id_of, look, moment, now, refused};
use crate::entity::cell_mapping::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

/// The cell of that uuid.
///
/// # Errors
/// `CellMappingNotFound`.
pub async fn get_in(tx: &Tx, _: &RequestContext, uuid: &str) -> Result<CellMapping, ActionError> {
    let row = Entity::find().filter(Column::Uuid.eq(uuid)).one(tx).await?;
    row.map(to_object).ok_or_else(|| not_found(uuid))
}

/// All cells, by id.
///
/// # Errors
/// The database's.
pub async fn list_in(tx: &Tx, _: &RequestContext) -> Result<Vec<CellMapping>, ActionError> {
    let rows = Entity::find().order_by_asc(Column::Id).all(tx).await?;
    Ok(rows.into_iter().map(to_object).collect())
}

/// Makes the record, with a new uuid if it has none.
///
/// # Errors
/// `ObjectActionError` when it has an id already.
pub async fn create_in(tx: &Tx, _: &RequestContext, mapping: &mut CellMapping) -> Result<(), ActionError> {
    if mapping.id.is_set() {
        return Err(refused("create", "already created"));
    }
    if !mapping.uuid.is_set() {
        mapping.uuid.set(tx.new_id());
    }
    let created_at = Set(Some(now(tx).await?));
    let disabled = Set(Some(mapping.disabled.value().copied().unwrap_or(false)));
    let row = ActiveModel { created_at, disabled, ..changed_columns(mapping) };
    *mapping = to_object(row.insert(tx).await?);
    Ok(())
}

/// Writes the changed fields.
///
/// # Errors
/// `CellMappingNotFound` when the record is gone.
pub async fn save_in(tx: &Tx, _: &RequestContext, mapping: &mut CellMapping) -> Result<(), ActionError> {
    let id = id_of(&mapping.id)?;
    let row = ActiveModel { updated_at: Set(Some(now(tx).await?)), ..changed_columns(mapping) };
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(tx).await?;
    let row = Entity::find_by_id(id).one(tx).await?;
    *mapping = row.map(to_object).ok_or_else(|| not_found(id))?;
    Ok(())
}

/// Removes the record; `false` if there was none.
///
/// # Errors
/// The database's, which refuses while hosts or instances are mapped to the cell.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, uuid: &str) -> Result<bool, ActionError> {
    let gone = Entity::delete_many().filter(Column::Uuid.eq(uuid)).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

/// The id of the cell in the database.
pub(super) async fn row_id(tx: &Tx, cell: &CellMapping) -> Result<i32, ActionError> {
    if cell.id.is_set() {
        return id_of(&cell.id);
    }
    let uuid = cell.uuid.get().map_err(Fault::from)?.as_str();
    let row = Entity::find().filter(Column::Uuid.eq(uuid)).one(tx).await?;
    Ok(row.ok_or_else(|| not_found(uuid))?.id)
}

/// Cells by their ids in the database.
pub(super) async fn by_row_ids(
    tx: &Tx,
    ids: impl IntoIterator<Item = i32>,
) -> Result<BTreeMap<i32, CellMapping>, ActionError> {
    let mut ids: Vec<i32> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, to_object(row))).collect())
}

fn not_found(uuid: impl ToString) -> ActionError {
    ActionError::fault(CellMappingNotFound { uuid: uuid.to_string() })
}

fn changed_columns(mapping: &CellMapping) -> ActiveModel {
    let mut row = <ActiveModel as Default>::default();
    if mapping.uuid.is_changed() {
        row.uuid = Set(mapping.uuid.value().map(ToString::to_string).unwrap_or_default());
    }
    if mapping.name.is_changed() {
        row.name = Set(mapping.name.present().cloned());
    }
    if mapping.transport_url.is_changed() {
        row.transport_url = Set(mapping.transport_url.value().map(|url| url.expose().to_owned()));
    }
    if mapping.database_connection.is_changed() {
        row.database_connection = Set(mapping.database_connection.value().map(|url| url.expose().to_owned()));
    }
    if mapping.disabled.is_changed() {
        row.disabled = Set(mapping.disabled.value().copied());
    }
    row
}

fn to_object(row: Model) -> CellMapping {
    let mut mapping = CellMapping::empty();
    mapping.id.load(row.id);
    mapping.uuid.load(row.uuid);
    mapping.name.load(row.name);
    mapping.transport_url.load(row.transport_url.unwrap_or_default());
    mapping.database_connection.load(row.database_connection.unwrap_or_default());
    mapping.disabled.load(row.disabled.unwrap_or(false));
    mapping.created_at.load(moment(row.created_at));
    mapping.updated_at.load(moment(row.updated_at));
    mapping
}

#[async_trait]
impl CellMappingActions for ApiStore {
    async fn get_by_uuid(&self, cx: &RequestContext, uuid: &str) -> Result<CellMapping, Fault> {
        let args = (cx.clone(), uuid.to_owned());
        look(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn create(&self, cx: &RequestContext, mapping: &mut CellMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => create_in)
    }

    async fn save(&self, cx: &RequestContext, mapping: &mut CellMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, mapping: &mut CellMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => destroy_object_in)
    }
}

async fn destroy_object_in(
    tx: &Tx,
    cx: &RequestContext,
    mapping: &mut CellMapping,
) -> Result<(), ActionError> {
    let uuid = mapping.uuid.get().map_err(Fault::from)?.as_str();
    match destroy_in(tx, cx, uuid).await? {
        true => Ok(()),
        false => Err(not_found(uuid)),
    }
}

#[async_trait]
impl CellMappingListActions for ApiStore {
    async fn get_all(&self, cx: &RequestContext) -> Result<CellMappingList, Fault> {
        let cells = look(self.db(), cx.clone(), |tx, cx| async move { list_in(&tx, &cx).await });
        cells.await.map(CellMappingList::of)
    }

    async fn get_by_disabled(&self, cx: &RequestContext, disabled: bool) -> Result<CellMappingList, Fault> {
        let cells = look(self.db(), cx.clone(), |tx, cx| async move { list_in(&tx, &cx).await });
        let wanted = |cell: &CellMapping| cell.disabled.value() == Some(&disabled);
        cells.await.map(|cells| CellMappingList::of(cells.into_iter().filter(wanted).collect()))
    }
}
