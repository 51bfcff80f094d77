//! The fake driver keeps every promise, over memory and over files.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use nova_core::env::FixedClock;
use nova_core::{BoxError, Env, Timestamp};
use nova_virt::conformance::{self, Subject};
use nova_virt::fake::{FakeConfig, FakeDriver, Oversell, Store};
use nova_virt::{Driver, MachineSpec};
use uuid::Uuid;

use crate::support::{NODE, driver, env};

struct InMemory(Env, Store);

#[async_trait]
impl Subject for InMemory {
    async fn open(&self) -> Result<Arc<dyn Driver>, BoxError> {
        Ok(Arc::new(driver(&self.0, &self.1)))
    }

    fn spec(&self, uuid: Uuid) -> MachineSpec {
        MachineSpec::smallest(uuid, NODE)
    }
}

/// Opens the folder anew each time: nothing is shared but the file.
struct InFolder<'a>(Env, &'a Path);

#[async_trait]
impl Subject for InFolder<'_> {
    async fn open(&self) -> Result<Arc<dyn Driver>, BoxError> {
        let config = FakeConfig::new(NODE).oversell(Oversell::Refuse);
        Ok(Arc::new(FakeDriver::new(&self.0, config, Store::open(self.1)?)))
    }

    fn spec(&self, uuid: Uuid) -> MachineSpec {
        MachineSpec { root_gb: 1, ..MachineSpec::smallest(uuid, NODE) }
    }
}

#[tokio::test(start_paused = true)]
async fn the_fake_driver_in_memory_keeps_every_promise() {
    let env = env();
    let report = conformance::run(&env, &InMemory(env.clone(), Store::memory())).await;
    report.assert_all_kept();
    assert!(report.kept.len() >= 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fake_driver_over_a_folder_keeps_every_promise() {
    let (env, folder) = (env(), tempfile::tempdir().unwrap());
    conformance::run(&env, &InFolder(env.clone(), folder.path())).await.assert_all_kept();
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_journal() {
    let mut journals = Vec::new();
    for _ in 0..2 {
        let clock = FixedClock::at(Timestamp::UNIX_EPOCH);
        let env = Env::builder().clock(clock).seed(5).build();
        let store = Store::memory();
        conformance::run(&env, &InMemory(env.clone(), store.clone())).await.assert_all_kept();
        journals.push(store.journal().unwrap());
    }
    assert!(journals[0].len() > 50);
    assert_eq!(journals[0], journals[1]);
}
