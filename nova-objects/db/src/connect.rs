//! URLs to connection pools.

use std::time::Duration;

use nova_core::Env;
use sea_orm::{ConnAcquireErr, ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr};
use tokio::time::Instant;

use crate::engine::{Engine, driver_url, redact, scheme};
use crate::error::ConnectError;
use crate::options::{DbOptions, Durability};
use crate::retry::classify;

/// The engine of `url`, if this build has it and the URL is one we can use.
pub(crate) fn engine(url: &str) -> Result<Engine, ConnectError> {
    let engine =
        Engine::of_url(url).ok_or_else(|| ConnectError::UnknownScheme { scheme: scheme(url).to_owned() })?;
    if !engine.is_compiled() {
        return Err(ConnectError::NotCompiled { engine, feature: engine.feature() });
    }
    if engine == Engine::Sqlite
        && (url.contains(":memory:") || url.contains("mode=memory") || url.len() <= "sqlite://".len())
    {
        return Err(ConnectError::InMemory);
    }
    Ok(engine)
}

/// The pool for writing and the pool for reading.
///
/// They are two on every engine. SQLite: one writer, so that writers of one process queue here, fairly, and not in
/// the file's lock; readers go on beside it (WAL). Servers: the readers' sessions are read-only by default, without
/// a statement per transaction to say so.
pub(crate) async fn pools(
    env: &Env,
    engine: Engine,
    options: &DbOptions,
) -> Result<(DatabaseConnection, DatabaseConnection), ConnectError> {
    // The writer first: it creates a SQLite file and sets its journal mode, which readers cannot.
    let writer = open(env, options, connect_options(engine, options, Access::Write)).await?;
    let reader = open(env, options, connect_options(engine, options, Access::Read)).await?;
    Ok((writer, reader))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

async fn open(
    env: &Env,
    options: &DbOptions,
    connect: ConnectOptions,
) -> Result<DatabaseConnection, ConnectError> {
    let start = Instant::now();
    let mut retries = 0;
    loop {
        match through_gate(options, connect.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(error) if classify(&error).is_some() && options.retry.goes_on(retries, start) => {
                tracing::debug!(database = %options.name, %error, "connecting is tried again");
                tokio::time::sleep(options.retry.delay(env, retries)).await;
                retries += 1;
            }
            Err(source) => {
                return Err(ConnectError::Refused {
                    url: redact(&options.url),
                    source: scrub(source, connect.get_url()),
                });
            }
        }
    }
}

/// An error that does not quote the URL, which may hold a password.
fn scrub(error: DbErr, url: &str) -> DbErr {
    match error.to_string().contains(url) {
        true => DbErr::Conn(RuntimeErr::Internal("the URL cannot be parsed".to_owned())),
        false => error,
    }
}

async fn through_gate(options: &DbOptions, connect: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let (done, result) = tokio::sync::oneshot::channel();
    let work = async move {
        // Nobody waits when the caller of `Db::connect` went away.
        let _ = done.send(Database::connect(connect).await);
    };
    options.gate.run(Box::pin(work)).await;
    result.await.unwrap_or_else(|_| Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)))
}

fn connect_options(engine: Engine, options: &DbOptions, access: Access) -> ConnectOptions {
    let mut connect = ConnectOptions::new(driver_url(engine, &options.url));
    let connections = match (engine, access) {
        (Engine::Sqlite, Access::Write) => 1,
        (_, Access::Write) => options.max_connections,
        (_, Access::Read) => options.max_readers,
    };
    connect
        .max_connections(connections.max(1))
        .min_connections(0)
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .test_before_acquire(false);
    match engine {
        Engine::Sqlite => sqlite(&mut connect, options, access),
        Engine::Postgres => postgres(&mut connect, access),
        Engine::MySql => server(&mut connect),
    }
    connect
}

/// A server may have closed a connection that was idle: ask before use, but not before every use.
fn server(connect: &mut ConnectOptions) {
    connect.test_before_acquire_if_idle_for(Duration::from_secs(10));
}

#[cfg(feature = "sqlite")]
fn sqlite(connect: &mut ConnectOptions, options: &DbOptions, access: Access) {
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    connect.idle_timeout(None).max_lifetime(None);
    let busy_timeout = options.busy_timeout;
    let synchronous = match options.durability {
        Durability::Machine => SqliteSynchronous::Full,
        Durability::Process => SqliteSynchronous::Normal,
    };
    connect.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .create_if_missing(access == Access::Write)
            .busy_timeout(busy_timeout)
            .foreign_keys(true)
            .synchronous(synchronous);
        match access {
            Access::Write => sqlite.journal_mode(SqliteJournalMode::Wal),
            Access::Read => sqlite.pragma("query_only", "ON"),
        }
    });
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &mut ConnectOptions, _: &DbOptions, _: Access) {}

#[cfg(feature = "postgres")]
fn postgres(connect: &mut ConnectOptions, access: Access) {
    server(connect);
    let read_only = if access == Access::Read { "on" } else { "off" };
    connect.set_application_name("nova");
    connect.map_sqlx_postgres_opts(move |postgres| {
        postgres.options([
            ("default_transaction_isolation", "repeatable read"),
            ("default_transaction_read_only", read_only),
            ("timezone", "UTC"),
        ])
    });
}

#[cfg(not(feature = "postgres"))]
fn postgres(connect: &mut ConnectOptions, _: Access) {
    server(connect);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_an_engine_is_refused_and_so_is_memory() {
        assert!(
            matches!(engine("oracle://db/x"), Err(ConnectError::UnknownScheme { scheme }) if scheme == "oracle")
        );
        for url in ["sqlite::memory:", "sqlite://:memory:", "sqlite:file.db?mode=memory", "sqlite://"] {
            assert!(matches!(engine(url), Err(ConnectError::InMemory)), "{url}");
        }
    }

    #[cfg(feature = "postgres")]
    #[tokio::test]
    async fn a_url_that_cannot_be_read_is_refused_without_its_password() {
        for url in ["postgres://nova:s3cret@[db/nova", "postgres://nova:s3cret@db:99999/nova"] {
            let error = crate::Db::connect(&Env::system(), url).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[cfg(not(feature = "mysql"))]
    #[test]
    fn an_engine_that_is_not_compiled_in_is_refused_with_the_name_of_its_feature() {
        let error = engine("mysql://nova@db/nova").unwrap_err().to_string();
        assert!(error.contains("MySQL") && error.contains("\"mysql\""), "{error}");
    }
}
