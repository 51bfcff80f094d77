//! Bringing a database to the version of the code.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_query::{Alias, ColumnDef, Expr, Order, Query, Table};

use super::set::{Adoption, MigrationSet};
use crate::db::Db;
use crate::error::DbError;
use crate::tx::Tx;

/// What a migration run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The migrations applied now, in order.
    pub applied: Vec<String>,
    /// How many were there before.
    pub already: usize,
    /// Whether a schema made by somebody else was taken for what was to be applied.
    pub adopted: bool,
}

/// Why a schema is not at the version of the code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The database has had migrations that this code does not know: the code is older than the schema.
    #[error("the schema {set} is newer than this code: it has {unknown:?}")]
    Newer {
        /// The set.
        set: &'static str,
        /// The migrations only the database knows.
        unknown: Vec<String>,
    },
    /// The database's migrations are not the first ones of the code's.
    #[error("the schema {set} has another history: it lacks {missing:?} and has later ones")]
    Diverged {
        /// The set.
        set: &'static str,
        /// The migration that was left out.
        missing: String,
    },
    /// The database lacks migrations, and nobody asked to apply them.
    #[error("the schema {set} is older than this code: it lacks {missing:?}")]
    Behind {
        /// The set.
        set: &'static str,
        /// The migrations to apply.
        missing: Vec<String>,
    },
    /// A schema that somebody else made has not got what we need.
    #[error("the schema {set} was made by another program and does not fit: {reason}")]
    Unfit {
        /// The set.
        set: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// The database failed.
    #[error("migrating failed")]
    Db(#[from] DbError),
}

impl From<DbErr> for MigrateError {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl Db {
    /// Applies the migrations of `set` that the database has not had.
    ///
    /// Safe to call from several processes at once: one does the work, the others wait and find it done. On SQLite
    /// and PostgreSQL a failure leaves everything as it was; MySQL cannot undo schema changes, and keeps the
    /// migrations that were applied before the failing one.
    ///
    /// # Errors
    /// [`MigrateError`]; a schema newer than the code is refused and not touched.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the migration.
    pub async fn migrate(&self, set: &MigrationSet) -> Result<Migrated, MigrateError> {
        let set = set.clone();
        self.migration(move |tx| {
            let set = set.clone();
            async move { run(&tx, &set).await }
        })
        .await
    }

    /// Checks, changing nothing, that the database has exactly the migrations of `set`.
    ///
    /// # Errors
    /// [`MigrateError::Behind`] and the others.
    pub async fn check_schema(&self, set: &MigrationSet) -> Result<(), MigrateError> {
        let set = set.clone();
        self.read(move |tx| {
            let set = set.clone();
            async move {
                let versions = if has_table(&tx, &set.version_table()).await? {
                    applied(&tx, &set).await?
                } else {
                    vec![]
                };
                let missing = pending(&set, &versions)?;
                if missing.is_empty() {
                    Ok(())
                } else {
                    Err(MigrateError::Behind { set: set.name(), missing })
                }
            }
        })
        .await
    }
}

async fn run(tx: &Tx, set: &MigrationSet) -> Result<Migrated, MigrateError> {
    lock(tx, set).await?;
    let result = run_locked(tx, set).await;
    unlock(tx, set).await?;
    result
}

async fn run_locked(tx: &Tx, set: &MigrationSet) -> Result<Migrated, MigrateError> {
    if !has_table(tx, &set.version_table()).await? {
        create_version_table(tx, set).await?;
    }
    let versions = applied(tx, set).await?;
    let mut done = Migrated { already: versions.len(), ..Migrated::default() };
    let lacking = pending(set, &versions)?;
    if let Some(adoption) = set.adoption.as_ref().filter(|_| !lacking.is_empty()) {
        done.adopted = adopt(tx, set, adoption, &lacking).await?;
        if done.adopted {
            return Ok(done);
        }
    }
    let transaction = tx.transaction().expect("invariant: a migration runs in a transaction");
    for migration in set.migrations.iter().skip(done.already) {
        tracing::info!(set = set.name(), migration = migration.name(), "migrating the database");
        tx.note(migration.up(&SchemaManager::new(transaction)).await)?;
        record(tx, set, migration.name()).await?;
        done.applied.push(migration.name().to_owned());
    }
    Ok(done)
}

/// The code's migrations that the database, which has had `versions`, lacks.
fn pending(set: &MigrationSet, versions: &[String]) -> Result<Vec<String>, MigrateError> {
    let unknown: Vec<_> =
        versions.iter().filter(|version| !set.names().any(|name| name == **version)).collect();
    if !unknown.is_empty() {
        return Err(MigrateError::Newer { set: set.name(), unknown: unknown.into_iter().cloned().collect() });
    }
    for (name, version) in set.names().zip(versions) {
        if name != version {
            return Err(MigrateError::Diverged { set: set.name(), missing: name.to_owned() });
        }
    }
    Ok(set.names().skip(versions.len()).map(str::to_owned).collect())
}

/// One migration run at a time per set and database. SQLite: the write transaction itself.
async fn lock(tx: &Tx, set: &MigrationSet) -> Result<(), DbErr> {
    match tx.get_database_backend() {
        DbBackend::Postgres => {
            let sql = format!("SELECT pg_advisory_xact_lock({})", lock_number(set.name()));
            tx.execute_unprepared(&sql).await.map(drop)
        }
        DbBackend::MySql => {
            let sql = format!("SELECT GET_LOCK('{}', 600) AS held", set.version_table());
            let row = tx.query_one_raw(Statement::from_string(DbBackend::MySql, sql)).await?;
            let held: Option<i64> = row.map(|row| row.try_get("", "held")).transpose()?.flatten();
            if held == Some(1) {
                Ok(())
            } else {
                Err(DbErr::Migration("the migration lock is held".to_owned()))
            }
        }
        _ => Ok(()),
    }
}

async fn unlock(tx: &Tx, set: &MigrationSet) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::MySql {
        return Ok(());
    }
    tx.execute_unprepared(&format!("SELECT RELEASE_LOCK('{}')", set.version_table())).await.map(drop)
}

/// A number of its own for each name (FNV-1a), the same in every process.
fn lock_number(name: &str) -> i64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed()
}

