//! Which cell an instance is in, in the API database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::InstanceMappingNotFound;
use nova_objects_catalog::{
    CellMapping, InstanceMapping, InstanceMappingActions, InstanceMappingList, InstanceMappingListActions,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::ApiStore;
use super::cell_mapping::{by_row_ids, row_id};
use super::store::{change_object, id_of, look, moment, now, read, refused};
use crate::entity::instance_mapping::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

/// The mapping of that instance, with its cell.
///
/// # Errors
/// `InstanceMappingNotFound`.
pub async fn get_in(
    tx: &Tx,
    _: &RequestContext,
    instance_uuid: &str,
) -> Result<InstanceMapping, ActionError> {
    let found = list_where(tx, Condition::all().add(Column::InstanceUuid.eq(instance_uuid))).await?;
    found.into_iter().next().ok_or_else(|| not_found(instance_uuid))
}

/// The mappings of a project, in the order they were made; those that are queued for delete are among them.
///
/// # Errors
/// The database's.
pub async fn list_in(
    tx: &Tx,
    _: &RequestContext,
    project_id: &str,
) -> Result<Vec<InstanceMapping>, ActionError> {
    list_where(tx, Condition::all().add(Column::ProjectId.eq(project_id))).await
}

/// The mappings of these instances; those without one are left out.
///
/// # Errors
/// The database's.
pub async fn list_by_uuids_in(
    tx: &Tx,
    _: &RequestContext,
    uuids: &[String],
) -> Result<Vec<InstanceMapping>, ActionError> {
    list_where(tx, Condition::all().add(Column::InstanceUuid.is_in(uuids))).await
}

/// Makes the record.
///
/// # Errors
/// `ObjectActionError` when it has an id already.
pub async fn create_in(
    tx: &Tx,
    _: &RequestContext,
    mapping: &mut InstanceMapping,
) -> Result<(), ActionError> {
    if mapping.id.is_set() {
        return Err(refused("create", "already created"));
    }
    let mut row = changed_columns(tx, mapping).await?;
    let created_at = Some(now(tx).await?);
    let queued_for_delete = mapping.queued_for_delete.value().copied().unwrap_or(false);
    row.created_at = Set(created_at);
    row.queued_for_delete = Set(Some(queued_for_delete));
    let id = Entity::insert(row).exec(tx).await?.last_insert_id;
    mapping.id.load(id);
    mapping.queued_for_delete.load(queued_for_delete);
    if !mapping.cell_mapping.is_set() {
        mapping.cell_mapping.load(None);
    }
    mapping.created_at.load(moment(created_at));
    mapping.updated_at.load(None);
    mapping.reset_changes();
    Ok(())
}

/// Writes the changed fields.
///
/// # Errors
/// `InstanceMappingNotFound` when the record is gone.
pub async fn save_in(tx: &Tx, _: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), ActionError> {
    let id = id_of(&mapping.id)?;
    let mut row = changed_columns(tx, mapping).await?;
    row.updated_at = Set(Some(now(tx).await?));
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(tx).await?;
    let found = list_where(tx, Condition::all().add(Column::Id.eq(id))).await?;
    let uuid = mapping.instance_uuid.value().map(ToString::to_string).unwrap_or_default();
    *mapping = found.into_iter().next().ok_or_else(|| not_found(&uuid))?;
    Ok(())
}

/// Puts the instance into a cell.
///
/// # Errors
/// `InstanceMappingNotFound`; `CellMappingNotFound` when the cell has no record.
pub async fn map_in(
    tx: &Tx,
    _: &RequestContext,
    instance_uuid: &str,
    cell: &CellMapping,
    queued_for_delete: bool,
) -> Result<(), ActionError> {
    let row = ActiveModel {
        cell_id: Set(Some(row_id(tx, cell).await?)),
        queued_for_delete: Set(Some(queued_for_delete)),
        updated_at: Set(Some(now(tx).await?)),
        ..Default::default()
    };
    match update(tx, instance_uuid, row).await? {
        true => Ok(()),
        false => Err(not_found(instance_uuid)),
    }
}

/// Says that the instance is deleted or about to be; `false` if it has no mapping.
///
/// # Errors
/// The database's.
pub async fn queue_for_delete_in(
    tx: &Tx,
    _: &RequestContext,
    instance_uuid: &str,
) -> Result<bool, ActionError> {
    let row = ActiveModel {
        queued_for_delete: Set(Some(true)),
        updated_at: Set(Some(now(tx).await?)),
        ..Default::default()
    };
    update(tx, instance_uuid, row).await
}

/// Removes the record; `false` if there was none.
///
/// # Errors
/// The database's.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, instance_uuid: &str) -> Result<bool, ActionError> {
    let gone = Entity::delete_many().filter(Column::InstanceUuid.eq(instance_uuid)).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

/// How many instances a project has, and a user of it; those that are queued for delete are not counted.
///
/// # Errors
/// The database's.
pub async fn count_in(
    tx: &Tx,
    _: &RequestContext,
    project_id: &str,
    user_id: Option<&str>,
) -> Result<u64, ActionError> {
    let live = Condition::any().add(Column::QueuedForDelete.eq(false)).add(Column::QueuedForDelete.is_null());
    let mut counted = Entity::find().filter(Column::ProjectId.eq(project_id)).filter(live);
    if let Some(user_id) = user_id {
        counted = counted.filter(Column::UserId.eq(user_id));
    }
    Ok(counted.count(tx).await?)
}

async fn update(tx: &Tx, instance_uuid: &str, row: ActiveModel) -> Result<bool, ActionError> {
    let updated =
        Entity::update_many().set(row).filter(Column::InstanceUuid.eq(instance_uuid)).exec(tx).await?;
    Ok(updated.rows_affected > 0)
}

async fn list_where(tx: &Tx, condition: Condition) -> Result<Vec<InstanceMapping>, ActionError> {
    let rows = Entity::find().filter(condition).order_by_asc(Column::Id).all(tx).await?;
    let cells = by_row_ids(tx, rows.iter().filter_map(|row| row.cell_id)).await?;
    Ok(rows.into_iter().map(|row| to_object(row, &cells)).collect())
}

fn not_found(uuid: &str) -> ActionError {
    ActionError::fault(InstanceMappingNotFound { uuid: uuid.to_owned() })
}

async fn changed_columns(tx: &Tx, mapping: &InstanceMapping) -> Result<ActiveModel, ActionError> {
    let mut row = <ActiveModel as Default>::default();
    if mapping.instance_uuid.is_changed() {
        row.instance_uuid = Set(mapping.instance_uuid.value().map(ToString::to_string).unwrap_or_default());
    }
    if mapping.cell_mapping.is_changed() {
        row.cell_id = Set(match mapping.cell_mapping.present() {
            Some(cell) => Some(row_id(tx, cell).await?),
            None => None,
        });
    }
    if mapping.project_id.is_changed() {
        row.project_id = Set(mapping.project_id.value().cloned().unwrap_or_default());
    }
    if mapping.user_id.is_changed() {
        row.user_id = Set(mapping.user_id.value().cloned());
    }
    if mapping.queued_for_delete.is_changed() {
        row.queued_for_delete = Set(mapping.queued_for_delete.value().copied());
    }
    Ok(row)
}

fn to_object(row: Model, cells: &BTreeMap<i32, CellMapping>) -> InstanceMapping {
    let mut mapping = InstanceMapping::empty();
    mapping.id.load(row.id);
    mapping.instance_uuid.load(row.instance_uuid);
    mapping.cell_mapping.load(row.cell_id.and_then(|id| cells.get(&id).cloned()));
    mapping.project_id.load(row.project_id);
    if let Some(user_id) = row.user_id {
        mapping.user_id.load(user_id);
    }
    mapping.queued_for_delete.load(row.queued_for_delete.unwrap_or(false));
    mapping.created_at.load(moment(row.created_at));
    mapping.updated_at.load(moment(row.updated_at));
    mapping
}

#[async_trait]
impl InstanceMappingActions for ApiStore {
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<InstanceMapping, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned());
        read(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn create(&self, cx: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => create_in)
    }

    async fn save(&self, cx: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), Fault> {
        change_object!(self.db(), cx, mapping => destroy_object_in)
    }
}

