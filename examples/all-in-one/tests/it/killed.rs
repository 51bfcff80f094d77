//! The program is killed with -9, again and again, and started on the same data.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use nova_all_in_one::{Settings, Shared};
use nova_audit::{Audit, Finding, Sources};
use nova_core::Env;
use nova_virt::fake::Store;
use tokio::time::{Instant, sleep};

use crate::program::Program;
use crate::user::{Ledger, ask_again, use_cloud};

/// Within so long after a start every operation rests.
const REST: Duration = Duration::from_secs(60);

/// How many users there are, and how many servers they have at most.
const USERS: usize = 4;
const SERVERS: usize = 24;

/// How often it is killed: `NOVA_TEST_LONG` says so.
#[expect(clippy::disallowed_methods, reason = "how long a test takes is not the product's configuration")]
fn kills() -> u64 {
    if std::env::var_os("NOVA_TEST_LONG").is_some() { 200 } else { 8 }
}

#[expect(clippy::disallowed_methods, reason = "the seed of a test is not the product's configuration")]
fn seed() -> u64 {
    std::env::var("NOVA_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// Users ask again for what a death left without an answer. Every third life dies again before it has come to rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_under_load_it_comes_to_rest_within_a_minute_and_its_books_balance() {
    let (seed, directory) = (seed(), tempfile::tempdir().unwrap());
    let (env, ledger) = (Env::builder().seed(seed).build(), Ledger::default());
    let mut slowest = Duration::ZERO;
    for kill in 0..kills() {
        let program = Program::start(directory.path()).await;
        let sources = sources(&env, directory.path()).await;
        ask_again(&program.client, &ledger).await;
        if kill % 3 != 2 {
            slowest =
                slowest.max(rests(&program, &sources, &ledger, &format!("seed {seed} kill {kill}")).await);
        }
        let users = (0..USERS).map(|_| {
            let work = use_cloud(env.clone(), program.client.clone(), ledger.clone(), SERVERS);
            env.spawn("a user", work)
        });
        let users: Vec<_> = users.collect();
        sleep(env.jitter(Duration::from_millis(1500))).await;
        program.kill().await;
        for user in users {
            user.await.unwrap();
        }
        close(sources).await;
    }
    let program = Program::start(directory.path()).await;
    let sources = sources(&env, directory.path()).await;
    ask_again(&program.client, &ledger).await;
    slowest = slowest.max(rests(&program, &sources, &ledger, "the last life").await);
    let accepted = ledger.told(|told| told.accepted);
    println!("{} kills, {accepted} requests accepted, at rest after at most {slowest:?}", kills());
    assert!(accepted > kills(), "{accepted} requests are no load");
    program.kill().await;
}

/// Waits until everything rests, and says how long that took. The audit finds nothing then, and users see what they
/// were told.
async fn rests(program: &Program, sources: &Sources, ledger: &Ledger, when: &str) -> Duration {
    let began = Instant::now();
    loop {
        let audit = Audit::of(sources).await;
        if audit.findings.is_empty() {
            break;
        }
        let late = audit.findings.iter().any(|one| matches!(one, Finding::OpenOperation(_)));
        assert!(
            began.elapsed() < REST,
            "{when}: after {REST:?} {}:\n{audit}its log ends with:\n{}",
            if late { "operations are open" } else { "the books are wrong" },
            program.last_words()
        );
        sleep(Duration::from_millis(200)).await;
    }
    let took = began.elapsed();
    let (alive, deleted) = ledger.told(|told| {
        assert!(told.wrong.is_empty(), "{when}: {:?}", told.wrong);
        (told.alive.clone(), std::mem::take(&mut told.deleted))
    });
    for (ids, expected) in [(alive, true), (deleted, false)] {
        for id in ids {
            let there = program.client.exists(&format!("/v2.1/servers/{id}")).await.unwrap();
            assert_eq!(there, expected, "{when}: server {id}");
        }
    }
    took
}

/// What an audit reads: the program's files, beside the program.
async fn sources(env: &Env, directory: &Path) -> Sources {
    let data = directory.join("data");
    let shared = Shared::open(env, &Settings::in_directory(&data)).await.unwrap();
    let stores = (1..=4).map(|number| format!("host-{number}"));
    let stores: BTreeMap<_, _> = stores
        .map(|host| (host.clone(), Store::open(data.join("hypervisors").join(host)).unwrap()))
        .collect();
    Sources {
        db: shared.db,
        placement_db: shared.placement_db,
        placement: shared.placement,
        hypervisors: stores,
    }
}

async fn close(sources: Sources) {
    for db in [sources.db.api(), sources.db.cell0(), sources.db.cell1(), &sources.placement_db] {
        db.close().await;
    }
}
