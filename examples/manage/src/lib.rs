//! What operators look at and put right: operations, placement's books, services.
//!
//! A library first: [`Databases`] opens what a cloud keeps, and each of [`operation`], [`placement`] and [`service`] is a
//! few functions over it whose answers are plain data. The program `nova-manage` prints them, as tables or as JSON.
//!
//! | command | does |
//! |---|---|
//! | `operation list` | what is under way, or all of it, oldest first |
//! | `operation show ID` | everything that is written down about one |
//! | `operation retry ID` | ends the pause before its next attempt |
//! | `operation cancel ID` | undoes it, if the step it is at can be undone |
//! | `operation purge` | forgets what ended long ago |
//! | `placement audit` | where the books and the instances disagree |
//! | `placement heal` | puts that right; `--dry-run` only says how |
//! | `placement purge` | forgets consumers that were retired long ago |
//! | `service list` | the services, and which are up |
//!
//! It reads and writes the databases and needs no running service. What services are at work on is left to them: an
//! instance with an open operation is *in motion*, and neither audited nor healed.
//!
//! # Example
//! ```
//! use nova_core::{Env, RequestContext};
//! use nova_manage::{Databases, placement};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! # let directory = tempfile::tempdir()?;
//! let env = Env::system();
//! let databases = Databases::in_directory(&env, directory.path()).await?;
//! let audit = placement::audit(&databases, &RequestContext::admin(&env), |_| ()).await?;
//! assert!(audit.discrepancies.is_empty(), "nothing is held, and nothing runs");
//! # Ok::<(), nova_core::BoxError>(())
//! # })?;
//! # Ok::<(), nova_core::BoxError>(())
//! ```
//!
//! # Features
//! `sqlite` (default), `postgres` compile an engine in.
//!
//! # What it does not do
//! `nova-manage`'s cells, archiving and online data migrations; it looks at one cell beside cell0.

mod databases;
pub mod operation;
pub mod placement;
pub mod service;

pub use self::databases::{Databases, ManageOptions, OpenError};
