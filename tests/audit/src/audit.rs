//! What must hold when a cloud is at rest, read from the databases and the hypervisors, never from a service.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use nova_core::{Env, RequestContext};
use nova_neighbours::placement::Placement;
use nova_objects_db::{Db, DbError, NovaDb, entity};
use nova_virt::PowerState;
use nova_virt::fake::Store;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::groups::{self, Group};

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// An operation has not ended.
    OpenOperation(String),
    /// An instance is on its way somewhere.
    Restless(String),
    /// A machine without a live record on that host.
    GhostMachine(String),
    /// A record says that there is a machine, and how it is, and there is none, or it is otherwise.
    VanishedMachine(String),
    /// A machine on two hosts.
    TwoMachines(String),
    /// What is held is not what lives.
    Books(String),
    /// A host gave more than it has.
    Oversold(String),
    /// Something of a deleted or buried instance is left.
    Leftover(String),
    /// The hypervisor was told the same twice, and did it twice.
    DoubleEffect(String),
    /// A machine came or went out of turn on a host, or its disk is left.
    Journal(String),
    /// A record lacks what its state promises.
    Incomplete(String),
    /// Servers of a group are where its policy does not let them be.
    GroupPolicy(String),
    /// A server group names a server that is not there.
    StrangeMember(String),
}

/// What an audit reads: everything that is written down, and nothing that a service remembers. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    /// Nova's databases.
    pub db: NovaDb,
    /// The database of placement.
    pub placement_db: Db,
    /// Placement as schedulers see it.
    pub placement: Arc<dyn Placement>,
    /// The hypervisors, by host.
    pub hypervisors: BTreeMap<String, Store>,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Everything that is not as it must be, ordered.
    pub findings: BTreeSet<Finding>,
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "  {finding:?}"))
    }
}

/// What the cloud is made of, as read.
struct Seen {
    instances: Vec<entity::instance::Model>,
    buried: Vec<entity::instance::Model>,
    open: Vec<String>,
    build_requests: Vec<String>,
    request_specs: Vec<String>,
    mappings: Vec<entity::instance_mapping::Model>,
    machines: BTreeMap<String, Vec<(Uuid, PowerState)>>,
    /// Consumer to host to resources.
    held: BTreeMap<Uuid, BTreeMap<String, BTreeMap<String, u64>>>,
    /// Host to class to (capacity, used).
    used: BTreeMap<String, BTreeMap<String, (u64, u64)>>,
    doubled: Vec<String>,
    /// What the journals of the hypervisors say of machines, out of turn.
    journal: Vec<String>,
    cell0: Dependents,
    cell1: Dependents,
    /// The cells' ids, cell0 first.
    cells: [Option<i64>; 2],
    /// Consumers that may claim, as placement's own tables know them.
    consumers: BTreeSet<String>,
    groups: Vec<Group>,
    /// Consumer to group, as placement knows it.
    memberships: BTreeMap<String, String>,
}

/// What hangs on the instances of a cell.
struct Dependents {
    actions: Vec<entity::instance_action::Model>,
    events: Vec<entity::instance_action_event::Model>,
    /// Table, instance, whether the row is deleted.
    rows: Vec<(&'static str, String, bool)>,
    /// Instances whose extra row has a flavor.
    with_flavor: BTreeSet<String>,
}

impl Audit {
    /// Reads everything and compares.
    ///
    /// # Panics
    /// If a database or a hypervisor cannot be read: then there is nothing to say.
    pub async fn of(sources: &Sources) -> Self {
        let seen = Seen::read(sources).await;
        let mut audit = Self::default();
        audit.at_rest(&seen);
        audit.machines(&seen);
        audit.books(&seen);
        audit.leftovers(&seen);
        audit.mappings(&seen);
        audit.completeness(&seen);
        let alive: Vec<_> = live(&seen.instances).chain(live(&seen.buried)).collect();
        audit.findings.extend(groups::check(&seen.groups, &seen.memberships, &alive, &seen.build_requests));
        audit.dependents("cell0", &seen.buried, &seen.cell0);
        audit.dependents("cell1", &seen.instances, &seen.cell1);
        audit
    }

