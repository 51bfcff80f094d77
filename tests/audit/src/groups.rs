//! Server groups: who is in them, and whether their servers are where they may be.

use std::collections::BTreeMap;

use nova_objects_db::actions::instance_group;
use nova_objects_db::entity::instance::Model;
use nova_objects_db::{ActionError, Db, DbError};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

use crate::audit::Finding;

/// What a hard policy asks, as the database has it. Not by the code that schedules.
enum Asked {
    Together,
    AtMost(usize),
    Nothing,
}

/// A server group, as the API database knows it.
pub(crate) struct Group {
    pub(crate) uuid: String,
    asked: Asked,
    members: Vec<String>,
}

impl Group {
    /// How many members a host may have, if not any number.
    pub(crate) fn most_on_a_host(&self) -> Option<usize> {
        match self.asked {
            Asked::AtMost(most) => Some(most),
            Asked::Together | Asked::Nothing => None,
        }
    }
}

/// Every server group.
pub(crate) async fn read(api: &Db) -> Result<Vec<Group>, ActionError> {
    let cx = nova_core::RequestContext::admin(api.env());
    let groups = api.query(move |tx| {
        let cx = cx.clone();
        async move { instance_group::list_in(&tx, &cx, None, 0, None).await }
    });
    let group = |group: nova_objects_catalog::InstanceGroup| {
        let most = group.rules.value().and_then(|rules| rules.get("max_server_per_host")?.parse().ok());
        let asked = match group.policy.present().map(String::as_str) {
            Some("affinity") => Asked::Together,
            Some("anti-affinity") => Asked::AtMost(most.unwrap_or(1)),
            _ => Asked::Nothing,
        };
        let uuid = group.uuid.value().map(ToString::to_string).unwrap_or_default();
        Group { uuid, asked, members: group.members.into_value().flatten().unwrap_or_default() }
    };
    Ok(groups.await?.into_iter().map(group).collect())
}

/// Consumer to the group that placement knows it in.
pub(crate) async fn memberships(placement: &Db) -> BTreeMap<String, String> {
    let rows = placement.query(|tx| async move {
        let column = |name: &'static str| Expr::col(Alias::new(name));
        let members = Query::select()
            .expr_as(column("uuid"), Alias::new("uuid"))
            .expr_as(column("group_id"), Alias::new("group_id"))
            .from(Alias::new("consumers"))
            .and_where(column("group_id").is_not_null())
            .to_owned();
        let rows = tx.query_all(&members).await?;
        rows.iter()
            .map(|row| Ok::<_, DbError>((row.try_get("", "uuid")?, row.try_get("", "group_id")?)))
            .collect()
    });
    rows.await.expect("placement's tables can be read")
}

/// What is not as it must be, given the live records and the placement's memberships.
pub(crate) fn check(
    groups: &[Group],
    memberships: &BTreeMap<String, String>,
    live: &[&Model],
    waiting: &[String],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Group { uuid: group, asked, members } in groups {
        let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
        for member in members {
            let record = live.iter().find(|record| record.uuid == *member);
            if record.is_none() && !waiting.contains(member) {
                findings.push(Finding::StrangeMember(format!("{member} of the server group {group}")));
            }
            let Some(host) = record.and_then(|record| record.host.as_deref()) else { continue };
            *hosts.entry(host).or_default() += 1;
            if memberships.get(member) != Some(group) {
                let text = format!("{member} is in the server group {group}, and placement does not know it");
                findings.push(Finding::Books(text));
            }
        }
        let broken = match asked {
            Asked::Nothing => false,
            Asked::Together => hosts.len() > 1,
            Asked::AtMost(most) => hosts.values().any(|there| there > most),
        };
        if broken {
            findings.push(Finding::GroupPolicy(format!("{group} has members on {hosts:?}")));
        }
    }
    for (consumer, group) in memberships {
        if !live.iter().any(|record| record.uuid == *consumer && record.host.is_some()) {
            let text = format!("{consumer} is in the group {group} of placement, and on no host");
            findings.push(Finding::Leftover(text));
        }
    }
    findings
}
