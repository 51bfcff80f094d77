use nova_compute_api::ServerStatus;
use nova_tests_cloud::World;
use nova_virt::Call;
use nova_virt::fake::{Failure, Rule, Script};

fn scripted(rule: Rule) -> Script {
    let script = Script::new();
    script.add(rule);
    script
}

fn fails() -> Script {
    scripted(Rule::on(Call::Spawn).fail(Failure::Host))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fits_no_host_is_an_error_that_says_so_and_can_be_deleted() {
    let world = World::builder().hosts(&[1]).start().await;
    let ids = world.create(world.request("too-many").counts(3, 3)).await;
    for id in &ids {
        let server = world.rest(*id).await.unwrap();
        assert_eq!(server.status, ServerStatus::Error);
        let fault = server.fault.unwrap();
        assert!(fault.message.contains("No valid host"), "{fault:?}");
    }
    world.clean().await;
    for id in ids {
        world.delete(id).await;
        assert!(world.rest(id).await.is_none());
    }
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spawn_that_fails_is_tried_on_the_next_alternate() {
    let world = World::builder().hosts(&[3, 2, 1]).script("host-1", fails()).start().await;
    let id = world.create(world.request("moved")).await[0];
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, ServerStatus::Active, "{:?}", server.fault);
    world.clean().await;
    assert!(world.cloud.hypervisors()["host-1"].list().unwrap().is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_every_attempt_fails_the_server_is_an_error_with_the_reason_and_holds_nothing() {
    let world = World::builder()
        .hosts(&[2, 2, 2, 2])
        .script("host-1", fails())
        .script("host-2", fails())
        .script("host-3", fails())
        .script("host-4", fails())
        .start()
        .await;
    let id = world.create(world.request("hopeless")).await[0];
    let server = world.rest(id).await.unwrap();
    assert_eq!(server.status, ServerStatus::Error);
    assert!(server.fault.unwrap().message.contains("Exceeded maximum number of retries"));
    world.clean().await;
    let touched =
        |store: &nova_virt::fake::Store| store.journal().unwrap().iter().any(|entry| entry.uuid.is_some());
    let tried = world.cloud.hypervisors().values().filter(|store| touched(store)).count();
    assert_eq!(tried, 3, "as many hosts as max_attempts says");
    world.delete(id).await;
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spawn_whose_answer_is_lost_is_looked_up_and_not_repeated_elsewhere() {
    let lost = scripted(Rule::on(Call::Spawn).times(1).lose_answer());
    let world = World::builder().hosts(&[3, 1, 1]).script("host-1", lost).start().await;
    let id = world.create(world.request("lost")).await[0];
    assert_eq!(world.rest(id).await.unwrap().status, ServerStatus::Active);
    world.clean().await;
    let machines: usize = world.cloud.hypervisors().values().map(|store| store.list().unwrap().len()).sum();
    assert_eq!(machines, 1);
    world.stop().await;
}