    /// A live record is mapped to its cell and has its request spec.
    fn mappings(&mut self, seen: &Seen) {
        for (instances, cell) in [(&seen.buried, seen.cells[0]), (&seen.instances, seen.cells[1])] {
            for uuid in live(instances).map(|instance| &instance.uuid) {
                let mapping = seen.mappings.iter().find(|mapping| mapping.instance_uuid == *uuid);
                let cell_of = mapping.and_then(|mapping| mapping.cell_id).map(i64::from);
                if cell_of != cell || mapping.is_some_and(|one| one.queued_for_delete == Some(true)) {
                    self.findings.insert(Finding::Incomplete(format!("{uuid} of {cell:?} has {mapping:?}")));
                }
                if !seen.request_specs.contains(uuid) {
                    self.findings.insert(Finding::Incomplete(format!("{uuid} has no request spec")));
                }
            }
        }
    }

    /// What has run says where and since when; what is in ERROR is on a host or nowhere; what is live has a flavor.
    fn completeness(&mut self, seen: &Seen) {
        for instance in live(&seen.instances).chain(live(&seen.buried)) {
            let entity::instance::Model { uuid, vm_state, host, node, launched_at, .. } = instance;
            let whole = match vm_state.as_deref() {
                Some(state) if power_of(state).is_some() => {
                    host.is_some() && node.is_some() && launched_at.is_some()
                }
                Some("error") => host.is_some() == node.is_some(),
                _ => true,
            };
            let has_flavor = seen.cell1.with_flavor.contains(uuid) || seen.cell0.with_flavor.contains(uuid);
            if !whole || !has_flavor {
                let text =
                    format!("{uuid} {vm_state:?} {host:?} {node:?} {launched_at:?} flavor {has_flavor}");
                self.findings.insert(Finding::Incomplete(text));
            }
        }
    }

    /// What hangs on an instance lives and dies with it, and what happened to it has ended once it rests.
    fn dependents(&mut self, cell: &str, instances: &[entity::instance::Model], of: &Dependents) {
        let known: BTreeMap<&str, bool> =
            instances.iter().map(|instance| (&*instance.uuid, instance.deleted == 0)).collect();
        for (table, uuid, deleted) in &of.rows {
            if known.get(&**uuid).is_none_or(|lives| !lives && !deleted) {
                self.findings.insert(Finding::Leftover(format!("{cell}: a row of {table} of {uuid}")));
            }
        }
        for action in &of.actions {
            let uuid = action.instance_uuid.as_deref().unwrap_or_default();
            if !known.contains_key(uuid) {
                let text = format!("{cell}: the action {:?} of {uuid}", action.action);
                self.findings.insert(Finding::Leftover(text));
            }
        }
        for event in &of.events {
            let action = of.actions.iter().find(|action| Some(action.id) == event.action_id);
            let Some(action) = action else {
                self.findings.insert(Finding::Leftover(format!("{cell}: the event {:?}", event.event)));
                continue;
            };
            let rests = action.instance_uuid.as_deref().and_then(|uuid| known.get(uuid)) == Some(&true);
            if rests && event.finish_time.is_none() {
                let text = format!("event {:?} of {:?}", event.event, action.instance_uuid);
                self.findings.insert(Finding::Restless(text));
            }
        }
        for action in of.actions.iter().filter(|one| one.action.as_deref() == Some("delete")) {
            let uuid = action.instance_uuid.as_deref().unwrap_or_default();
            if known.get(uuid) == Some(&false) && action.finish_time.is_none() {
                self.findings.insert(Finding::Restless(format!("the action delete of {uuid}")));
            }
        }
    }

    fn at_rest(&mut self, seen: &Seen) {
        self.findings.extend(seen.open.iter().cloned().map(Finding::OpenOperation));
        let moving = live(&seen.instances).filter(|instance| {
            instance.task_state.is_some() || instance.vm_state.as_deref() == Some("building")
        });
        let moving = moving
            .map(|instance| format!("{} {:?} {:?}", instance.uuid, instance.vm_state, instance.task_state));
        self.findings.extend(moving.map(Finding::Restless));
    }

