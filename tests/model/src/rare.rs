//! States that are rare and worth reaching: what a campaign never reached, it says nothing about.

use std::collections::BTreeSet;

use nova_audit::Sources;
use nova_objects_db::{Db, DbError, entity};
use nova_rpc::transport::memory::{MemoryBus, SeenKind};
use nova_sim::{Fault, Fleet, Sim};
use nova_virt::Call;
use nova_virt::fake::{Effect, Point};
use sea_orm::EntityTrait;

use crate::hypervisor::{Hypervisors, POWER, Trouble};
use crate::plan::Act;

macro_rules! rare {
    ($($name:ident: $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*
        /// Every rare state, by name.
        pub const RARE: &[&str] = &[$($name),*];
    };
}

rare! {
    CUT_OFF: "a user was cut off and asked again";
    REQUEST_FAILED: "a request failed and was repeated";
    DELETED_BEFORE_ACCEPTED: "a deletion came before its boot was accepted";
    DIED_BEFORE_DISK: "a compute died in a spawn, before there was a disk";
    DIED_BEFORE_MACHINE: "a compute died between the disk and the machine";
    DIED_IN_DESTROY: "a compute died in a destroy";
    STILL_IN_SPAWN: "a compute stood still in a spawn";
    STILL_IN_DESTROY: "a compute stood still in a destroy";
    CUT_OFF_IN_CALL: "a compute was partitioned while its hypervisor worked";
    STOPPED_IN_CALL: "a compute was stopped while its hypervisor worked";
    CONDUCTOR_DIED_BUSY: "a conductor died while an operation was on its way";
    SCHEDULER_DIED_BUSY: "a scheduler died while an operation was on its way";
    CONDUCTOR_STILL_BUSY: "a conductor stood still while an operation was on its way";
    SCHEDULER_STILL_BUSY: "a scheduler stood still while an operation was on its way";
    NO_DATABASES_BUSY: "the databases were away while an operation was on its way";
    ABORTS_BUSY: "databases aborted work while an operation was on its way";
    HYPERVISOR_HANGS: "a hypervisor did not answer";
    NO_CONDUCTOR: "no conductor was up";
    NO_SCHEDULER: "no scheduler was up";
    NO_COMPUTE: "no compute was up";
    TWO_DOWN: "two services were down at once";
    SENT_TO_DEAD: "a message was sent to a service that was down";
    ASKED_SCHEDULER_AGAIN: "a scheduler was asked while none was up";
    BURIED: "a boot found no host and was buried";
    BURIED_TOGETHER: "servers of one request were buried together";
    BURIED_DELETED: "a buried server was deleted";
    BOOT_TAKEN_OVER: "a boot was taken over";
    BUILD_TAKEN_OVER: "a build was taken over on its host";
    BUILD_RESCHEDULED: "a build went to another host";
    BUILD_GIVEN_UP: "a build was given up";
    BUILD_ABANDONED: "a build gave way to a deletion";
    DELETION_REPEATED: "a step of a deletion was tried again";
    SPAWN_FENCED: "a late spawn was turned away";
    SPAWN_REPEATED: "a spawn found its machine there";
    DESTROY_REPEATED: "a destroy found nothing";
    CHANGE_REFUSED: "a change was refused because of the server's state";
    DIED_IN_CHANGE: "a compute died while a machine's power changed";
    STILL_IN_CHANGE: "a compute stood still while a machine's power changed";
    CHANGE_FAILED: "a change failed and was written down as failed";
    CHANGE_TAKEN_OVER: "a change was taken over on its host";
    CHANGE_REPEATED: "a change found that it was done";
    CHANGE_FENCED: "a late change was turned away";
    REBUILD_TAKEN_OVER: "a rebuild was taken over";
    CHANGED_AND_DELETED: "a server was deleted in the middle of a change";
    DRIFTED: "a machine went off or on by itself";
    REMADE: "a machine was made anew";
    DISK_REMOVED: "a disk without a machine was removed";
}

/// What it means that `act` comes now; `busy` if a user waits.
pub(crate) fn at_act(sim: &Sim, act: &Act, hypervisors: &Hypervisors, busy: bool) {
    match act {
        Act::Fault(fault) => at_fault(sim, fault, hypervisors, busy),
        Act::Driver(fault) if fault.trouble == Trouble::Hangs => sim.reached(HYPERVISOR_HANGS),
        _ => {}
    }
}

/// What it means that `fault` strikes now; `busy` if a user waits.
pub(crate) fn at_fault(sim: &Sim, fault: &Fault, hypervisors: &Hypervisors, busy: bool) {
    let calls = |node: &str| hypervisors.calls(node);
    match fault {
        Fault::Crash { node, .. } => {
            for call in calls(node) {
                match call {
                    (Call::Spawn, Point::Before) => sim.reached(DIED_BEFORE_DISK),
                    (Call::Spawn, _) => sim.reached(DIED_BEFORE_MACHINE),
                    (Call::Destroy, _) => sim.reached(DIED_IN_DESTROY),
                    (call, _) if POWER.contains(&call) => sim.reached(DIED_IN_CHANGE),
                    _ => {}
                }
            }
            when_busy(sim, busy, node, CONDUCTOR_DIED_BUSY, SCHEDULER_DIED_BUSY);
        }
        Fault::Pause { node, .. } => {
            for (call, _) in calls(node) {
                match call {
                    Call::Spawn => sim.reached(STILL_IN_SPAWN),
                    Call::Destroy => sim.reached(STILL_IN_DESTROY),
                    call if POWER.contains(&call) => sim.reached(STILL_IN_CHANGE),
                    _ => {}
                }
            }
            when_busy(sim, busy, node, CONDUCTOR_STILL_BUSY, SCHEDULER_STILL_BUSY);
        }
        Fault::Partition { node, .. } if !calls(node).is_empty() => sim.reached(CUT_OFF_IN_CALL),
        Fault::Restart { node, .. } if !calls(node).is_empty() => sim.reached(STOPPED_IN_CALL),
        Fault::NoDatabases { .. } if busy => sim.reached(NO_DATABASES_BUSY),
        Fault::Aborts { .. } if busy => sim.reached(ABORTS_BUSY),
        _ => {}
    }
}

fn when_busy(sim: &Sim, busy: bool, node: &str, conductor: &'static str, scheduler: &'static str) {
    match node.split('-').next() {
        Some("conductor") if busy => sim.reached(conductor),
        Some("scheduler") if busy => sim.reached(scheduler),
        _ => {}
    }
}

/// What it means that these services are up now, and those are not.
pub(crate) fn at_fleet(sim: &Sim, fleet: &Fleet) {
    let names = fleet.names();
    let none_up = |kind: &str| !names.iter().any(|name| name.starts_with(kind) && fleet.is_up(name));
    for (kind, state) in [("conductor", NO_CONDUCTOR), ("scheduler", NO_SCHEDULER), ("host", NO_COMPUTE)] {
        if none_up(kind) {
            sim.reached(state);
        }
    }
    if names.iter().filter(|name| !fleet.is_up(name)).count() >= 2 {
        sim.reached(TWO_DOWN);
    }
}

/// Looks at messages as they are sent.
pub(crate) fn watch_bus(sim: &Sim, bus: &MemoryBus, fleet: &Fleet) {
    let (sim, fleet) = (sim.clone(), fleet.clone());
    bus.inspect(move |seen, _| {
        let names = fleet.names();
        let server = seen.target.server.as_deref();
        if server.is_some_and(|server| names.iter().any(|name| name == server && !fleet.is_up(name))) {
            sim.reached(SENT_TO_DEAD);
        }
        let schedules = seen.kind == SeenKind::Call && seen.method == "select_destinations";
        if schedules && !names.iter().any(|name| name.starts_with("scheduler") && fleet.is_up(name)) {
            sim.reached(ASKED_SCHEDULER_AGAIN);
        }
    });
}

/// Looks at what was written down: operations, buried servers, journals.
pub(crate) async fn in_records(sim: &Sim, sources: &Sources) {
    for db in [sources.db.api(), sources.db.cell1()] {
        for operation in all::<entity::operation::Entity>(db).await {
            of_operation(sim, &operation);
        }
    }
    let buried = all::<entity::instance::Entity>(sources.db.cell0()).await;
    if buried.iter().any(|instance| instance.deleted != 0) {
        sim.reached(BURIED_DELETED);
    }
    let request = |one: &entity::instance::Model| one.reservation_id.clone();
    if buried
        .iter()
        .enumerate()
        .any(|(at, one)| buried[..at].iter().any(|other| request(other) == request(one)))
    {
        sim.reached(BURIED_TOGETHER);
    }
    let actions = all::<entity::instance_action::Entity>(sources.db.cell1()).await;
    let deletions = actions.iter().filter(|one| one.action.as_deref() == Some("delete"));
    if deletions.into_iter().any(|deletion| actions.iter().any(|other| interrupted(other, deletion))) {
        sim.reached(CHANGED_AND_DELETED);
    }
    for store in sources.hypervisors.values() {
        let journal = store.journal().expect("a journal can be read");
        let mut made = BTreeSet::new();
        let spawned = journal.iter().filter(|entry| matches!(entry.effect, Effect::Spawned { .. }));
        if spawned.into_iter().any(|entry| !made.insert(entry.uuid)) {
            sim.reached(REMADE);
        }
        journal.iter().filter_map(|entry| of_effect(&entry.effect)).for_each(|state| sim.reached(state));
    }
}

/// Whether the action of a server was not over when its deletion began.
fn interrupted(action: &entity::instance_action::Model, deletion: &entity::instance_action::Model) -> bool {
    let changes = !["create", "delete"].contains(&action.action.as_deref().unwrap_or_default());
    let begun = action.start_time < deletion.start_time;
    let over = action.finish_time.is_some() && action.finish_time <= deletion.start_time;
    changes && action.instance_uuid == deletion.instance_uuid && begun && !over
}

fn of_operation(sim: &Sim, operation: &entity::operation::Model) {
    let again = operation.attempt > 1;
    match (&*operation.kind, &*operation.step) {
        ("boot", _) if operation.status == "failed" => sim.reached(BURIED),
        ("boot", _) if again => sim.reached(BOOT_TAKEN_OVER),
        // One that was called off before it began is there as well, and says nothing.
        ("build", "give_up") if operation.ordinal > 0 => sim.reached(BUILD_GIVEN_UP),
        ("build", "abandon") => sim.reached(BUILD_ABANDONED),
        ("build", "spawn") if again => sim.reached(BUILD_TAKEN_OVER),
        ("build", "spawn") if operation.ordinal > 1 => sim.reached(BUILD_RESCHEDULED),
        ("delete", _) if again => sim.reached(DELETION_REPEATED),
        ("power", _) if operation.status == "failed" => sim.reached(CHANGE_FAILED),
        ("power", _) if again => sim.reached(CHANGE_TAKEN_OVER),
        ("rebuild", _) if again => sim.reached(REBUILD_TAKEN_OVER),
        _ => {}
    }
}

fn of_effect(effect: &Effect) -> Option<&'static str> {
    match effect {
        Effect::Refused { call, .. } if POWER.contains(call) => Some(CHANGE_FENCED),
        Effect::Repeated { call } if POWER.contains(call) => Some(CHANGE_REPEATED),
        Effect::Refused { call: Call::Spawn, .. } => Some(SPAWN_FENCED),
        Effect::Repeated { call: Call::Spawn } => Some(SPAWN_REPEATED),
        Effect::Repeated { call: Call::Destroy } => Some(DESTROY_REPEATED),
        Effect::DiskRemoved => Some(DISK_REMOVED),
        _ => None,
    }
}

async fn all<E: EntityTrait>(db: &Db) -> Vec<E::Model>
where
    E::Model: Send + 'static,
{
    let rows = db.query(|tx| async move { Ok::<_, DbError>(E::find().all(&tx).await?) });
    rows.await.expect("a table can be read")
}
