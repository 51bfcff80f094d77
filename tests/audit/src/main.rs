//! `nova-audit`: what of a cloud's promises does not hold, read from the data directory of a `nova-all-in-one`.
//!
//! It changes nothing, and may run beside the cloud. What is on its way is told too, so ask again after a while before
//! you believe that something is lost. It ends with 0 if there is nothing to tell, with 1 if there is, with 2 if it
//! could not look.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is what it is for")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use nova_audit::{Audit, Sources};
use nova_core::{BoxError, Env};
use nova_objects_db::{Db, DbOptions, NovaDb, NovaUrls};
use nova_placement::EmbeddedPlacement;
use nova_virt::fake::Store;

/// Says what of a cloud's promises does not hold.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the cloud keeps its databases and fake hypervisors.
    #[arg(long)]
    data_dir: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let audit = match sources(&arguments.data_dir).await {
        Ok(sources) => Audit::of(&sources).await,
        Err(error) => {
            eprintln!("nova-audit: {}: {error}", arguments.data_dir.display());
            return ExitCode::from(2);
        }
    };
    print!("{audit}");
    match audit.findings.len() {
        0 => println!("everything is as it must be"),
        some => println!("{some} findings"),
    }
    if audit.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Opens what is there, and makes nothing that is not.
async fn sources(directory: &Path) -> Result<Sources, BoxError> {
    let placement = directory.join("placement.db");
    for file in ["nova_api.db", "nova_cell0.db", "nova_cell1.db", "placement.db"] {
        if !directory.join(file).is_file() {
            return Err(format!("there is no {file}: is it the data directory of a cloud?").into());
        }
    }
    let env = Env::system();
    let db = NovaDb::connect(&env, NovaUrls::in_directory(directory)).await?;
    db.check_schema().await?;
    let url = format!("sqlite://{}", placement.display());
    let placement_db = Db::connect(&env, DbOptions::new(url).named("placement")).await?;
    placement_db.check_schema(&nova_placement::schema::migrations()).await?;
    let placement = Arc::new(EmbeddedPlacement::open(&placement_db).await?);
    Ok(Sources { db, placement_db, placement, hypervisors: hypervisors(&directory.join("hypervisors"))? })
}

fn hypervisors(directory: &Path) -> Result<BTreeMap<String, Store>, BoxError> {
    let mut stores = BTreeMap::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let host = entry.file_name().to_string_lossy().into_owned();
        stores.insert(host, Store::open(entry.path())?);
    }
    Ok(stores)
}
