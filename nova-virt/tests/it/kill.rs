//! Real processes that die on the spot: the host they wrote is whole.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use nova_virt::fake::{Point, Rule, Script, Store, duplicates};
use nova_virt::{Call, Disks, Driver, MachineSpec};
use uuid::Uuid;

use crate::support::{NODE, driver, env, order};

const FOLDER: &str = "NOVA_VIRT_TEST_FOLDER";
const RULES: &str = "NOVA_VIRT_TEST_RULES";

/// Not a claim of its own: the process that the tests below start and lose. Without their variables it does nothing.
#[tokio::test]
#[allow(clippy::disallowed_methods)]
async fn a_process_that_works_until_its_script_kills_it() {
    let (Ok(folder), Ok(rules)) = (std::env::var(FOLDER), std::env::var(RULES)) else { return };
    let rules: Vec<Rule> = serde_json::from_str(&rules).unwrap();
    let env = env();
    let driver = driver(&env, &Store::open(folder).unwrap()).with_script(Script::from(rules));
    for spec in machines() {
        driver.spawn(&order(&env, "spawn"), &spec).await.unwrap();
    }
    for spec in machines() {
        driver.destroy(&order(&env, "destroy"), spec.uuid, Disks::Remove).await.unwrap();
    }
}

fn machines() -> impl Iterator<Item = MachineSpec> {
    (1..=5).map(|number| MachineSpec::smallest(Uuid::from_u128(number), NODE))
}

fn command(folder: &Path, rules: &[Rule]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test is a file"));
    command
        .args(["--exact", "kill::a_process_that_works_until_its_script_kills_it"])
        .env(FOLDER, folder)
        .env(RULES, serde_json::to_string(rules).expect("rules are data"));
    command
}

fn run(folder: &Path, rules: &[Rule]) -> ExitStatus {
    command(folder, rules).output().expect("a test can be started").status
}

/// The second run gives the orders of the first anew, so it does again what the first had done *and undone*: for each
/// machine that was destroyed before the process died, a spawn and a destruction.
#[test]
fn a_service_that_dies_at_any_moment_of_its_work_finishes_it_when_started_again() {
    let moments = [
        (Call::Spawn, Point::Before, 0),
        (Call::Spawn, Point::Midway, 0),
        (Call::Spawn, Point::After, 0),
        (Call::Destroy, Point::Before, 4),
        (Call::Destroy, Point::After, 6),
    ];
    for (call, point, done_again) in moments {
        let folder = tempfile::tempdir().unwrap();
        let dies = Rule::on(call).at(point).skip(2).abort_process();
        assert!(!run(folder.path(), &[dies]).success(), "{call} {point:?} did not kill it");
        let store = Store::open(folder.path()).unwrap();
        assert!(!store.disks().unwrap().is_empty(), "{call} {point:?} lost what was done before");

        assert!(run(folder.path(), &[]).success());
        assert!(store.list().unwrap().is_empty() && store.disks().unwrap().is_empty());
        assert_eq!(duplicates(&store.journal().unwrap()).len(), done_again, "{call} {point:?}");
    }
}

#[test]
fn a_host_is_whole_after_its_service_was_killed_at_an_arbitrary_instant() {
    let folder = tempfile::tempdir().unwrap();
    for written in [1, 4, 9, 13] {
        let store = Store::open(folder.path()).unwrap();
        let before = store.journal().unwrap().len();
        let mut child = command(folder.path(), &[]).stdout(Stdio::null()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && store.journal().unwrap().len() < before + written {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = Store::open(folder.path()).unwrap().journal().unwrap();
        assert!(journal.len() >= before + written);
        assert!(journal.iter().zip(0..).all(|(entry, place)| entry.seq == place));
        assert!(run(folder.path(), &[]).success(), "the next service could not go on");
        assert!(store.list().unwrap().is_empty());
    }
}

/// The child under a limit of its files' size, which its journal reaches in the middle of a line. `on_limit` is what
/// the shell does about the signal: nothing, and it dies of it; `trap '' XFSZ`, and the write fails as on a full disk.
fn run_with_little_room(folder: &Path, on_limit: &str) -> ExitStatus {
    let child = command(folder, &[]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{on_limit}; ulimit -c 0; ulimit -f 2; exec \"$0\" \"$@\""));
    shell.arg(child.get_program()).args(child.get_args());
    shell.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.output().expect("there is a shell").status
}

#[test]
fn a_line_that_was_cut_off_in_the_middle_by_death_or_a_full_disk_never_was() {
    for (on_limit, torn) in [(":", true), ("trap '' XFSZ", false)] {
        let folder = tempfile::tempdir().unwrap();
        assert!(!run_with_little_room(folder.path(), on_limit).success());
        let text = std::fs::read(folder.path().join("journal.jsonl")).unwrap();
        assert_eq!(text.last() != Some(&b'\n'), torn, "{on_limit}");

        let store = Store::open(folder.path()).unwrap();
        assert!(!store.journal().unwrap().is_empty());
        assert!(run(folder.path(), &[]).success(), "the next service could not go on");
        assert!(store.list().unwrap().is_empty());
        assert!(duplicates(&store.journal().unwrap()).is_empty());
    }
}

#[test]
fn processes_that_write_one_host_at_once_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let start = |_| command(folder.path(), &[]).stdout(Stdio::null()).spawn().unwrap();
    let children: Vec<_> = (0..4).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = Store::open(folder.path()).unwrap();
    let journal = store.journal().unwrap();
    assert_eq!(journal.len(), 4 * 15);
    assert!(journal.iter().zip(0..).all(|(entry, place)| entry.seq == place));
    assert!(store.list().unwrap().is_empty());
}
