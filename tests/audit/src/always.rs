//! What must hold at every moment.

use std::collections::{BTreeMap, BTreeSet};

use nova_objects_db::{Db, DbError};
use nova_virt::PowerState;
use nova_virt::fake::{Store, StoreError};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use uuid::Uuid;

use crate::audit::{Finding, Sources};
use crate::groups;

/// Hosts that gave more than they have, as the sum of what is allocated and not as anybody noted it.
const OVERSOLD: &str = "\
    SELECT p.name AS host, i.resource_class AS class, SUM(a.used) AS used, \
           (i.total - i.reserved) * i.allocation_ratio AS capacity \
    FROM inventories i \
    JOIN allocations a ON a.resource_provider_id = i.resource_provider_id AND a.resource_class = i.resource_class \
    JOIN resource_providers p ON p.uuid = i.resource_provider_id \
    GROUP BY p.name, i.resource_class, i.total, i.reserved, i.allocation_ratio \
    HAVING SUM(a.used) > (i.total - i.reserved) * i.allocation_ratio";

/// What does not hold now and must hold always: no instance runs on two hosts, no host is oversold, no server group holds
/// more of a host than its policy lets it.
///
/// # Errors
/// A database or a hypervisor cannot be read: then there is nothing to say.
pub async fn always(sources: &Sources) -> Result<BTreeSet<Finding>, nova_core::BoxError> {
    let mut findings = oversold(&sources.placement_db).await?;
    findings.extend(runs_twice(&sources.hypervisors)?);
    findings.extend(crowded(sources).await?);
    Ok(findings)
}

/// How many members of each group hold something of each host.
const MEMBERS: &str = "\
    SELECT c.group_id AS server_group, p.name AS host, COUNT(DISTINCT c.uuid) AS members \
    FROM consumers c \
    JOIN allocations a ON a.consumer_id = c.uuid \
    JOIN resource_providers p ON p.uuid = a.resource_provider_id \
    WHERE c.group_id IS NOT NULL GROUP BY c.group_id, p.name";

async fn crowded(sources: &Sources) -> Result<BTreeSet<Finding>, nova_core::BoxError> {
    let rows = sources.placement_db.query(|tx| async move {
        let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), MEMBERS)).await?;
        let there = |row: &sea_orm::QueryResult| {
            let (group, host): (String, String) =
                (row.try_get("", "server_group")?, row.try_get("", "host")?);
            Ok::<_, DbError>((group, host, row.try_get::<i64>("", "members")?))
        };
        rows.iter().map(there).collect::<Result<Vec<_>, _>>()
    });
    let rows = rows.await?;
    // One is never too many.
    if rows.iter().all(|(_, _, members)| *members < 2) {
        return Ok(BTreeSet::new());
    }
    let groups = groups::read(sources.db.api()).await?;
    let too_many = rows.into_iter().filter(|(group, _, members)| {
        let most = groups.iter().find(|own| own.uuid == *group).and_then(groups::Group::most_on_a_host);
        most.is_some_and(|most| u64::try_from(*members).unwrap_or(0) > most as u64)
    });
    let finding =
        |(group, host, members)| Finding::GroupPolicy(format!("{group} holds {members} places of {host}"));
    Ok(too_many.map(finding).collect())
}

async fn oversold(placement: &Db) -> Result<BTreeSet<Finding>, DbError> {
    placement
        .query(|tx| async move {
            let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), OVERSOLD)).await?;
            let finding = |row: &sea_orm::QueryResult| {
                let (host, class): (String, String) = (row.try_get("", "host")?, row.try_get("", "class")?);
                let used: i64 = row.try_get("", "used")?;
                let capacity: f64 = row.try_get("", "capacity")?;
                Ok::<_, DbError>(Finding::Oversold(format!("{host}: {used} of {capacity} {class}")))
            };
            rows.iter().map(finding).collect()
        })
        .await
}

/// The steps of operations that have not ended: kind and step, `build spawn`.
///
/// # Errors
/// A database cannot be read.
pub async fn open_steps(sources: &Sources) -> Result<BTreeSet<String>, nova_core::BoxError> {
    use nova_objects_db::entity::operation::{Column, Entity};
    let mut steps = BTreeSet::new();
    for db in [sources.db.api(), sources.db.cell1()] {
        let open = db.query(|tx| async move {
            let open = Entity::find().filter(Column::Status.is_in(["open", "compensating"]));
            Ok::<_, DbError>(open.all(&tx).await?)
        });
        steps.extend(open.await?.into_iter().map(|row| format!("{} {}", row.kind, row.step)));
    }
    Ok(steps)
}

/// Every instance that has a live record in a cell, or a machine.
///
/// # Errors
/// A database or a hypervisor cannot be read.
pub async fn alive(sources: &Sources) -> Result<BTreeSet<String>, nova_core::BoxError> {
    use nova_objects_db::entity::instance::{Column, Entity};
    let mut alive = BTreeSet::new();
    for cell in [sources.db.cell0(), sources.db.cell1()] {
        let live = cell.query(|tx| async move {
            Ok::<_, DbError>(Entity::find().filter(Column::Deleted.eq(0)).all(&tx).await?)
        });
        alive.extend(live.await?.into_iter().map(|instance| instance.uuid));
    }
    for store in sources.hypervisors.values() {
        alive.extend(store.list()?.iter().map(|machine| machine.spec.uuid.to_string()));
    }
    Ok(alive)
}

/// The machines that run on more than one of `hypervisors`. It asks no database.
///
/// # Errors
/// A hypervisor's store cannot be read.
pub fn runs_twice(hypervisors: &BTreeMap<String, Store>) -> Result<BTreeSet<Finding>, StoreError> {
    let mut hosts_of: BTreeMap<Uuid, Vec<&str>> = BTreeMap::new();
    for (host, store) in hypervisors {
        for machine in store.list()? {
            if machine.state == PowerState::Running {
                hosts_of.entry(machine.spec.uuid).or_default().push(host);
            }
        }
    }
    let twice = hosts_of.into_iter().filter(|(_, hosts)| hosts.len() > 1);
    Ok(twice.map(|(uuid, hosts)| Finding::TwoMachines(format!("{uuid} runs on {hosts:?}"))).collect())
}

#[cfg(test)]
mod tests {
    use nova_core::Env;
    use nova_virt::MachineSpec;

    use super::*;

    #[test]
    fn a_machine_that_runs_on_two_hosts_is_found_and_one_that_is_off_is_not() {
        let env = Env::builder().seed(1).build();
        let hosts = ["host-1", "host-2"].map(|host| (host.to_owned(), Store::memory()));
        let hypervisors = BTreeMap::from(hosts);
        let spec = MachineSpec::smallest(env.new_id(), "host-1");
        for store in hypervisors.values() {
            assert!(runs_twice(&hypervisors).unwrap().is_empty());
            assert!(store.outside(&env).start_foreign(spec.clone()).unwrap());
        }
        let found = runs_twice(&hypervisors).unwrap();
        assert!(
            matches!(found.first(), Some(Finding::TwoMachines(text)) if text.contains("host-2")),
            "{found:?}"
        );
        hypervisors["host-2"].outside(&env).kill(spec.uuid).unwrap();
        assert!(runs_twice(&hypervisors).unwrap().is_empty());
    }
}
