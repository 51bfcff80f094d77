//! What operators see of a cloud, and put right in it.

use std::collections::BTreeMap;
use std::time::Duration;

use nova_compute_api::ServerStatus;
use nova_core::group::LivenessOptions;
use nova_core::operation::{OperationFilter, Status};
use nova_core::{Env, RequestContext};
use nova_manage::placement::{Outcome, What, audit, heal};
use nova_manage::{Databases, operation, service};
use nova_neighbours::placement::{Claim, Placement};
use nova_placement::EmbeddedPlacement;
use nova_tests_cloud::World;
use uuid::Uuid;

async fn databases(world: &World) -> (Databases, RequestContext) {
    let shared = world.cloud.shared();
    let placement = EmbeddedPlacement::open(&shared.placement_db).await.unwrap();
    (Databases { nova: shared.db.clone(), placement }, RequestContext::admin(&Env::system()))
}

/// Takes one CPU of the host that `like` is on, for `consumer`.
async fn claim_beside(databases: &Databases, cx: &RequestContext, like: Uuid, consumer: Uuid) {
    let held = databases.placement.held_by(cx, like).await.unwrap().unwrap();
    let provider = *held.resources.keys().next().unwrap();
    let claim = Claim {
        consumer,
        consumer_generation: None,
        project_id: "lab".to_owned(),
        user_id: "ann".to_owned(),
        resources: BTreeMap::from([(provider, BTreeMap::from([("VCPU".to_owned(), 1)]))]),
        group: None,
    };
    databases.placement.claim(cx, &claim).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_names_what_is_wrong_and_healing_puts_it_right() {
    let world = World::builder().hosts(&[4]).start().await;
    let (databases, cx) = databases(&world).await;
    let ids = world.create(world.request("a").counts(3, 3)).await;
    for id in &ids {
        world.rest(*id).await;
    }
    let found = audit(&databases, &cx, |_| ()).await.unwrap();
    assert_eq!((found.checked, found.in_motion, found.discrepancies.len()), (3, 0, 0), "{found:?}");

    // One lost what it holds, one is gone and holds something, and there is one that nobody knows.
    let [robbed, gone, keeps] = ids[..] else { panic!("three servers") };
    let held = databases.placement.held_by(&cx, robbed).await.unwrap().unwrap();
    databases.placement.release(&cx, robbed, held.generation).await.unwrap();
    world.delete(gone).await;
    world.rest(gone).await;
    let soon = Env::system().now().saturating_add(Duration::from_secs(60));
    assert_eq!(databases.placement.forget_retired(soon).await.unwrap(), 1);
    claim_beside(&databases, &cx, keeps, gone).await;
    let stranger = world.new_id();
    claim_beside(&databases, &cx, keeps, stranger).await;

    let found = audit(&databases, &cx, |_| ()).await.unwrap();
    let problems: BTreeMap<_, _> = found.discrepancies.iter().map(|one| (one.consumer, &one.what)).collect();
    assert_eq!(problems.len(), 3, "{found:?}");
    let robbed_holds_nothing =
        matches!(problems[&robbed], What::Wrong { holds, needs } if holds.is_empty() && needs.len() == 1);
    assert!(robbed_holds_nothing, "{:?}", problems[&robbed]);
    assert!(matches!(problems[&gone], What::Orphan { .. }), "{:?}", problems[&gone]);
    assert!(matches!(problems[&stranger], What::Unknown { .. }), "{:?}", problems[&stranger]);

    let rehearsed = heal(&databases, &cx, true, |_| ()).await.unwrap();
    assert!(rehearsed.iter().all(|one| one.outcome == Outcome::WouldHeal), "{rehearsed:?}");
    assert_eq!(audit(&databases, &cx, |_| ()).await.unwrap(), found, "a rehearsal changes nothing");
    let healed = heal(&databases, &cx, false, |_| ()).await.unwrap();
    assert_eq!(healed.len(), 3);
    assert!(healed.iter().all(|one| one.outcome == Outcome::Healed), "{healed:?}");
    let again = audit(&databases, &cx, |_| ()).await.unwrap();
    assert!(again.discrepancies.is_empty(), "{again:?}");
    assert_eq!(databases.placement.held_by(&cx, robbed).await.unwrap().unwrap().resources, held.resources);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operation_is_at_work_on_is_left_to_it() {
    let world = World::builder().hosts(&[4]).start().await;
    let (databases, cx) = databases(&world).await;
    let ids = world.create(world.request("a").counts(2, 2)).await;
    for id in &ids {
        world.rest(*id).await;
    }
    world.killer("host-1")();
    world.delete(ids[0]).await;
    let held = databases.placement.held_by(&cx, ids[0]).await.unwrap().unwrap();
    databases.placement.release(&cx, ids[0], held.generation).await.unwrap();
    let found = audit(&databases, &cx, |_| ()).await.unwrap();
    assert_eq!((found.checked, found.in_motion, found.discrepancies.len()), (2, 1, 0), "{found:?}");
    assert_eq!(heal(&databases, &cx, false, |_| ()).await.unwrap(), []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_that_is_called_off_ends_in_error_and_says_so() {
    let mut world = World::builder().hosts(&[4]).start().await;
    let (databases, cx) = databases(&world).await;
    world.killer("conductor-1")();
    let id = world.create(world.request("unwanted")).await[0];
    let open = operation::list(&databases, &cx, &OperationFilter::open()).await.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    let boot = open[0].record.id;
    assert_eq!((open[0].database, open[0].record.kind.as_str()), ("api", "boot"));
    operation::retry(&databases, boot).await.unwrap();
    let cancelled = operation::cancel(&databases, boot).await.unwrap();
    assert_eq!(cancelled.record.status, Status::Compensating);
    world.restart("conductor-1").await;
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, ServerStatus::Error);
    assert!(server.fault.unwrap().message.contains("called off by an operator"));
    world.clean().await;
    let ended = operation::show(&databases, &cx, boot).await.unwrap();
    assert_eq!(ended.record.status, Status::Failed);
    assert!(operation::cancel(&databases, boot).await.is_err(), "it has ended");
    let later = Env::system().now().saturating_add(Duration::from_secs(60));
    assert_eq!(
        operation::purge(&databases, later).await.unwrap(),
        2,
        "the boot, and the build it called off"
    );
    assert!(operation::show(&databases, &cx, boot).await.is_err(), "it is forgotten");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_listed_by_program_and_host_and_all_are_up() {
    let world = World::builder().hosts(&[1, 1]).start().await;
    let (databases, cx) = databases(&world).await;
    let services = service::list(&databases, &cx, LivenessOptions::default()).await.unwrap();
    let names: Vec<_> =
        services.iter().map(|service| (service.binary.as_str(), service.host.as_str())).collect();
    let expected = [
        ("nova-compute", "host-1"),
        ("nova-compute", "host-2"),
        ("nova-conductor", "conductor-1"),
        ("nova-scheduler", "scheduler-1"),
    ];
    assert_eq!(names, expected);
    assert!(services.iter().all(|service| service.up && service.enabled), "{services:?}");
    world.stop().await;
}
