//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use uuid::Uuid;

/// Looks at the databases of a cloud and puts them right. No service need be running.
#[derive(Debug, Parser)]
#[command(name = "nova-manage", version)]
pub(crate) struct Cli {
    /// A configuration file that names the databases; may be given several times.
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) config_file: Vec<PathBuf>,
    /// The data directory of an all-in-one, where no file names a database.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) topic: Topic,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Topic {
    /// Durable work: what is under way, and what can be done about it.
    #[command(subcommand)]
    Operation(OperationCommand),
    /// What is held, against what runs.
    #[command(subcommand)]
    Placement(PlacementCommand),
    /// The services.
    #[command(subcommand)]
    Service(ServiceCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum OperationCommand {
    /// What is under way, oldest first.
    List {
        /// Also what has ended.
        #[arg(long)]
        all: bool,
        /// Only what is about this server.
        #[arg(long, value_name = "UUID")]
        server: Option<Uuid>,
        /// Only operations of this kind: boot, build, delete, ….
        #[arg(long)]
        kind: Option<String>,
        /// At most so many of each database.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Everything that is written down about one, as JSON.
    Show {
        /// The operation.
        id: Uuid,
    },
    /// Ends the pause before its next attempt.
    Retry {
        /// The operation.
        id: Uuid,
    },
    /// Undoes it, if the step it is at can be undone.
    Cancel {
        /// The operation.
        id: Uuid,
    },
    /// Forgets what ended long ago.
    Purge {
        /// In days.
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
        older_than: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PlacementCommand {
    /// Where the books and the instances disagree. Ends with 3 if they do.
    Audit,
    /// Puts that right.
    Heal {
        /// Only says what it would do.
        #[arg(long)]
        dry_run: bool,
    },
    /// Forgets the consumers of servers that were deleted long ago.
    Purge {
        /// In days.
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
        older_than: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Who there is, and who is up.
    List,
}
