//! Server groups, in the API database, with their policies and members.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::InstanceGroup;
use nova_objects_catalog::exception::{InstanceGroupIdExists, InstanceGroupNotFound};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use self::row::{new_policy, new_row, with_parts};
use super::ApiStore;
use super::scope::by_project;
use super::store::{change_object, now, refused};
use crate::entity::instance_group::{Column, Entity};
use crate::entity::{instance_group_member as member, instance_group_policy as policy};
use crate::error::ActionError;
use crate::tx::Tx;

mod actions;
mod members;
mod row;

pub use self::members::{add_members_in, leave_in};

/// The group with its policy and members.
///
/// # Errors
/// `InstanceGroupNotFound`.
pub async fn get_in(tx: &Tx, _: &RequestContext, uuid: &str) -> Result<InstanceGroup, ActionError> {
    first_in(tx, Condition::all().add(Column::Uuid.eq(uuid))).await?.ok_or_else(|| not_found(uuid))
}

/// The same, and nobody else removes the group, or adds to it, until the transaction ends.
///
/// On PostgreSQL, what a transaction that is not [`Tx::read_committed`] read before may make it fail here and be tried
/// again.
///
/// # Errors
/// `InstanceGroupNotFound`.
pub async fn hold_in(tx: &Tx, _: &RequestContext, uuid: &str) -> Result<InstanceGroup, ActionError> {
    let row = members::held(tx, uuid).await?;
    with_parts(tx, vec![row]).await?.pop().ok_or_else(|| not_found(uuid))
}

/// The group that the instance is in.
///
/// # Errors
/// `InstanceGroupNotFound`.
pub async fn get_by_instance_in(
    tx: &Tx,
    _: &RequestContext,
    instance_uuid: &str,
) -> Result<InstanceGroup, ActionError> {
    let found = member::Entity::find().filter(member::Column::InstanceUuid.eq(instance_uuid));
    let row = found.order_by_asc(member::Column::Id).one(tx).await?;
    let group = row.ok_or_else(|| not_found(instance_uuid))?.group_id;
    first_in(tx, Condition::all().add(Column::Id.eq(group))).await?.ok_or_else(|| not_found(instance_uuid))
}

/// Groups by age: all, or those of a project; at most `limit` after the first `offset`.
///
/// # Errors
/// The database's.
pub async fn list_in(
    tx: &Tx,
    _: &RequestContext,
    project_id: Option<&str>,
    offset: u64,
    limit: Option<u64>,
) -> Result<Vec<InstanceGroup>, ActionError> {
    use sea_orm::QuerySelect;
    let of_project = project_id.map(|project| Column::ProjectId.eq(project));
    let found = Entity::find().filter(Condition::all().add_option(of_project)).order_by_asc(Column::Id);
    // SQLite and MySQL have no offset without a limit.
    let limit = limit.unwrap_or(i64::MAX.unsigned_abs());
    with_parts(tx, found.offset(offset).limit(limit).all(tx).await?).await
}

/// How many groups a project has, or a user of it.
///
/// # Errors
/// The database's.
pub async fn count_in(
    tx: &Tx,
    _: &RequestContext,
    project_id: &str,
    user_id: Option<&str>,
) -> Result<u64, ActionError> {
    let of_user = user_id.map(|user| Column::UserId.eq(user));
    let counted = Entity::find().filter(Column::ProjectId.eq(project_id));
    Ok(counted.filter(Condition::all().add_option(of_user)).count(tx).await?)
}

/// Makes the record with its policy and members; without a uuid it gets a new one.
///
/// # Errors
/// `InstanceGroupIdExists`; `ObjectActionError` when it has an id already.
pub async fn create_in(tx: &Tx, cx: &RequestContext, group: &mut InstanceGroup) -> Result<(), ActionError> {
    if group.id.is_set() {
        return Err(refused("create", "already created"));
    }
    if !group.uuid.is_set() {
        group.uuid.set(tx.new_id());
    }
    let uuid = group.uuid.get().map_err(Fault::from)?.to_string();
    if Entity::find().filter(Column::Uuid.eq(&uuid)).one(tx).await?.is_some() {
        return Err(ActionError::fault(InstanceGroupIdExists { group_uuid: uuid }));
    }
    let created_at = now(tx).await?;
    let row = new_row(group, created_at)?.insert(tx).await?;
    new_policy(group, row.id, created_at)?.insert(tx).await?;
    let members = group.members.present().cloned().unwrap_or_default();
    add_members_in(tx, cx, &uuid, &members).await?;
    *group = get_in(tx, cx, &uuid).await?;
    Ok(())
}

/// Removes the record with its policy and members. Its servers stay what they are, in no group.
///
/// # Errors
/// `InstanceGroupNotFound` when there is none, or no longer.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, uuid: &str) -> Result<(), ActionError> {
    let row = members::held(tx, uuid).await?;
    member::Entity::delete_many().filter(member::Column::GroupId.eq(row.id)).exec(tx).await?;
    policy::Entity::delete_many().filter(policy::Column::GroupId.eq(row.id)).exec(tx).await?;
    match Entity::delete_by_id(row.id).exec(tx).await?.rows_affected {
        0 => Err(not_found(uuid)),
        _ => Ok(()),
    }
}

async fn first_in(tx: &Tx, condition: Condition) -> Result<Option<InstanceGroup>, ActionError> {
    let row = Entity::find().filter(condition).order_by_asc(Column::Id).one(tx).await?;
    Ok(with_parts(tx, row.into_iter().collect()).await?.pop())
}

/// The first group of that name that the context may see.
async fn get_by_name_in(tx: &Tx, cx: &RequestContext, name: &str) -> Result<InstanceGroup, ActionError> {
    let condition = Condition::all().add(Column::Name.eq(name)).add(by_project(cx, Column::ProjectId));
    first_in(tx, condition).await?.ok_or_else(|| not_found(name))
}

fn not_found(uuid: &str) -> ActionError {
    ActionError::fault(InstanceGroupNotFound { group_uuid: uuid.to_owned() })
}
