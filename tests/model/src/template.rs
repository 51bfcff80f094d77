//! The directory every cloud begins with: tables, flavors, an image, a key. Made once, copied for each run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nova_all_in_one::{Cloud, Settings};
use nova_core::{BoxError, Env, Timestamp};
use nova_objects_db::Durability;

static FILES: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();

/// The settings of a cloud in `directory` whose services are all made by hand.
pub(crate) fn settings(directory: &Path) -> Settings {
    let unlimited = ["instances", "cores", "ram", "server_groups", "server_group_members"]
        .map(|name| ("quota", name, "-1"));
    let config = Settings::options_with(&unlimited).expect("the options are valid");
    let mut settings = Settings::with_config(directory, config);
    settings.hosts = Vec::new();
    settings.conductors = 0;
    settings.schedulers = 0;
    settings.durability = Durability::Process;
    settings
}

/// Puts into `directory` what a new cloud has. It does the same every time: nothing in it depends on clock or chance.
///
/// # Panics
/// If a directory cannot be used: then nothing can be simulated.
pub(crate) fn unpack(directory: &Path) {
    for (path, bytes) in FILES.get_or_init(pack) {
        let path = directory.join(path);
        let folder = path.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("the run's directory can be written");
        std::fs::write(path, bytes).expect("the run's directory can be written");
    }
}

/// On a thread of its own: a simulation that lacks the template has a runtime already.
fn pack() -> Vec<(PathBuf, Vec<u8>)> {
    let made = std::thread::scope(|scope| scope.spawn(make).join());
    made.expect("the template's thread ends").expect("a new cloud can be made")
}

fn make() -> Result<Vec<(PathBuf, Vec<u8>)>, BoxError> {
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let env = Env::builder().clock(Still).seed(0).build();
        let cloud = Cloud::build(&env, &settings(directory.path())).await?;
        let (db, placement) = (&cloud.shared().db, &cloud.shared().placement_db);
        for database in [db.api(), db.cell0(), db.cell1(), placement] {
            database.close().await;
        }
        Ok::<_, BoxError>(())
    })?;
    let mut files = Vec::new();
    read(directory.path(), directory.path(), &mut files)?;
    Ok(files)
}

fn read(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<(), BoxError> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true => read(root, &path, files)?,
            false => files.push((path.strip_prefix(root)?.to_owned(), std::fs::read(&path)?)),
        }
    }
    Ok(())
}

/// A clock that stands still.
struct Still;

impl nova_core::env::Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}
