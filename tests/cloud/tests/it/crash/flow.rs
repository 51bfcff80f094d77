//! Flows in which a service dies: what users do, and what must become of it.

use std::time::Duration;

use nova_compute_api::{CreateServer, ServerStatus};
use nova_core::operation::OperationId;
use nova_tests_cloud::{Boundary, Points, World, WorldBuilder};
use nova_virt::Call;
use nova_virt::fake::{Failure, Rule, Script};
use uuid::Uuid;

use super::{BOUNDARIES, Death, Victim};

/// What users do, and what must become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// One server boots.
    Boot,
    /// Three servers of one request boot.
    Several,
    /// Two servers of one request boot that their group keeps apart.
    Apart,
    /// A server finds no host and is buried.
    Burial,
    /// Two servers of one request find no host together, though one would.
    BurialOfSeveral,
    /// A server's host fails and an alternate builds it.
    Reschedule,
    /// Two servers are kept apart; the host of one fails and an alternate builds it.
    ApartRescheduled,
    /// Every host fails.
    Exhaustion,
    /// An active server is deleted.
    Deletion,
    /// A buried server is deleted.
    DeletionOfBuried,
    /// A server is deleted while it boots, when so much database work was done.
    DeletionDuring(usize),
    /// A server is deleted while its host fails.
    DeletionDuringReschedule(usize),
}

/// What rests in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Active,
    Error,
    Gone,
}

impl Flow {
    /// The world it happens in.
    pub(super) fn world(self) -> WorldBuilder {
        let builder = World::builder();
        match self {
            Self::Boot | Self::Deletion | Self::DeletionDuring(_) => builder.hosts(&[4]),
            Self::Several | Self::Apart => builder.hosts(&[2, 2]),
            Self::ApartRescheduled => builder.hosts(&[4, 2, 2]).script("host-1", broken()),
            Self::Burial | Self::DeletionOfBuried => builder.hosts(&[0]),
            Self::BurialOfSeveral => builder.hosts(&[1]),
            Self::Reschedule | Self::DeletionDuringReschedule(_) => {
                builder.hosts(&[4, 2]).script("host-1", broken())
            }
            Self::Exhaustion => builder.hosts(&[4, 2]).script("host-1", broken()).script("host-2", broken()),
        }
    }

    async fn request(self, world: &World) -> CreateServer {
        let request = world.request("survivor").key(OperationId(world.new_id()));
        match self {
            Self::Several => request.counts(3, 3),
            Self::Apart | Self::ApartRescheduled => request.counts(2, 2).in_group(world.apart().await),
            Self::BurialOfSeveral => request.counts(2, 2),
            _ => request,
        }
    }

    /// Whether the servers are there, and at rest, before anything happens to a service.
    fn is_deletion_at_rest(self) -> bool {
        matches!(self, Self::Deletion | Self::DeletionOfBuried)
    }

    fn end(self) -> End {
        match self {
            Self::Boot | Self::Several | Self::Apart | Self::Reschedule | Self::ApartRescheduled => {
                End::Active
            }
            Self::Burial | Self::BurialOfSeveral | Self::Exhaustion => End::Error,
            Self::Deletion
            | Self::DeletionOfBuried
            | Self::DeletionDuring(_)
            | Self::DeletionDuringReschedule(_) => End::Gone,
        }
    }
}

fn broken() -> Script {
    let script = Script::new();
    script.add(Rule::on(Call::Spawn).fail(Failure::Host));
    script
}

/// Runs `flow` while `victim` dies at the `n`-th piece of database work; says whether there was so much.
pub(super) async fn die_at(
    world: &mut World,
    flow: Flow,
    victim: Victim,
    n: usize,
    boundary: Boundary,
) -> bool {
    let request = flow.request(world).await;
    let mut ids = Vec::new();
    if flow.is_deletion_at_rest() {
        ids = world.create(request.clone()).await;
        rest_all(world, &ids).await;
    }
    let death = Death::plan(world, victim, n, boundary);
    if !flow.is_deletion_at_rest() {
        ids = death.ask(async || world.create(request.clone()).await).await;
    }
    match flow {
        Flow::Deletion | Flow::DeletionOfBuried => death.ask(async || world.delete(ids[0]).await).await,
        Flow::DeletionDuring(moment) | Flow::DeletionDuringReschedule(moment) => {
            world.passes(moment).await;
            death.ask(async || world.delete(ids[0]).await).await;
        }
        _ => {}
    }
    let died_in_time = tokio::select! {
        biased;
        () = death.died.notified() => true,
        () = rest_all(world, &ids) => false,
    };
    let reached = !world.gate.take_unused() || died_in_time;
    if let (true, Victim::Service(name)) = (reached, victim) {
        world.restart(name).await;
    }
    let what = format!("{flow:?}, {victim:?} {boundary:?} {n}");
    for id in &ids {
        let end = match world.rest(*id).await {
            None => End::Gone,
            Some(server) if server.status == ServerStatus::Active => End::Active,
            Some(_) => End::Error,
        };
        assert_eq!(end, flow.end(), "{what}");
    }
    while world.gate.is_late() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clean_after(&what).await;
    for id in &ids {
        world.delete(*id).await;
        assert!(world.rest(*id).await.is_none(), "{what}");
    }
    world.clean_after(&what).await;
    reached
}

async fn rest_all(world: &World, ids: &[Uuid]) {
    for id in ids {
        world.rest(*id).await;
    }
}

pub(super) async fn die_everywhere(flow: Flow, victim: Victim) {
    let mut world = flow.world().start().await;
    for boundary in BOUNDARIES {
        for n in Points::new() {
            if !die_at(&mut world, flow, victim, n, boundary).await {
                break;
            }
        }
    }
    world.stop().await;
}

/// The same with the deletion at one moment after the other.
pub(super) async fn die_while_deleting(during: impl Fn(usize) -> Flow, victim: Victim) {
    let mut world = during(0).world().start().await;
    for moment in Points::new().take_while(|moment| *moment < 40) {
        for n in Points::sparse(moment) {
            let boundary = BOUNDARIES[(n + moment) % BOUNDARIES.len()];
            if !die_at(&mut world, during(moment), victim, n, boundary).await {
                break;
            }
        }
    }
    world.stop().await;
}
