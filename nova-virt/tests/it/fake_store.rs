//! The store: what audits read, who may write, and what happens behind the service's back.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use futures_util::StreamExt;
use nova_virt::fake::{Store, StoreError, duplicates};
use nova_virt::{Disks, Driver, DriverEvent, FailureClass, LifecycleKind, Order, PowerState};

use crate::support::{driver, env, order, spec};

#[tokio::test]
async fn an_audit_reads_what_another_handle_wrote() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    let audit = Store::open(folder.path()).unwrap();
    let driver = driver(&env, &Store::open(folder.path()).unwrap());
    let (order, spec) = (order(&env, "spawn"), spec(&env));
    driver.spawn(&order, &spec).await.unwrap();
    let machines = audit.list().unwrap();
    assert_eq!((machines.len(), &machines[0].spec), (1, &spec));
    let journal = audit.journal().unwrap();
    let last = journal.last().unwrap();
    assert_eq!((last.uuid, last.key.as_ref()), (Some(spec.uuid), Some(&order.key)));
    assert_eq!(last.generation, Some(order.generation));
    assert_eq!(audit.generation(spec.uuid).unwrap(), Some(order.generation));
}

#[tokio::test]
async fn two_drivers_over_one_folder_make_one_machine() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    let old = driver(&env, &Store::open(folder.path()).unwrap());
    let new = driver(&env, &Store::open(folder.path()).unwrap());
    let (order, spec) = (order(&env, "spawn"), spec(&env));
    let (one, two) = tokio::join!(old.spawn(&order, &spec), new.spawn(&order, &spec));
    one.unwrap();
    two.unwrap();
    let journal = old.store().journal().unwrap();
    assert_eq!(journal.iter().filter(|entry| entry.effect.name() == "spawned").count(), 1);
    assert!(journal.iter().zip(0..).all(|(entry, place)| entry.seq == place));
}

#[tokio::test]
async fn a_service_that_slept_through_its_replacement_is_refused() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    let asleep = driver(&env, &Store::open(folder.path()).unwrap());
    let (order, spec) = (order(&env, "spawn"), spec(&env));
    asleep.spawn(&order, &spec).await.unwrap();

    let next = driver(&env, &Store::open(folder.path()).unwrap());
    let last = Order { generation: order.generation.next(), ..self::order(&env, "destroy") };
    next.destroy(&last, spec.uuid, Disks::Remove).await.unwrap();
    let awake = asleep.spawn(&order, &spec).await.unwrap_err();
    assert_eq!(awake.class(), FailureClass::Superseded);
    assert!(next.machines().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_torn_end_is_not_seen_and_the_next_writer_cuts_it_off() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    let driver = driver(&env, &Store::open(folder.path()).unwrap());
    driver.spawn(&order(&env, "spawn"), &spec(&env)).await.unwrap();
    let path = folder.path().join("journal.jsonl");
    let torn = br#"{"seq":2,"at":"2026-01-01T00:00:00Z","uu"#.repeat(100); // longer than the lines that follow
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&torn).unwrap();

    assert_eq!(Store::open(folder.path()).unwrap().list().unwrap().len(), 1);
    driver.spawn(&order(&env, "spawn"), &spec(&env)).await.unwrap();
    assert_eq!(Store::open(folder.path()).unwrap().list().unwrap().len(), 2);
    assert_eq!(std::fs::read(&path).unwrap().last(), Some(&b'\n'));
}

#[test]
fn a_damaged_line_is_told_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("journal.jsonl"), "not an entry\n").unwrap();
    match Store::open(folder.path()) {
        Err(StoreError::Corrupt { line: 1, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_happens_out_of_band_is_seen_told_and_journalled_without_a_step() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    let driver = driver(&env, &Store::open(folder.path()).unwrap());
    let mine = spec(&env);
    driver.spawn(&order(&env, "spawn"), &mine).await.unwrap();
    let mut events = driver.events();

    let elsewhere = Store::open(folder.path()).unwrap().outside(&env);
    let foreign = spec(&env);
    assert!(elsewhere.start_foreign(foreign.clone()).unwrap());
    assert!(elsewhere.crash(mine.uuid).unwrap());
    assert!(!elsewhere.kill(env.new_id()).unwrap());

    let mut seen = Vec::new();
    for _ in 0..2 {
        match events.next().await {
            Some(DriverEvent::Lifecycle(event)) => seen.push((event.uuid, event.kind)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, [(foreign.uuid, LifecycleKind::Started), (mine.uuid, LifecycleKind::Stopped)]);
    assert_eq!(driver.info(mine.uuid).await.unwrap().state, PowerState::Crashed);
    assert_eq!(driver.info(foreign.uuid).await.unwrap().generation, None);
    let journal = driver.store().journal().unwrap();
    assert!(journal.iter().rev().take(2).all(|entry| entry.key.is_none() && entry.changed_something()));
}

#[tokio::test(start_paused = true)]
async fn a_power_cut_stops_what_ran_and_keeps_what_was_saved() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    let (running, saved) = (spec(&env), spec(&env));
    driver.spawn(&order(&env, "spawn"), &running).await.unwrap();
    driver.spawn(&order(&env, "spawn"), &saved).await.unwrap();
    let suspend = driver.powers().suspend.unwrap();
    suspend.suspend(&order(&env, "suspend"), saved.uuid).await.unwrap();
    driver.store().outside(&env).reboot_host().unwrap();
    assert_eq!(driver.info(running.uuid).await.unwrap().state, PowerState::Shutdown);
    assert_eq!(driver.info(saved.uuid).await.unwrap().state, PowerState::Suspended);
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_a_step_had_twice_is_a_duplicate_and_a_repeated_call_is_not() {
    let env = env();
    let driver = driver(&env, &Store::memory());
    let (order, spec) = (order(&env, "spawn"), spec(&env));
    driver.spawn(&order, &spec).await.unwrap();
    driver.spawn(&order, &spec).await.unwrap();
    assert!(duplicates(&driver.store().journal().unwrap()).is_empty());

    driver.destroy(&self::order(&env, "destroy"), spec.uuid, Disks::Remove).await.unwrap();
    driver.spawn(&order, &spec).await.unwrap(); // a caller that drives a finished step again
    let journal = driver.store().journal().unwrap();
    let again = duplicates(&journal);
    assert_eq!(again.iter().map(|entry| entry.effect.name()).collect::<Vec<_>>(), ["spawned"]);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_waits_is_woken() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    for store in [Store::memory(), Store::open(folder.path()).unwrap()] {
        let driver = driver(&env, &store);
        let mut events = driver.events();
        let spec = spec(&env);
        let begun = tokio::time::Instant::now();
        let spawned = async {
            tokio::task::yield_now().await; // the listener is first
            driver.spawn(&order(&env, "spawn"), &spec).await
        };
        let (event, spawned) =
            tokio::join!(tokio::time::timeout(Duration::from_secs(9), events.next()), spawned);
        spawned.unwrap();
        assert!(matches!(event, Ok(Some(DriverEvent::Lifecycle(event))) if event.uuid == spec.uuid));
        assert!(begun.elapsed().is_zero(), "it was found by looking, not by being told");
    }
}
