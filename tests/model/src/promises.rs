//! What users were promised of a server's actions, compared with what is written down.

use std::collections::BTreeMap;

use nova_audit::Sources;
use nova_objects_db::{Db, DbError, entity};
use nova_rpcapi::operations::PowerAction;
use sea_orm::prelude::DateTime;
use sea_orm::{EntityTrait, QueryOrder};

use crate::users::Changes;

/// Promises that are not kept when everything rests: each accepted action is written down, once; and a server is as the
/// last of its actions that did not fail says.
pub(crate) async fn broken(asked: &Changes, sources: &Sources) -> Vec<String> {
    let actions = actions(sources.db.cell1()).await;
    let mut found: Vec<_> = asked
        .iter()
        .filter_map(|((id, name), asked)| {
            let of = actions.get(&id.to_string()).into_iter().flatten();
            let written = of.filter(|action| action.action.as_deref() == Some(*name)).count();
            // A machine that changed by itself is stopped as if a user had asked.
            let most = if *name == "stop" { usize::MAX } else { asked.attempts };
            let kept = (asked.accepted..=most).contains(&written);
            (!kept).then(|| format!("{id}: {name} is written down {written} times, and was {asked:?}"))
        })
        .collect();
    for instance in live(sources.db.cell1()).await {
        let Some(last) = actions.get(&instance.uuid).and_then(|all| all.last()) else { continue };
        let name = last.action.as_deref().unwrap_or_default();
        let vm_state = instance.vm_state.as_deref().unwrap_or_default();
        if last.message.is_none() && !may_be_in(vm_state, name) {
            let history = actions[&instance.uuid].iter().map(told).collect::<Vec<_>>().join("; ");
            found
                .push(format!("{} is {vm_state} after {name}, which did not fail: {history}", instance.uuid));
        }
    }
    found
}

/// An action in a few words.
fn told(action: &entity::instance_action::Model) -> String {
    let time = |time: Option<DateTime>| time.map(|time| time.to_string()).unwrap_or_default();
    let name = action.action.as_deref().unwrap_or_default();
    format!("{name} {} to {} {:?}", time(action.start_time), time(action.finish_time), action.message)
}

/// Whether a server may rest in this vm state after an action of this name that did not fail.
fn may_be_in(vm_state: &str, action: &str) -> bool {
    match action {
        "create" => vm_state == "active",
        "rebuild" => ["active", "stopped"].contains(&vm_state),
        _ => {
            let named = |power: &PowerAction| power.rule().name == action;
            PowerAction::ALL
                .into_iter()
                .find(named)
                .is_none_or(|one| one.rule().vm_state.as_str() == vm_state)
        }
    }
}

/// The actions of each instance, in the order of their acceptance.
async fn actions(db: &Db) -> BTreeMap<String, Vec<entity::instance_action::Model>> {
    use entity::instance_action::{Column, Entity};
    let rows = db
        .query(|tx| async move { Ok::<_, DbError>(Entity::find().order_by_asc(Column::Id).all(&tx).await?) });
    let mut by_instance = BTreeMap::<_, Vec<_>>::new();
    for row in rows.await.expect("actions can be read") {
        by_instance.entry(row.instance_uuid.clone().unwrap_or_default()).or_default().push(row);
    }
    by_instance
}

async fn live(db: &Db) -> Vec<entity::instance::Model> {
    let rows =
        db.query(|tx| async move { Ok::<_, DbError>(entity::instance::Entity::find().all(&tx).await?) });
    let rows = rows.await.expect("instances can be read");
    rows.into_iter().filter(|row| row.deleted == 0).collect()
}
