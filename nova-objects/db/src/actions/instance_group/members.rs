//! Who is in a server group.

use std::collections::BTreeSet;

use sea_orm::QuerySelect;

use super::*;
use crate::entity::instance_group::Model;

/// Adds instances to the group; those that are in it already stay so. Gives all its members, by age.
///
/// Nobody else adds to the group until the transaction ends.
///
/// # Errors
/// `InstanceGroupNotFound`.
pub async fn add_members_in(
    tx: &Tx,
    _: &RequestContext,
    group_uuid: &str,
    instance_uuids: &[String],
) -> Result<Vec<String>, ActionError> {
    let group = held(tx, group_uuid).await?;
    let mut members = members_of(tx, group.id).await?;
    let known: BTreeSet<&String> = members.iter().collect();
    let new: Vec<_> = instance_uuids.iter().filter(|uuid| !known.contains(uuid)).cloned().collect();
    if new.is_empty() {
        return Ok(members);
    }
    let created_at = now(tx).await?;
    let rows = new.iter().map(|uuid| member::ActiveModel {
        created_at: Set(Some(created_at)),
        instance_uuid: Set(Some(uuid.clone())),
        group_id: Set(group.id),
        ..Default::default()
    });
    member::Entity::insert_many(rows).exec_without_returning(tx).await?;
    members.extend(new);
    Ok(members)
}

/// Takes the instance out of whatever group it is in; `false` if it was in none. For an instance that is gone.
///
/// # Errors
/// The database's.
pub async fn leave_in(tx: &Tx, _: &RequestContext, instance_uuid: &str) -> Result<bool, ActionError> {
    let of_instance = member::Entity::delete_many().filter(member::Column::InstanceUuid.eq(instance_uuid));
    Ok(of_instance.exec(tx).await?.rows_affected > 0)
}

/// The group's row, which nobody else changes until the transaction ends.
pub(super) async fn held(tx: &Tx, uuid: &str) -> Result<Model, ActionError> {
    let row = Entity::find().filter(Column::Uuid.eq(uuid)).lock_exclusive().one(tx).await?;
    row.ok_or_else(|| not_found(uuid))
}

async fn members_of(tx: &Tx, group: i32) -> Result<Vec<String>, ActionError> {
    let rows = member::Entity::find().filter(member::Column::GroupId.eq(group));
    let rows = rows.order_by_asc(member::Column::Id).all(tx).await?;
    Ok(rows.into_iter().filter_map(|row| row.instance_uuid).collect())
}
