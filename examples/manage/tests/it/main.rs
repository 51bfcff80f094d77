//! The program, as an operator runs it.
#![allow(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::path::Path;
use std::process::{Command, Output};

use nova_core::Env;
use nova_manage::Databases;

fn manage(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova-manage"));
    command.arg("--data-dir").arg(directory).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The data directory of a cloud in which nothing ever ran.
async fn quiet_cloud() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    Databases::in_directory(&Env::system(), directory.path()).await.unwrap();
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_cloud_has_no_operations_no_services_and_books_that_balance() {
    let cloud = quiet_cloud().await;
    for (arguments, answer) in [
        (&["operation", "list", "--json"][..], "[]\n"),
        (&["service", "list", "--json"], "[]\n"),
        (&["placement", "audit"], "0 checked, 0 in motion, 0 wrong\n"),
        (&["placement", "heal", "--dry-run"], "nothing to heal\n"),
        (&["placement", "purge"], "consumers forgotten: 0\n"),
        (&["operation", "purge", "--older-than", "7", "--json"], "{\n  \"operations_forgotten\": 0\n}\n"),
    ] {
        let output = manage(cloud.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), answer, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_with_its_name_and_the_program_fails() {
    let cloud = quiet_cloud().await;
    let id = "6f70656e-7374-4163-8b20-000000000001";
    for arguments in [["operation", "show", id], ["operation", "retry", id], ["operation", "cancel", id]] {
        let output = manage(cloud.path(), &arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(id), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
    let nowhere = manage(&cloud.path().join("nowhere"), &["service", "list"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere.stderr).contains("there is no cloud in"), "{}", text(&nowhere.stderr));
}
