//! Which cell a host is in, in the API database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{CellMappingNotFound, HostMappingNotFound};
use nova_objects_catalog::{
    CellMapping, HostMapping, HostMappingActions, HostMappingList, HostMappingListActions,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use super::ApiStore;
use super::cell_mapping::{by_row_ids, row_id};
use super::store::{change_object, id_of, moment, now, read, refused};
use crate::entity::host_mapping::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

/// The mapping of that host, with its cell.
///
/// # Errors
/// `HostMappingNotFound`.
pub async fn get_in(tx: &Tx, _: &RequestContext, host: &str) -> Result<HostMapping, ActionError> {
    let found = list_where(tx, Condition::all().add(Column::Host.eq(host))).await?;
    found.into_iter().next().ok_or_else(|| not_found(host))
}

/// The mapping of that host, made to `cell` if there is none; one that is there stays as it is.
///
/// # Errors
/// `CellMappingNotFound` when the cell has no record.
#[doc(alias = "discover_hosts")]
pub async fn ensure_in(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
    cell: &CellMapping,
) -> Result<HostMapping, ActionError> {
    let found = list_where(tx, Condition::all().add(Column::Host.eq(host))).await?;
    if let Some(mapping) = found.into_iter().next() {
        return Ok(mapping);
    }
    let mut mapping = HostMapping::empty();
    mapping.host.set(host);
    mapping.cell_mapping.set(cell.clone());
    create_in(tx, cx, &mut mapping).await?;
    Ok(mapping)
}

/// Makes the record.
///
/// # Errors
/// `ObjectActionError` when it has an id already, [`DbError::Duplicate`](crate::DbError::Duplicate) when the host has
/// a mapping.
pub async fn create_in(tx: &Tx, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), ActionError> {
    if mapping.id.is_set() {
        return Err(refused("create", "already created"));
    }
    let row = ActiveModel { created_at: Set(Some(now(tx).await?)), ..changed_columns(tx, mapping).await? };
    let host = row.insert(tx).await?.host;
    *mapping = get_in(tx, cx, &host).await?;
    Ok(())
}

/// Writes the changed fields.
///
/// # Errors
/// `HostMappingNotFound` when the record is gone.
pub async fn save_in(tx: &Tx, _: &RequestContext, mapping: &mut HostMapping) -> Result<(), ActionError> {
    let id = id_of(&mapping.id)?;
    let row = ActiveModel { updated_at: Set(Some(now(tx).await?)), ..changed_columns(tx, mapping).await? };
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(tx).await?;
    let found = list_where(tx, Condition::all().add(Column::Id.eq(id))).await?;
    let host = mapping.host.value().cloned().unwrap_or_default();
    *mapping = found.into_iter().next().ok_or_else(|| not_found(&host))?;
    Ok(())
}

/// Removes the record; `false` if there was none.
///
/// # Errors
/// The database's.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, host: &str) -> Result<bool, ActionError> {
    let gone = Entity::delete_many().filter(Column::Host.eq(host)).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

async fn list_where(tx: &Tx, condition: Condition) -> Result<Vec<HostMapping>, ActionError> {
    let rows = Entity::find().filter(condition).order_by_asc(Column::Id).all(tx).await?;
    let cells = by_row_ids(tx, rows.iter().map(|row| row.cell_id)).await?;
    rows.into_iter().map(|row| to_object(row, &cells)).collect()
}

fn not_found(host: &str) -> ActionError {
    ActionError::fault(HostMappingNotFound { name: host.to_owned() })
}

async fn changed_columns(tx: &Tx, mapping: &HostMapping) -> Result<ActiveModel, ActionError> {
    let mut row = <ActiveModel as Default>::default();
    if mapping.host.is_changed() {
        row.host = Set(mapping.host.value().cloned().unwrap_or_default());
    }
    if let Some(cell) = mapping.cell_mapping.value().filter(|_| mapping.cell_mapping.is_changed()) {
        row.cell_id = Set(row_id(tx, cell).await?);
    }
    Ok(row)
}

fn to_object(row: Model, cells: &BTreeMap<i32, CellMapping>) -> Result<HostMapping, ActionError> {
    let cell = cells.get(&row.cell_id).cloned();
    let cell =
        cell.ok_or_else(|| ActionError::fault(CellMappingNotFound { uuid: row.cell_id.to_string() }))?;
    let mut mapping = HostMapping::empty();
    mapping.id.load(row.id);
    mapping.host.load(row.host);
    mapping.cell_mapping.load(cell);
    mapping.created_at.load(moment(row.created_at));
    mapping.updated_at.load(moment(row.updated_at));
    Ok(mapping)
}

#[async_trait]
impl HostMappingActions for ApiStore {
    async fn get_by_host(&self, cx: &RequestContext, host: &str) -> Result<HostMapping, Fault> {
        let args = (cx.clone(), host.to_owned());
        read(self.db(), args, |tx, (cx, host)| async move { get_in(&tx, &cx, &host).await }).await
    }

    async fn create(&self, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => create_in)
    }

    async fn save(&self, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => destroy_object_in)
    }
}

async fn destroy_object_in(
    tx: &Tx,
    cx: &RequestContext,
    mapping: &mut HostMapping,
) -> Result<(), ActionError> {
    let host = mapping.host.get().map_err(Fault::from)?;
    match destroy_in(tx, cx, host).await? {
        true => Ok(()),
        false => Err(not_found(host)),
    }
}

#[async_trait]
impl HostMappingListActions for ApiStore {
    async fn get_all(&self, _: &RequestContext) -> Result<HostMappingList, Fault> {
        let found = read(self.db(), (), |tx, ()| async move { list_where(&tx, Condition::all()).await });
        found.await.map(HostMappingList::of)
    }

    async fn get_by_cell_id(&self, _: &RequestContext, cell_id: i64) -> Result<HostMappingList, Fault> {
        let found = read(self.db(), cell_id, |tx, cell_id| async move {
            list_where(&tx, Condition::all().add(Column::CellId.eq(cell_id))).await
        });
        found.await.map(HostMappingList::of)
    }
}
