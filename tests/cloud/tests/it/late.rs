//! Orders of old operations that come to the hypervisor late: from a service that was stopped in the middle of a call.

use nova_compute_api::{Action, Reboot};
use nova_core::Env;
use nova_tests_cloud::World;
use nova_virt::fake::{Effect, Entry, FakeConfig, FakeDriver};
use nova_virt::{Driver, DriverError, Order};
use uuid::Uuid;

/// Gives the order again that had this effect; `None` if it was none.
async fn again(driver: &FakeDriver, id: Uuid, entry: &Entry) -> Option<Result<(), DriverError>> {
    let order = &Order { key: entry.key.clone()?, generation: entry.generation? };
    let powers = driver.powers();
    let (pause, suspend) = (powers.pause.unwrap(), powers.suspend.unwrap());
    Some(match &entry.effect {
        Effect::Spawned { spec } => driver.spawn(order, spec).await,
        Effect::Destroyed { disks } => driver.destroy(order, id, *disks).await,
        Effect::PoweredOn => driver.power_on(order, id).await,
        Effect::PoweredOff { how } => driver.power_off(order, id, *how).await,
        Effect::Rebooted { how } => driver.reboot(order, id, *how).await,
        Effect::Paused => pause.pause(order, id).await,
        Effect::Unpaused => pause.unpause(order, id).await,
        Effect::Suspended => suspend.suspend(order, id).await,
        Effect::Resumed => suspend.resume(order, id).await,
        _ => return None,
    })
}

/// Gives every order of the past again. The older ones are refused, the last is answered, and nothing changes.
async fn haunt(world: &World, id: Uuid, what: &str) {
    let store = world.cloud.hypervisors()["host-1"].clone();
    let zombie = FakeDriver::new(&Env::system(), FakeConfig::new("host-1"), store.clone());
    let before = store.get(id).unwrap();
    let in_force = store.generation(id).unwrap().unwrap();
    let past: Vec<_> = store.journal().unwrap().into_iter().filter(|entry| entry.uuid == Some(id)).collect();
    for entry in past.iter().filter(|entry| entry.changed_something()) {
        let Some(answer) = again(&zombie, id, entry).await else { continue };
        if entry.generation != Some(in_force) {
            assert!(matches!(answer, Err(DriverError::Fenced { .. })), "{what}: {entry:?} {answer:?}");
        }
        assert_eq!(store.get(id).unwrap(), before, "{what}: {entry:?} came late");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_order_of_any_older_operation_changes_nothing() {
    let world = World::builder().hosts(&[2]).start().await;
    let id = world.running("haunted").await;
    let walk = [
        Action::Stop,
        Action::Start,
        Action::Pause,
        Action::Unpause,
        Action::Suspend,
        Action::Resume,
        Action::Reboot(Reboot::Soft),
        Action::Reboot(Reboot::Hard),
    ];
    for action in walk {
        world.act(id, action).await.unwrap();
        world.rest(id).await;
        haunt(&world, id, &format!("{action:?}")).await;
    }
    crate::rebuild::rebuild(&world, id, world.cloud.image()).await.unwrap();
    world.rest(id).await;
    haunt(&world, id, "a rebuild").await;
    world.act(id, Action::Stop).await.unwrap();
    world.rest(id).await;
    haunt(&world, id, "a stop of what was rebuilt").await;
    world.clean().await;
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    haunt(&world, id, "a deletion").await;
    world.clean().await;
    world.stop().await;
}
