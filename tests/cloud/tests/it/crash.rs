//! The death of a service at every moment of every flow.

use std::sync::Arc;
use std::time::Duration;

use nova_compute_api::{CreateServer, ServerStatus};
use nova_core::operation::OperationId;
use nova_tests_cloud::{Boundary, Points, World, WorldBuilder};
use nova_virt::Call;
use nova_virt::fake::{Failure, Rule, Script};
use tokio::sync::Notify;
use uuid::Uuid;

/// What users do, and what must become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// One server boots.
    Boot,
    /// Three servers of one request boot.
    Several,
    /// A server finds no host and is buried.
    Burial,
    /// Two servers of one request find no host together, though one would.
    BurialOfSeveral,
    /// A server's host fails and an alternate builds it.
    Reschedule,
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
enum End {
    Active,
    Error,
    Gone,
}

impl Flow {
    /// The world it happens in.
    fn world(self) -> WorldBuilder {
        let builder = World::builder();
        match self {
            Self::Boot | Self::Deletion | Self::DeletionDuring(_) => builder.hosts(&[4]),
            Self::Several => builder.hosts(&[2, 2]),
            Self::Burial | Self::DeletionOfBuried => builder.hosts(&[0]),
            Self::BurialOfSeveral => builder.hosts(&[1]),
            Self::Reschedule | Self::DeletionDuringReschedule(_) => {
                builder.hosts(&[4, 2]).script("host-1", broken())
            }
            Self::Exhaustion => builder.hosts(&[4, 2]).script("host-1", broken()).script("host-2", broken()),
        }
    }

    fn request(self, world: &World) -> CreateServer {
        let request = world.request("survivor").key(OperationId(world.new_id()));
        match self {
            Self::Several => request.counts(3, 3),
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
            Self::Boot | Self::Several | Self::Reschedule => End::Active,
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

/// The one who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Service(&'static str),
    /// Whoever serves the user's request: it is cut off, and the user asks again.
    Api,
}

const CONDUCTOR: Victim = Victim::Service("conductor-1");
const SCHEDULER: Victim = Victim::Service("scheduler-1");
const HOST: Victim = Victim::Service("host-1");
const NEXT_HOST: Victim = Victim::Service("host-2");

/// One death in one run of a flow.
struct Death {
    died: Arc<Notify>,
    cut: Arc<Notify>,
}

impl Death {
    fn plan(world: &World, victim: Victim, n: usize, boundary: Boundary) -> Self {
        let (died, cut) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, sever) = (Arc::clone(&died), Arc::clone(&cut));
        let kill: Box<dyn FnOnce() + Send> = match victim {
            Victim::Service(name) => Box::new(world.killer(name)),
            Victim::Api => Box::new(move || sever.notify_one()),
        };
        world.gate.plan(n, boundary, move || {
            kill();
            tell.notify_one();
        });
        Self { died, cut }
    }

    /// Does what a user asks; cut off, the user asks once more.
    async fn ask<T>(&self, request: impl AsyncFn() -> T) -> T {
        let first = async {
            tokio::select! {
                biased;
                () = self.cut.notified() => None,
                answer = request() => Some(answer),
            }
        };
        match first.await {
            Some(answer) => answer,
            None => request().await,
        }
    }
}

/// Runs `flow` while `victim` dies at the `n`-th piece of database work; says whether there was so much.
async fn die_at(world: &mut World, flow: Flow, victim: Victim, n: usize, boundary: Boundary) -> bool {
    let request = flow.request(world);
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

/// Longer than a lease and a boot: whoever was to do the work has been succeeded when it is done.
const LATE: Boundary = Boundary::Late(Duration::from_millis(1600));

/// Where a service dies.
const BOUNDARIES: [Boundary; 3] = [Boundary::Before, Boundary::After, LATE];

async fn die_everywhere(flow: Flow, victim: Victim) {
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
async fn die_while_deleting(during: impl Fn(usize) -> Flow, victim: Victim) {
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

macro_rules! claims {
    ($($name:ident: $flow:expr, $victim:expr;)*) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            die_everywhere($flow, $victim).await;
        }
    )* };
}

claims! {
    a_boot_survives_the_death_of_the_conductor_between_any_two_steps: Flow::Boot, CONDUCTOR;
    a_boot_survives_the_death_of_the_compute_between_any_two_steps: Flow::Boot, HOST;
    a_boot_survives_the_death_of_the_scheduler_between_any_two_steps: Flow::Boot, SCHEDULER;
    a_boot_whose_request_is_cut_off_and_repeated_is_one_boot: Flow::Boot, Victim::Api;
    a_boot_of_several_survives_the_death_of_the_conductor: Flow::Several, CONDUCTOR;
    a_boot_of_several_survives_the_death_of_a_compute: Flow::Several, HOST;
    a_boot_of_several_survives_the_death_of_the_scheduler: Flow::Several, SCHEDULER;
    a_burial_survives_the_death_of_the_conductor: Flow::Burial, CONDUCTOR;
    a_burial_survives_the_death_of_the_scheduler: Flow::Burial, SCHEDULER;
    a_burial_of_several_survives_the_death_of_the_conductor: Flow::BurialOfSeveral, CONDUCTOR;
    a_reschedule_survives_the_death_of_the_conductor: Flow::Reschedule, CONDUCTOR;
    a_reschedule_survives_the_death_of_the_host_that_fails: Flow::Reschedule, HOST;
    a_reschedule_survives_the_death_of_the_host_it_goes_to: Flow::Reschedule, NEXT_HOST;
    exhaustion_survives_the_death_of_the_conductor: Flow::Exhaustion, CONDUCTOR;
    exhaustion_survives_the_death_of_a_host: Flow::Exhaustion, HOST;
    a_deletion_survives_the_death_of_the_conductor_between_any_two_steps: Flow::Deletion, CONDUCTOR;
    a_deletion_survives_the_death_of_the_compute_between_any_two_steps: Flow::Deletion, HOST;
    a_deletion_that_is_cut_off_and_repeated_is_one_deletion: Flow::Deletion, Victim::Api;
    a_deletion_of_a_buried_server_that_is_cut_off_can_be_repeated: Flow::DeletionOfBuried, Victim::Api;
    a_deletion_of_a_buried_server_needs_no_conductor: Flow::DeletionOfBuried, CONDUCTOR;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_boot_survives_the_death_of_the_conductor() {
    die_while_deleting(Flow::DeletionDuring, CONDUCTOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_boot_survives_the_death_of_the_compute() {
    die_while_deleting(Flow::DeletionDuring, HOST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_boot_survives_the_death_of_the_scheduler() {
    die_while_deleting(Flow::DeletionDuring, SCHEDULER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_reschedule_survives_the_death_of_the_conductor() {
    die_while_deleting(Flow::DeletionDuringReschedule, CONDUCTOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_burial_survives_the_death_of_the_conductor() {
    let mut world = Flow::Burial.world().start().await;
    for moment in Points::new().take_while(|moment| *moment < 20) {
        for n in Points::sparse(moment) {
            let boundary = BOUNDARIES[(n + moment) % BOUNDARIES.len()];
            // The same flow in a world without room.
            if !die_at(&mut world, Flow::DeletionDuring(moment), CONDUCTOR, n, boundary).await {
                break;
            }
        }
    }
    world.stop().await;
}
