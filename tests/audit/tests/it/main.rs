//! The program, on a cloud without a service.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use nova_core::Env;
use nova_objects_db::{Db, DbOptions, NovaDb, NovaUrls};
use nova_placement::EmbeddedPlacement;
use nova_virt::MachineSpec;
use nova_virt::fake::Store;

async fn cloud(env: &Env, directory: &Path) -> Store {
    let db = NovaDb::connect(env, NovaUrls::in_directory(directory)).await.unwrap();
    db.migrate().await.unwrap();
    let url = format!("sqlite://{}", directory.join("placement.db").display());
    let placement = Db::connect(env, DbOptions::new(url)).await.unwrap();
    EmbeddedPlacement::open(&placement).await.unwrap();
    for database in [db.api(), db.cell0(), db.cell1(), &placement] {
        database.close().await;
    }
    std::fs::create_dir(directory.join("hypervisors")).unwrap();
    Store::open(directory.join("hypervisors").join("host-1")).unwrap()
}

fn audit(directory: &Path) -> (Option<i32>, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_nova-audit")).arg("--data-dir").arg(directory).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_nobody_recorded_is_told_and_an_empty_cloud_is_in_order() {
    let (env, directory) = (Env::system(), tempfile::tempdir().unwrap());
    let store = cloud(&env, directory.path()).await;
    assert_eq!(audit(directory.path()), (Some(0), "everything is as it must be\n".to_owned()));
    let machine = MachineSpec::smallest(env.new_id(), "host-1");
    let uuid = machine.uuid;
    assert!(store.outside(&env).start_foreign(machine).unwrap());
    let (code, text) = audit(directory.path());
    assert_eq!(code, Some(1));
    assert!(text.contains(&format!("GhostMachine(\"{uuid} on host-1\")")), "{text}");
}

#[test]
fn a_directory_without_a_cloud_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (code, text) = audit(directory.path());
    assert_eq!(code, Some(2));
    assert!(text.contains("there is no nova_api.db"), "{text}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