    fn machines(&mut self, seen: &Seen) {
        let mut hosts_of: BTreeMap<Uuid, Vec<&str>> = BTreeMap::new();
        for (host, machines) in &seen.machines {
            for (uuid, _) in machines {
                hosts_of.entry(*uuid).or_default().push(host);
                let known = live(&seen.instances).any(|instance| {
                    instance.uuid == uuid.to_string() && instance.host.as_deref() == Some(host)
                });
                if !known {
                    self.findings.insert(Finding::GhostMachine(format!("{uuid} on {host}")));
                }
            }
        }
        for (uuid, hosts) in hosts_of.iter().filter(|(_, hosts)| hosts.len() > 1) {
            self.findings.insert(Finding::TwoMachines(format!("{uuid} on {hosts:?}")));
        }
        for instance in live(&seen.instances) {
            let entity::instance::Model { uuid, vm_state, power_state, host, .. } = instance;
            let Some(expected) = vm_state.as_deref().and_then(power_of) else { continue };
            let machines = host.as_ref().and_then(|host| seen.machines.get(host)).into_iter().flatten();
            let found = machines.filter(|(id, _)| id.to_string() == *uuid).map(|(_, state)| *state).next();
            if found != Some(expected) || *power_state != Some(i32::from(expected.code())) {
                let text =
                    format!("{uuid} on {host:?} is {vm_state:?} {power_state:?}, its machine {found:?}");
                self.findings.insert(Finding::VanishedMachine(text));
            }
        }
        self.findings.extend(seen.doubled.iter().cloned().map(Finding::DoubleEffect));
        self.findings.extend(seen.journal.iter().cloned().map(Finding::Journal));
    }

    fn books(&mut self, seen: &Seen) {
        for (consumer, hosts) in &seen.held {
            let owner = live(&seen.instances).find(|instance| instance.uuid == consumer.to_string());
            let rightful = owner.and_then(|instance| instance.host.clone());
            if hosts.len() != 1 || hosts.keys().next() != rightful.as_ref() {
                let text = format!("{consumer} holds of {:?}, lives on {rightful:?}", hosts.keys());
                self.findings.insert(Finding::Books(text));
            }
        }
        for instance in live(&seen.instances).filter(|instance| instance.host.is_some()) {
            let holds = instance.uuid.parse().is_ok_and(|uuid: Uuid| seen.held.contains_key(&uuid));
            if !holds {
                self.findings.insert(Finding::Books(format!("{} holds nothing", instance.uuid)));
            }
        }
        for consumer in &seen.consumers {
            let held = consumer.parse().is_ok_and(|uuid: Uuid| seen.held.contains_key(&uuid));
            if !held {
                let text = format!("{consumer} holds nothing and might yet claim");
                self.findings.insert(Finding::Books(text));
            }
        }
        for (host, classes) in &seen.used {
            for (class, (capacity, used)) in classes.iter().filter(|(_, (capacity, used))| used > capacity) {
                let text = format!("{host}: {used} of {capacity} {class}");
                self.findings.insert(Finding::Oversold(text));
            }
        }
    }

