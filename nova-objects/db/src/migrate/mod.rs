//! Schema changes: sets of migrations, each with a version table of its own.

mod run;
mod set;

pub use self::run::{MigrateError, Migrated};
pub use self::set::MigrationSet;
