//! What was asked of the scheduler, in the API database.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::RequestSpecNotFound;
use nova_objects_catalog::{RequestSpec, RequestSpecActions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use super::ApiStore;
use super::store::{change_object, from_json, look, now, refused, to_json};
use crate::entity::request_spec::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

/// What was asked for that instance.
///
/// # Errors
/// `RequestSpecNotFound`.
pub async fn get_in(tx: &Tx, _: &RequestContext, instance_uuid: &str) -> Result<RequestSpec, ActionError> {
    let row = Entity::find().filter(Column::InstanceUuid.eq(instance_uuid)).one(tx).await?;
    let mut spec = RequestSpec::empty();
    load(&mut spec, row.ok_or_else(|| not_found(instance_uuid))?)?;
    Ok(spec)
}

/// Makes the record, as Nova's JSON. The object keeps what belongs to this attempt only.
///
/// # Errors
/// `ObjectActionError` when it has an id already, or no instance.
pub async fn create_in(tx: &Tx, _: &RequestContext, spec: &mut RequestSpec) -> Result<(), ActionError> {
    if spec.id.is_set() {
        return Err(refused("create", "already created"));
    }
    let Some(uuid) = spec.instance_uuid.value() else {
        return Err(refused("create", "instance_uuid is required"));
    };
    let row = ActiveModel {
        instance_uuid: Set(uuid.to_string()),
        spec: Set(stored(spec)?),
        created_at: Set(Some(now(tx).await?)),
        ..Default::default()
    };
    let id = Entity::insert(row).exec(tx).await?.last_insert_id;
    spec.id.load(id);
    unmark(spec);
    Ok(())
}

/// Writes the whole spec.
///
/// # Errors
/// `RequestSpecNotFound` when the record is gone.
pub async fn save_in(tx: &Tx, _: &RequestContext, spec: &mut RequestSpec) -> Result<(), ActionError> {
    let uuid = spec.instance_uuid.get().map_err(Fault::from)?.to_string();
    let row =
        ActiveModel { spec: Set(stored(spec)?), updated_at: Set(Some(now(tx).await?)), ..Default::default() };
    Entity::update_many().set(row).filter(Column::InstanceUuid.eq(&uuid)).exec(tx).await?;
    let row = Entity::find().filter(Column::InstanceUuid.eq(&uuid)).one(tx).await?;
    load(spec, row.ok_or_else(|| not_found(&uuid))?)
}

/// Removes the record; `false` if there was none.
///
/// # Errors
/// The database's.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, instance_uuid: &str) -> Result<bool, ActionError> {
    let gone = Entity::delete_many().filter(Column::InstanceUuid.eq(instance_uuid)).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

fn not_found(uuid: &str) -> ActionError {
    ActionError::fault(RequestSpecNotFound { instance_uuid: uuid.to_owned() })
}

/// The JSON of what outlives one attempt to schedule.
fn stored(spec: &RequestSpec) -> Result<String, ActionError> {
    let RequestSpec { id, network_metadata, .. } = RequestSpec::empty();
    let mut kept = RequestSpec { id, network_metadata, ..spec.clone() };
    kept.retry.load(None);
    kept.ignore_hosts.load(None);
    kept.requested_destination.load(None);
    kept.requested_resources.load(None);
    let has_group = kept.instance_group.present().is_some();
    let text = to_json("a request spec", &kept)?;
    if has_group { without_group_members(&text) } else { Ok(text) }
}

/// Who is in the server group, and where, is asked anew for every attempt.
fn without_group_members(text: &str) -> Result<String, ActionError> {
    let internal = |error: serde_json::Error| Fault::internal("writing a request spec", &error);
    let mut spec: Value = serde_json::from_str(text).map_err(internal)?;
    if let Some(group) = spec.pointer_mut("/nova_object.data/instance_group/nova_object.data") {
        for key in ["members", "hosts"] {
            group[key] = Value::Null;
        }
    }
    Ok(serde_json::to_string(&spec).map_err(internal)?)
}

/// Takes what the store has into `spec`, which keeps what is never stored.
fn load(spec: &mut RequestSpec, row: Model) -> Result<(), ActionError> {
    let found: RequestSpec = from_json("a request spec", &row.spec)?;
    *spec = RequestSpec {
        requested_destination: spec.requested_destination.clone(),
        requested_resources: spec.requested_resources.clone(),
        network_metadata: spec.network_metadata.clone(),
        retry: spec.retry.clone(),
        ignore_hosts: spec.ignore_hosts.clone(),
        ..found
    };
    spec.id.load(row.id);
    spec.instance_uuid.load(row.instance_uuid);
    unmark(spec);
    Ok(())
}

fn unmark(spec: &mut RequestSpec) {
    if !spec.retry.is_set() {
        spec.retry.load(None);
    }
    if !spec.ignore_hosts.is_set() {
        spec.ignore_hosts.load(None);
    }
    spec.reset_changes();
}

#[async_trait]
impl RequestSpecActions for ApiStore {
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<RequestSpec, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned());
        look(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn create(&self, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), Fault> {
        change_object!(self.db(), cx, spec => create_in)
    }

    async fn save(&self, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), Fault> {
        change_object!(self.db(), cx, spec => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), Fault> {
        change_object!(self.db(), cx, spec => destroy_object_in)
    }
}

async fn destroy_object_in(tx: &Tx, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), ActionError> {
    let uuid = spec.instance_uuid.get().map_err(Fault::from)?.as_str();
    match destroy_in(tx, cx, uuid).await? {
        true => Ok(()),
        false => Err(not_found(uuid)),
    }
}