    fn leftovers(&mut self, seen: &Seen) {
        let lives = |uuid: &String| {
            live(&seen.instances).chain(live(&seen.buried)).any(|instance| instance.uuid == *uuid)
        };
        let build_requests = seen.build_requests.iter().map(|uuid| format!("build request of {uuid}"));
        let specs = seen
            .request_specs
            .iter()
            .filter(|uuid| !lives(uuid))
            .map(|uuid| format!("request spec of {uuid}"));
        let mappings = seen.mappings.iter().filter(|mapping| {
            let queued = mapping.queued_for_delete == Some(true);
            mapping.cell_id.is_none() || (!queued && !lives(&mapping.instance_uuid))
        });
        let mappings = mappings.map(|mapping| format!("mapping of {}", mapping.instance_uuid));
        let both = live(&seen.instances).filter(|one| live(&seen.buried).any(|other| other.uuid == one.uuid));
        let both = both.map(|instance| format!("{} is in both cells", instance.uuid));
        self.findings.extend(build_requests.chain(specs).chain(mappings).chain(both).map(Finding::Leftover));
    }
}

/// How the machine of an instance in this vm state is; `None` if there need not be one.
fn power_of(vm_state: &str) -> Option<PowerState> {
    match vm_state {
        "active" => Some(PowerState::Running),
        "stopped" => Some(PowerState::Shutdown),
        "paused" => Some(PowerState::Paused),
        "suspended" => Some(PowerState::Suspended),
        _ => None,
    }
}

fn live(instances: &[entity::instance::Model]) -> impl Iterator<Item = &entity::instance::Model> {
    instances.iter().filter(|instance| instance.deleted == 0)
}

impl Seen {
    async fn read(sources: &Sources) -> Self {
        let db = &sources.db;
        let (held, used) = placement(sources).await;
        let mut open = open_operations(db.api()).await;
        open.extend(open_operations(db.cell1()).await);
        Self {
            instances: all::<entity::instance::Entity>(db.cell1()).await,
            buried: all::<entity::instance::Entity>(db.cell0()).await,
            open,
            build_requests: all::<entity::build_request::Entity>(db.api())
                .await
                .into_iter()
                .filter_map(|request| request.instance_uuid)
                .collect(),
            request_specs: all::<entity::request_spec::Entity>(db.api())
                .await
                .into_iter()
                .map(|spec| spec.instance_uuid)
                .collect(),
            mappings: all::<entity::instance_mapping::Entity>(db.api()).await,
            machines: machines(sources),
            held,
            used,
            doubled: doubled(sources),
            journal: sources.hypervisors.iter().flat_map(|(host, store)| out_of_turn(host, store)).collect(),
            cell0: Dependents::read(db.cell0()).await,
            cell1: Dependents::read(db.cell1()).await,
            cells: [db.cell0_mapping(), db.cell1_mapping()].map(|cell| cell.id.value().copied()),
            consumers: consumers(&sources.placement_db).await,
            groups: groups::read(db.api()).await.expect("server groups can be read"),
            memberships: groups::memberships(&sources.placement_db).await,
        }
    }
}

impl Dependents {
    async fn read(db: &Db) -> Self {
        let mut rows = Vec::new();
        for row in all::<entity::instance_fault::Entity>(db).await {
            rows.push(("instance_faults", row.instance_uuid.unwrap_or_default(), row.deleted != 0));
        }
        for row in all::<entity::instance_info_cache::Entity>(db).await {
            rows.push(("instance_info_caches", row.instance_uuid, row.deleted != 0));
        }
        for row in all::<entity::instance_system_metadata::Entity>(db).await {
            rows.push(("instance_system_metadata", row.instance_uuid, row.deleted != 0));
        }
        for row in all::<entity::block_device_mapping::Entity>(db).await {
            rows.push(("block_device_mapping", row.instance_uuid.unwrap_or_default(), row.deleted != 0));
        }
        let extra = all::<entity::instance_extra::Entity>(db).await;
        rows.extend(extra.iter().map(|row| ("instance_extra", row.instance_uuid.clone(), row.deleted != 0)));
        let with_flavor = extra.into_iter().filter(|row| row.flavor.is_some());
        Self {
            actions: all::<entity::instance_action::Entity>(db).await,
            events: all::<entity::instance_action_event::Entity>(db).await,
            rows,
            with_flavor: with_flavor.map(|row| row.instance_uuid).collect(),
        }
    }
}

/// Everybody whom placement's tables know to hold something, or to be able to.
async fn consumers(placement: &Db) -> BTreeSet<String> {
    let rows = placement.query(|tx| async move {
        let from = |table: &'static str, column: &'static str| {
            let mut select = Query::select();
            select.expr_as(Expr::col(Alias::new(column)), Alias::new("uuid")).from(Alias::new(table));
            select
        };
        let mut all = tx.query_all(&from("allocations", "consumer_id")).await?;
        let mut not_retired = from("consumers", "uuid");
        not_retired.and_where(Expr::col(Alias::new("retired_at")).is_null());
        all.extend(tx.query_all(&not_retired).await?);
        all.iter().map(|row| Ok::<_, DbError>(row.try_get::<String>("", "uuid")?)).collect()
    });
    rows.await.expect("placement's tables can be read")
}

/// A machine is made, then destroyed, in turns; what is left in the end is what is listed, with its disk and no other.
fn out_of_turn(host: &str, store: &Store) -> Vec<String> {
    use nova_virt::fake::Effect;
    let mut there = BTreeSet::new();
    let mut found = Vec::new();
    for entry in store.journal().expect("a journal can be read") {
        let Some(uuid) = entry.uuid else { continue };
        let in_turn = match entry.effect {
            Effect::Spawned { .. } => there.insert(uuid),
            Effect::Destroyed { .. } => there.remove(&uuid),
            _ => true,
        };
        if !in_turn {
            found.push(format!("{host}: {} of {uuid} out of turn", entry.effect.name()));
        }
    }
    let listed: BTreeSet<_> =
        store.list().expect("a store can be read").iter().map(|one| one.spec.uuid).collect();
    let left = store.disks().expect("a store can be read").into_iter().filter(|disk| !listed.contains(disk));
    found.extend(left.map(|disk| format!("{host}: the disk of {disk}")));
    found.extend(there.symmetric_difference(&listed).map(|uuid| format!("{host}: {uuid} is not as written")));
    found
}

async fn all<E: EntityTrait>(db: &Db) -> Vec<E::Model>
where
    E::Model: Send + 'static,
{
    db.query(|tx| async move { Ok::<_, DbError>(E::find().all(&tx).await?) })
        .await
        .expect("a table can be read")
}

async fn open_operations(db: &Db) -> Vec<String> {
    let open = db.query(|tx| async move {
        let open = entity::operation::Entity::find()
            .filter(entity::operation::Column::Status.is_in(["open", "compensating"]))
            .all(&tx)
            .await?;
        Ok::<_, DbError>(open)
    });
    let open = open.await.expect("operations can be read");
    open.into_iter()
        .map(|row| format!("{} {} of {} (attempt {})", row.kind, row.step, row.target, row.attempt))
        .collect()
}

fn machines(sources: &Sources) -> BTreeMap<String, Vec<(Uuid, PowerState)>> {
    let of = |store: &Store| {
        let machines = store.list().expect("a hypervisor's store can be read");
        machines.into_iter().map(|machine| (machine.spec.uuid, machine.state)).collect()
    };
    sources.hypervisors.iter().map(|(host, store)| (host.clone(), of(store))).collect()
}

fn doubled(sources: &Sources) -> Vec<String> {
    let of = |(host, store): (&String, &Store)| {
        let journal = store.journal().expect("a journal can be read");
        let doubled = nova_virt::fake::duplicates(&journal);
        doubled.into_iter().map(|entry| format!("{host}: {entry:?}")).collect::<Vec<_>>()
    };
    sources.hypervisors.iter().flat_map(of).collect()
}

type Held = BTreeMap<Uuid, BTreeMap<String, BTreeMap<String, u64>>>;
type Used = BTreeMap<String, BTreeMap<String, (u64, u64)>>;

/// Through the port: what schedulers believe.
async fn placement(sources: &Sources) -> (Held, Used) {
    let placement = &sources.placement;
    let cx = RequestContext::admin(&Env::system());
    let (mut held, mut used) = (Held::new(), Used::new());
    for node in all::<entity::compute_node::Entity>(sources.db.cell1()).await {
        let Some(provider) = node.uuid.as_deref().and_then(|uuid| uuid.parse::<Uuid>().ok()) else {
            continue;
        };
        let host = node.host.clone().unwrap_or_default();
        for allocation in placement.held_of(&cx, provider).await.expect("allocations can be read") {
            held.entry(allocation.consumer).or_default().insert(host.clone(), allocation.resources);
        }
        let anything = nova_neighbours::placement::CandidateRequest {
            resources: BTreeMap::from([("VCPU".to_owned(), 1)]),
            only: Some(provider),
            ..Default::default()
        };
        for candidate in placement.candidates(&cx, &anything).await.expect("candidates can be read") {
            let classes = candidate.summary.into_iter().map(|(class, sum)| (class, (sum.capacity, sum.used)));
            used.insert(host.clone(), classes.collect());
        }
    }
    (held, used)
}
