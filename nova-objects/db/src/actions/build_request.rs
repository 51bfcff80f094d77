//! Servers that were accepted and are in no cell yet, in the API database.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects::types::Json;
use nova_objects_catalog::exception::BuildRequestNotFound;
use nova_objects_catalog::{
    BlockDeviceMappingList, BuildRequest, BuildRequestActions, BuildRequestList, BuildRequestListActions,
    Instance, TagList,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::ApiStore;
use super::scope::by_project;
use super::store::{change_object, from_json, look, moment, now, refused, to_json};
use crate::entity::build_request::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

mod filter;

/// The request of that instance.
///
/// # Errors
/// `BuildRequestNotFound`.
pub async fn get_in(tx: &Tx, _: &RequestContext, instance_uuid: &str) -> Result<BuildRequest, ActionError> {
    let row = Entity::find().filter(Column::InstanceUuid.eq(instance_uuid)).one(tx).await?;
    to_object(row.ok_or_else(|| not_found(instance_uuid))?)
}

/// The requests that the context may see, in the order they were made: a user's those of the project, an administrator's all.
///
/// # Errors
/// The database's.
pub async fn list_in(tx: &Tx, cx: &RequestContext) -> Result<Vec<BuildRequest>, ActionError> {
    let found = Entity::find().filter(by_project(cx, Column::ProjectId)).order_by_asc(Column::Id);
    found.all(tx).await?.into_iter().map(to_object).collect()
}

/// Makes the record.
///
/// # Errors
/// `ObjectActionError` when it has an id already, or no instance uuid.
pub async fn create_in(tx: &Tx, _: &RequestContext, request: &mut BuildRequest) -> Result<(), ActionError> {
    if request.id.is_set() {
        return Err(refused("create", "already created"));
    }
    if !request.instance_uuid.is_set() {
        return Err(refused("create", "instance_uuid is required"));
    }
    let created_at = Some(now(tx).await?);
    let row = ActiveModel { created_at: Set(created_at), ..changed_columns(request)? };
    let id = Entity::insert(row).exec(tx).await?.last_insert_id;
    request.id.load(id);
    request.created_at.load(moment(created_at));
    request.updated_at.load(None);
    unmark(request);
    Ok(())
}

/// Writes the changed fields.
///
/// # Errors
/// `BuildRequestNotFound` when the record is gone.
pub async fn save_in(tx: &Tx, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), ActionError> {
    let uuid = request.instance_uuid.get().map_err(Fault::from)?.to_string();
    let row = ActiveModel { updated_at: Set(Some(now(tx).await?)), ..changed_columns(request)? };
    Entity::update_many().set(row).filter(Column::InstanceUuid.eq(&uuid)).exec(tx).await?;
    *request = get_in(tx, cx, &uuid).await?;
    Ok(())
}

/// Removes the record; `false` if there was none: somebody else decided what becomes of the server.
///
/// # Errors
/// The database's.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, instance_uuid: &str) -> Result<bool, ActionError> {
    let gone = Entity::delete_many().filter(Column::InstanceUuid.eq(instance_uuid)).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

/// The marks in the instance stay: they say what its record is to be made of.
fn unmark(request: &mut BuildRequest) {
    request.instance_uuid.unmark();
    request.project_id.unmark();
    request.instance.unmark();
    request.block_device_mappings.unmark();
    request.tags.unmark();
}

fn not_found(uuid: &str) -> ActionError {
    ActionError::fault(BuildRequestNotFound { uuid: uuid.to_owned() })
}

fn changed_columns(request: &BuildRequest) -> Result<ActiveModel, ActionError> {
    let changes = request.changes();
    let changed = |name: &str| changes.contains(&name);
    let mut row = <ActiveModel as Default>::default();
    if changed("instance_uuid") {
        row.instance_uuid = Set(request.instance_uuid.value().map(ToString::to_string));
    }
    if changed("project_id") {
        row.project_id = Set(request.project_id.value().cloned().unwrap_or_default());
    }
    if let Some(instance) = request.instance.value().filter(|_| changed("instance")) {
        row.instance = Set(Some(to_json("an instance", instance)?));
    }
    if let Some(disks) = request.block_device_mappings.value().filter(|_| changed("block_device_mappings")) {
        row.block_device_mappings = Set(Some(to_json("block device mappings", disks)?));
    }
    if let Some(tags) = request.tags.value().filter(|_| changed("tags")) {
        row.tags = Set(Some(to_json("tags", tags)?));
    }
    Ok(row)
}

/// The instance keeps the marks it was stored with.
fn to_object(row: Model) -> Result<BuildRequest, ActionError> {
    let mut request = BuildRequest::empty();
    request.id.load(i64::from(row.id));
    request.instance_uuid.load(row.instance_uuid.unwrap_or_default());
    request.project_id.load(row.project_id);
    request.created_at.load(moment(row.created_at));
    request.updated_at.load(moment(row.updated_at));
    if let Some(disks) = row.block_device_mappings {
        request
            .block_device_mappings
            .load(from_json::<BlockDeviceMappingList>("block device mappings", &disks)?);
    }
    if let Some(tags) = row.tags {
        request.tags.load(from_json::<TagList>("tags", &tags)?);
    }
    if let Some(instance) = row.instance {
        request.instance.load(from_json::<Box<Instance>>("an instance", &instance)?);
    }
    if let Ok(instance) = request.instance.nested_mut() {
        instance.deleted.load(false);
        instance.created_at.load(moment(row.created_at));
        instance.updated_at.load(moment(row.updated_at));
        if let Some(tags) = request.tags.value() {
            instance.tags.load(tags.clone());
        }
    }
    Ok(request)
}

#[async_trait]
impl BuildRequestActions for ApiStore {
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<BuildRequest, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned());
        look(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn create(&self, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), Fault> {
        change_object!(self.db(), cx, request => create_in)
    }

    async fn save(&self, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), Fault> {
        change_object!(self.db(), cx, request => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), Fault> {
        change_object!(self.db(), cx, request => destroy_object_in)
    }
}

async fn destroy_object_in(
    tx: &Tx,
    cx: &RequestContext,
    request: &mut BuildRequest,
) -> Result<(), ActionError> {
    let uuid = request.instance_uuid.get().map_err(Fault::from)?.as_str();
    match destroy_in(tx, cx, uuid).await? {
        true => Ok(()),
        false => Err(not_found(uuid)),
    }
}

#[async_trait]
impl BuildRequestListActions for ApiStore {
    async fn get_all(&self, cx: &RequestContext) -> Result<BuildRequestList, Fault> {
        let found = look(self.db(), cx.clone(), |tx, cx| async move { list_in(&tx, &cx).await });
        found.await.map(BuildRequestList::of)
    }

    async fn get_by_filters(
        &self,
        cx: &RequestContext,
        filters: &Json,
        limit: Option<i64>,
        marker: Option<&str>,
        sort_keys: Option<&[String]>,
        sort_dirs: Option<&[String]>,
    ) -> Result<BuildRequestList, Fault> {
        let found = look(self.db(), cx.clone(), |tx, cx| async move { list_in(&tx, &cx).await });
        let sorting = filter::Sorting::new(sort_keys.unwrap_or_default(), sort_dirs.unwrap_or_default());
        filter::page(found.await?, filters, &sorting, limit, marker).map(BuildRequestList::of)
    }
}