async fn create_version_table(tx: &Tx, set: &MigrationSet) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table(Alias::new(set.version_table()))
        .col(ColumnDef::new(Alias::new("position")).integer().not_null().primary_key())
        .col(ColumnDef::new(Alias::new("name")).string_len(255).not_null())
        .col(ColumnDef::new(Alias::new("applied_at")).string_len(40).not_null());
    tx.execute(&table).await.map(drop)
}

async fn applied(tx: &Tx, set: &MigrationSet) -> Result<Vec<String>, DbErr> {
    let query = Query::select()
        .column(Alias::new("name"))
        .from(Alias::new(set.version_table()))
        .order_by(Alias::new("position"), Order::Asc)
        .to_owned();
    tx.query_all(&query).await?.iter().map(|row| row.try_get("", "name")).collect()
}

async fn record(tx: &Tx, set: &MigrationSet, name: &str) -> Result<(), DbErr> {
    let position =
        set.names().position(|known| known == name).and_then(|position| i32::try_from(position).ok());
    let insert = Query::insert()
        .into_table(Alias::new(set.version_table()))
        .columns(["position", "name", "applied_at"].map(Alias::new))
        .values_panic([Expr::val(position), Expr::val(name), Expr::val(tx.now().await?.to_string())])
        .to_owned();
    tx.execute(&insert).await.map(drop)
}

/// Whether the schema is its owner's: then what it lacks of our migrations is there already, and is noted.
async fn adopt(
    tx: &Tx,
    set: &MigrationSet,
    adoption: &Adoption,
    lacking: &[String],
) -> Result<bool, MigrateError> {
    if !has_table(tx, adoption.marker).await? {
        return Ok(false);
    }
    let unfit = |reason: String| MigrateError::Unfit { set: set.name(), reason };
    for (table, columns) in &adoption.columns {
        let present = columns_of(tx, table).await?;
        for column in columns {
            match present.iter().find(|(name, _)| name == column) {
                None => return Err(unfit(format!("{table} has no column {column}"))),
                Some((_, kind)) if kind == "inet" || kind == "USER-DEFINED" => {
                    return Err(unfit(format!("{table}.{column} is of PostgreSQL's own type {kind}")));
                }
                Some(_) => {}
            }
        }
    }
    for name in lacking {
        record(tx, set, name).await?;
    }
    Ok(true)
}

async fn has_table(tx: &Tx, table: &str) -> Result<bool, DbErr> {
    Ok(!columns_of(tx, table).await?.is_empty())
}

/// The columns of `table` with their types; none if there is no such table.
async fn columns_of(tx: &Tx, table: &str) -> Result<Vec<(String, String)>, DbErr> {
    let backend = tx.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT column_name::text AS name, data_type::text AS kind FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1"
        }
        DbBackend::MySql => {
            "SELECT column_name AS name, data_type AS kind FROM information_schema.columns \
             WHERE table_schema = database() AND table_name = ?"
        }
        _ => "SELECT name, type AS kind FROM pragma_table_info(?)",
    };
    let rows = tx.query_all_raw(Statement::from_sql_and_values(backend, sql, [table.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "kind")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::nova_main;

    #[test]
    fn a_schema_with_an_unknown_migration_is_newer_and_one_without_any_is_behind() {
        let set = nova_main();
        let names: Vec<_> = set.names().map(str::to_owned).collect();
        assert!(pending(&set, &names).unwrap().is_empty());
        assert_eq!(pending(&set, &[]).unwrap(), names);
        let newer: Vec<_> = names.iter().cloned().chain(["m9999_later".to_owned()]).collect();
        assert!(
            matches!(pending(&set, &newer), Err(MigrateError::Newer { unknown, .. }) if unknown == ["m9999_later"])
        );
    }

    #[test]
    fn two_sets_have_two_locks() {
        assert_ne!(lock_number("nova-main"), lock_number("nova-api"));
    }
}
