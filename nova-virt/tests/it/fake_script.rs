//! Scripted faults, latencies and capacity.

use std::time::Duration;

use futures_util::FutureExt;
use nova_core::Env;
use nova_virt::fake::{
    Action, Effect, Failure, FakeConfig, FakeDriver, Latency, Oversell, Point, Rule, Script, Store,
};
use nova_virt::{
    AbortCause, Call, Disks, Driver, DriverError, FailureClass, MachineSpec, ResourceClass, Usage,
};
use tokio::time::Instant;

use crate::support::{NODE, driver, env, order, spec};

async fn spawn(env: &Env, driver: &FakeDriver) -> Result<(), FailureClass> {
    driver.spawn(&order(env, "spawn"), &spec(env)).await.map_err(|error| error.class())
}

#[tokio::test(start_paused = true)]
async fn the_second_spawn_fails_and_leaves_nothing() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    driver.script().add(Rule::on(Call::Spawn).at(Point::Midway).skip(1).times(1).fail(Failure::Host));
    let outcomes = [spawn(&env, &driver).await, spawn(&env, &driver).await, spawn(&env, &driver).await];
    assert_eq!(outcomes, [Ok(()), Err(FailureClass::Reschedule), Ok(())]);
    assert_eq!(driver.store().list().unwrap().len(), 2);
    assert_eq!(driver.store().disks().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_failure_has_the_class_nova_gives_it() {
    let env = env();
    for (failure, class) in [
        (Failure::Host, FailureClass::Reschedule),
        (Failure::Abort(AbortCause::ImageUnacceptable), FailureClass::Abort),
        (Failure::NotFound, FailureClass::Deleted),
        (Failure::Unknown, FailureClass::Unknown),
    ] {
        let driver = driver(&env, &Store::memory());
        driver.script().add(Rule::on(Call::Spawn).fail(failure));
        assert_eq!(spawn(&env, &driver).await, Err(class), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_for_one_machine_leaves_the_others_alone() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    let (cursed, other) = (spec(&env), spec(&env));
    driver.script().add(Rule::on_any().machine(cursed.uuid).fail(Failure::Host));
    assert!(driver.spawn(&order(&env, "spawn"), &cursed).await.is_err());
    driver.spawn(&order(&env, "spawn"), &other).await.unwrap();
    driver.script().clear();
    driver.spawn(&order(&env, "spawn"), &cursed).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hanging_call_does_not_hold_up_other_machines() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    let stuck = spec(&env);
    driver.script().add(Rule::on(Call::Spawn).machine(stuck.uuid).at(Point::Midway).hang());
    let stuck_order = order(&env, "spawn");
    let mut hanging = driver.spawn(&stuck_order, &stuck);
    assert!((&mut hanging).now_or_never().is_none());
    assert_eq!(spawn(&env, &driver).await, Ok(()));
    drop(hanging);
    assert_eq!(driver.leftovers().await.unwrap(), [stuck.uuid]);
    driver.destroy(&order(&env, "destroy"), stuck.uuid, Disks::Remove).await.unwrap();
    assert!(driver.leftovers().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn latencies_are_virtual_time_and_a_function_of_the_seed() {
    let took = |seed| async move {
        let env = Env::builder().seed(seed).build();
        let driver = driver(&env, &Store::memory());
        let (min, max) = (Duration::from_secs(1), Duration::from_secs(60));
        driver.script().add(Rule::on(Call::Spawn).delay(Latency::Uniform { min, max }));
        let begun = Instant::now();
        spawn(&env, &driver).await.unwrap();
        begun.elapsed()
    };
    let (one, again, other) = (took(1).await, took(1).await, took(2).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert!(one >= Duration::from_secs(1) && one <= Duration::from_secs(61));
}

#[tokio::test(start_paused = true)]
async fn a_rule_by_chance_fires_about_as_often_as_it_says() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    driver.script().add(Rule::on(Call::Nodes).chance(0.2).fail(Failure::Host));
    let mut failed = 0;
    for _ in 0..1000 {
        failed += usize::from(driver.nodes().await.is_err());
    }
    assert!((150..250).contains(&failed), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn a_crash_point_between_disk_and_machine_is_healed_by_the_same_step() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    driver.script().decide(|moment| (moment.point == Point::Midway).then_some(Action::Hang));
    let (order, spec) = (order(&env, "spawn"), spec(&env));
    assert!(driver.spawn(&order, &spec).now_or_never().is_none());
    assert!(driver.store().list().unwrap().is_empty());

    let restarted = self::driver(&env, driver.store());
    restarted.spawn(&order, &spec).await.unwrap();
    let effects: Vec<_> = driver.store().journal().unwrap().iter().map(|entry| entry.effect.name()).collect();
    assert_eq!(effects, ["disk_created", "repeated", "spawned"]);
}

#[tokio::test(start_paused = true)]
async fn a_strict_host_refuses_what_does_not_fit_and_a_lenient_one_records_it() {
    let env = env();
    let small = FakeConfig::new(NODE).capacity(Usage { vcpus: 2, memory_mb: 1024, disk_gb: 10 });
    let big = MachineSpec { vcpus: 3, ..spec(&env) };

    let strict = FakeDriver::new(&env, small.clone().oversell(Oversell::Refuse), Store::memory());
    match strict.spawn(&order(&env, "spawn"), &big).await {
        Err(DriverError::NoCapacity { resource, requested: 3, available: 2, .. }) => {
            assert_eq!(resource, ResourceClass::VCPU);
        }
        other => panic!("{other:?}"),
    }
    let lenient = FakeDriver::new(&env, small, Store::memory());
    lenient.spawn(&order(&env, "spawn"), &big).await.unwrap();
    assert_eq!(lenient.resources(NODE).await.unwrap().used.vcpus, 3);
}

#[tokio::test(start_paused = true)]
async fn a_host_with_machines_does_not_start_under_another_name() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    driver.init_host("old").await.unwrap();
    driver.init_host("new").await.unwrap(); // it holds nothing yet
    spawn(&env, &driver).await.unwrap();
    assert!(matches!(driver.init_host("old").await, Err(DriverError::HostUnusable { .. })));
    driver.init_host("new").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_order_is_in_the_journal() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    let spec = spec(&env);
    let first = order(&env, "spawn");
    let second = nova_virt::Order { generation: first.generation.next(), ..order(&env, "destroy") };
    driver.destroy(&second, spec.uuid, Disks::Remove).await.unwrap();
    let error = driver.spawn(&first, &spec).await.unwrap_err();
    assert_eq!(error.class(), FailureClass::Superseded);
    let journal = driver.store().journal().unwrap();
    let held = second.generation;
    assert_eq!(journal.last().unwrap().effect, Effect::Refused { call: Call::Spawn, held });
}

#[test]
fn a_script_travels_as_json() {
    let rules = vec![
        Rule::on(Call::Destroy).at(Point::After).skip(2).chance(0.5).abort_process(),
        Rule::on_any().delay(Latency::Fixed(Duration::from_millis(5))),
    ];
    let text = serde_json::to_string(&rules).unwrap();
    let back: Vec<Rule> = serde_json::from_str(&text).unwrap();
    assert_eq!(back, rules);
    let _ = Script::from(back);
}
