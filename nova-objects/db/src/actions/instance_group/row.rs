//! A server group as rows.

use std::collections::BTreeMap;

use sea_orm::prelude::DateTime;

use super::*;
use crate::actions::store::{from_json, moment, to_json};
use crate::entity::instance_group::{ActiveModel, Model};

pub(super) fn new_row(group: &InstanceGroup, created_at: DateTime) -> Result<ActiveModel, ActionError> {
    Ok(ActiveModel {
        created_at: Set(Some(created_at)),
        user_id: Set(group.user_id.present().cloned()),
        project_id: Set(group.project_id.present().cloned()),
        uuid: Set(group.uuid.get().map_err(Fault::from)?.to_string()),
        name: Set(group.name.present().cloned()),
        ..Default::default()
    })
}

/// What the group asks. No rules are no text, as Nova has it.
pub(super) fn new_policy(
    group: &InstanceGroup,
    id: i32,
    created_at: DateTime,
) -> Result<policy::ActiveModel, ActionError> {
    let Some(name) = group.policy.present() else { return Err(refused("create", "policy is required")) };
    let rules = group.rules.value().filter(|rules| !rules.is_empty());
    Ok(policy::ActiveModel {
        created_at: Set(Some(created_at)),
        policy: Set(Some(name.clone())),
        group_id: Set(id),
        rules: Set(rules.map(|rules| to_json("rules of a server group", rules)).transpose()?),
        ..Default::default()
    })
}

/// Groups of these rows, each with its policy and its members.
pub(super) async fn with_parts(tx: &Tx, rows: Vec<Model>) -> Result<Vec<InstanceGroup>, ActionError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
    let mut members: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    let of_groups = member::Entity::find().filter(member::Column::GroupId.is_in(ids.iter().copied()));
    for row in of_groups.order_by_asc(member::Column::Id).all(tx).await? {
        members.entry(row.group_id).or_default().extend(row.instance_uuid);
    }
    let of_groups = policy::Entity::find().filter(policy::Column::GroupId.is_in(ids));
    let policies = of_groups.order_by_asc(policy::Column::Id).all(tx).await?;
    let group = |row: Model| {
        let members = members.remove(&row.id).unwrap_or_default();
        let policy = policies.iter().find(|policy| policy.group_id == row.id);
        to_object(row, policy, members)
    };
    rows.into_iter().map(group).collect()
}

fn to_object(
    row: Model,
    policy: Option<&policy::Model>,
    members: Vec<String>,
) -> Result<InstanceGroup, ActionError> {
    let mut group = InstanceGroup::empty();
    let rules = policy.and_then(|policy| policy.rules.as_deref()).filter(|text| !text.is_empty());
    group.rules.load(match rules {
        Some(text) => from_json("rules of a server group", text)?,
        None => BTreeMap::new(),
    });
    group.policy.load(policy.and_then(|policy| policy.policy.clone()));
    group.id.load(i64::from(row.id));
    group.uuid.load(row.uuid);
    group.name.load(row.name);
    group.user_id.load(row.user_id);
    group.project_id.load(row.project_id);
    group.members.load(Some(members));
    group.created_at.load(moment(row.created_at));
    group.updated_at.load(moment(row.updated_at));
    group.deleted_at.load(None);
    group.deleted.load(false);
    Ok(group)
}