async fn destroy_object_in(
    tx: &Tx,
    cx: &RequestContext,
    mapping: &mut InstanceMapping,
) -> Result<(), ActionError> {
    let uuid = mapping.instance_uuid.get().map_err(Fault::from)?.as_str();
    match destroy_in(tx, cx, uuid).await? {
        true => Ok(()),
        false => Err(not_found(uuid)),
    }
}

#[async_trait]
impl InstanceMappingListActions for ApiStore {
    async fn get_by_project_id(
        &self,
        cx: &RequestContext,
        project_id: &str,
    ) -> Result<InstanceMappingList, Fault> {
        let args = (cx.clone(), project_id.to_owned());
        let found = read(self.db(), args, |tx, (cx, id)| async move { list_in(&tx, &cx, &id).await });
        found.await.map(InstanceMappingList::of)
    }

    async fn get_by_cell_id(&self, _: &RequestContext, cell_id: i64) -> Result<InstanceMappingList, Fault> {
        let found = read(self.db(), cell_id, |tx, cell_id| async move {
            list_where(&tx, Condition::all().add(Column::CellId.eq(cell_id))).await
        });
        found.await.map(InstanceMappingList::of)
    }

    async fn get_by_instance_uuids(
        &self,
        cx: &RequestContext,
        uuids: &[String],
    ) -> Result<InstanceMappingList, Fault> {
        let args = (cx.clone(), uuids.to_vec());
        let found =
            read(self.db(), args, |tx, (cx, uuids)| async move { list_by_uuids_in(&tx, &cx, &uuids).await });
        found.await.map(InstanceMappingList::of)
    }

    async fn get_counts(
        &self,
        cx: &RequestContext,
        project_id: &str,
        user_id: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, Fault> {
        let mut counts = BTreeMap::new();
        let scopes = [("project", None), ("user", user_id)];
        for (scope, user_id) in
            scopes.into_iter().filter(|(scope, user)| *scope == "project" || user.is_some())
        {
            let args = (cx.clone(), project_id.to_owned(), user_id.map(str::to_owned));
            let count = look(self.db(), args, |tx, (cx, project, user)| async move {
                count_in(&tx, &cx, &project, user.as_deref()).await
            });
            let count = i64::try_from(count.await?).unwrap_or(i64::MAX);
            counts.insert(scope.to_owned(), BTreeMap::from([("instances".to_owned(), count)]));
        }
        Ok(counts)
    }
}
