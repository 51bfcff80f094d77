//! A database and its transactions.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use nova_core::Env;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TransactionOptions, TransactionTrait};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::connect;
use crate::engine::{Engine, redact};
use crate::error::{ConnectError, DbError};
use crate::gate::DbGate;
use crate::options::DbOptions;
use crate::retry::{RetryPolicy, Transient, classify, surely_not_committed};
use crate::stats::{Counters, DbStats, Event};
use crate::tx::{Connection, Tx};

/// A database: pools of connections, and the only way to run a transaction.
///
/// Cheap to clone; every clone is the same database. There is no way to get a connection out of it: work is a
/// closure, which is run to its end in a task of its own even if the caller goes away (a cancelled `BEGIN` would
/// poison the pool on PostgreSQL), and run again when the database says that trying again may help. So a closure
/// does nothing but use its [`Tx`]: no RPC, no driver, no sleep, no effect outside the database, and no other
/// transaction of the same database (SQLite has one writer: it would wait for itself).
///
/// See [the crate](crate) for isolation and an example.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    env: Env,
    engine: Engine,
    name: Arc<str>,
    url: String,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    gate: Arc<dyn DbGate>,
    retry: RetryPolicy,
    counters: Counters,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Write,
    Migration,
    Read,
}

enum Attempt<T, E> {
    Done(Result<T, E>),
    Again(Transient, DbErr),
}

impl Db {
    /// Connects to the database, and creates the file of a SQLite database that is not there.
    ///
    /// A database that does not answer yet is tried again by the [`RetryPolicy`] of the options.
    ///
    /// # Errors
    /// [`ConnectError`].
    ///
    /// # Cancel safety
    /// Dropping the future gives up; nothing stays open.
    pub async fn connect(env: &Env, options: impl Into<DbOptions>) -> Result<Self, ConnectError> {
        let options = options.into();
        let engine = connect::engine(&options.url)?;
        let (writer, reader) = connect::pools(env, engine, &options).await?;
        Ok(Self(Arc::new(Inner {
            env: env.clone(),
            engine,
            name: options.name,
            url: redact(&options.url),
            writer,
            reader,
            gate: options.gate,
            retry: options.retry,
            counters: Counters::default(),
        })))
    }

    /// Runs `work` in a write transaction and commits it if it returns `Ok`.
    ///
    /// `work` is called once per attempt, each time with a new [`Tx`]; clone into the future what it needs.
    ///
    /// # Errors
    /// What `work` returns, after a rollback, and any [`DbError`].
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction: it goes on to its commit or rollback.
    ///
    /// # Example
    /// ```no_run
    /// use nova_objects_db::{Db, DbError};
    /// use sea_orm::ConnectionTrait;
    ///
    /// # async fn run(db: Db) -> Result<(), DbError> {
    /// let shelf = "s1".to_owned();
    /// let changed = db
    ///     .write(move |tx| {
    ///         let sql = format!("UPDATE widgets SET sold = 1 WHERE shelf = '{shelf}'");
    ///         async move { Ok::<_, DbError>(tx.execute_unprepared(&sql).await?.rows_affected()) }
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn write<F, Fut, T, E>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.owned(Kind::Write, work).await
    }

    /// Runs `work` in a read-only transaction: all its statements see one state of the database.
    ///
    /// # Errors
    /// What `work` returns, and any [`DbError`]; a statement that writes is refused.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction, which changes nothing.
    pub async fn read<F, Fut, T, E>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.owned(Kind::Read, work).await
    }

    /// Runs reads that need no common state: each statement of `work` stands alone.
    ///
    /// The cheapest way to run one `SELECT`: no `BEGIN`, no task.
    ///
    /// # Errors
    /// What `work` returns, and any [`DbError`]; a statement that writes is refused (not on MySQL).
    ///
    /// # Cancel safety
    /// Dropping the future drops the query.
    pub async fn query<F, Fut, T, E>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let work = Arc::new(work);
        self.until_done(|db| {
            let work = Arc::clone(&work);
            async move { db.query_attempt(&*work).await }
        })
        .await
    }

    pub(crate) async fn migration<F, Fut, T, E>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.owned(Kind::Migration, work).await
    }

    /// What it has been asked to do so far.
    pub fn stats(&self) -> DbStats {
        self.0.counters.snapshot()
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// The name it has in metrics and logs.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The environment it was made with.
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// Closes all connections once their work is done. Later work fails with [`DbError::Unavailable`].
    pub async fn close(&self) {
        for pool in [&self.0.writer, &self.0.reader] {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(database = %self.0.name, %error, "a connection pool did not close");
            }
        }
    }

    async fn owned<F, Fut, T, E>(&self, kind: Kind, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let db = self.clone();
        let work = Arc::new(work);
        let task = self.0.env.spawn(kind.task_name(), async move {
            db.until_done(|db| {
                let work = Arc::clone(&work);
                async move { db.transaction_attempt(kind, &*work).await }
            })
            .await
        });
        task.await.unwrap_or_else(|_| Err(DbError::Interrupted.into()))
    }

    /// Makes attempts, each through the gate, until one is not worth repeating. Delays are outside the gate.
    async fn until_done<A, Fut, T, E>(&self, attempt: A) -> Result<T, E>
    where
        A: Fn(Self) -> Fut,
        Fut: Future<Output = Attempt<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let start = Instant::now();
        let mut retries = 0;
        loop {
            match gated(&*self.0.gate, attempt(self.clone())).await? {
                Attempt::Done(result) => return result,
                Attempt::Again(kind, source) if !self.0.retry.goes_on(retries, start) => {
                    return Err(DbError::exhausted(retries + 1, kind, source).into());
                }
                Attempt::Again(kind, error) => {
                    tracing::debug!(database = %self.0.name, ?kind, %error, "a transaction is tried again");
                    self.count(Event::Retry);
                    tokio::time::sleep(self.0.retry.delay(&self.0.env, retries)).await;
                    retries += 1;
                }
            }
        }
    }

    async fn transaction_attempt<F, Fut, T, E>(&self, kind: Kind, work: &F) -> Attempt<T, E>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: From<DbError>,
    {
        let transaction = match self.begin(kind).await {
            Ok(transaction) => transaction,
            Err(error) => return failed(error),
        };
        let (keeper, tx) = Tx::new(&self.0.env, self.0.engine, Connection::Transaction(transaction));
        let result = work(tx).await;
        let failure = keeper.failure();
        let Some(Connection::Transaction(transaction)) = keeper.into_connection() else {
            return Attempt::Done(Err(DbError::Escaped.into()));
        };
        match (result, failure) {
            (Ok(value), None) => self.commit(kind, transaction, value).await,
            (result, failure) => {
                self.roll_back(transaction).await;
                after_rollback(result, failure)
            }
        }
    }

    async fn query_attempt<F, Fut, T, E>(&self, work: &F) -> Attempt<T, E>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: From<DbError>,
    {
        let connection = Connection::Pool(self.0.reader.clone());
        let (keeper, tx) = Tx::new(&self.0.env, self.0.engine, connection);
        let result = work(tx).await;
        self.count(Event::Query);
        match (result, keeper.failure()) {
            (Ok(value), None) => Attempt::Done(Ok(value)),
            (result, failure) => after_rollback(result, failure),
        }
    }

    async fn begin(&self, kind: Kind) -> Result<DatabaseTransaction, DbErr> {
        let pool = if kind == Kind::Read { &self.0.reader } else { &self.0.writer };
        pool.begin_with_options(kind.options(self.0.engine)).await
    }

    async fn commit<T, E: From<DbError>>(
        &self,
        kind: Kind,
        transaction: DatabaseTransaction,
        value: T,
    ) -> Attempt<T, E> {
        match transaction.commit().await {
            Ok(()) => {
                self.count(if kind == Kind::Read { Event::Read } else { Event::Write });
                Attempt::Done(Ok(value))
            }
            // Nothing was written, so whatever happened to the connection, the answer stands.
            Err(_) if kind == Kind::Read => Attempt::Done(Ok(value)),
            Err(error) if surely_not_committed(&error) => failed(error),
            Err(source) => {
                self.count(Event::UnknownOutcome);
                tracing::warn!(database = %self.0.name, error = %source, "the outcome of a commit is unknown");
                Attempt::Done(Err(DbError::OutcomeUnknown { source }.into()))
            }
        }
    }

    async fn roll_back(&self, transaction: DatabaseTransaction) {
        self.count(Event::Rollback);
        if let Err(error) = transaction.rollback().await {
            // The server rolls back when the connection ends, and a broken connection does not return to the pool.
            tracing::debug!(database = %self.0.name, %error, "a rollback failed");
        }
    }

    fn count(&self, event: Event) {
        self.0.counters.count(&self.0.name, event);
    }
}

impl Kind {
    fn task_name(self) -> &'static str {
        match self {
            Self::Write => "database write",
            Self::Migration => "database migration",
            Self::Read => "database read",
        }
    }

    /// Isolation for all but migrations is a default of the connections: no statement per transaction for it.
    fn options(self, engine: Engine) -> TransactionOptions {
        let mut options = TransactionOptions::default();
        match (engine, self) {
            (Engine::Sqlite, Self::Write | Self::Migration) => {
                options.sqlite_transaction_mode = Some(sea_orm::SqliteTransactionMode::Immediate);
            }
            (Engine::Postgres | Engine::MySql, Self::Migration) => {
                // What another process committed while we waited for the migration lock must be seen.
                options.isolation_level = Some(sea_orm::IsolationLevel::ReadCommitted);
            }
            _ => {}
        }
        options
    }
}

fn failed<T, E: From<DbError>>(error: DbErr) -> Attempt<T, E> {
    match classify(&error) {
        Some(kind) => Attempt::Again(kind, error),
        None => Attempt::Done(Err(DbError::from(error).into())),
    }
}

/// A statement's failure decides, whatever the closure made of it; then the closure's own error.
fn after_rollback<T, E: From<DbError>>(result: Result<T, E>, failure: Option<DbErr>) -> Attempt<T, E> {
    match (result, failure) {
        (Ok(_), Some(error)) => failed(error),
        (Err(refusal), Some(error)) => match classify(&error) {
            Some(kind) => Attempt::Again(kind, error),
            None => Attempt::Done(Err(refusal)),
        },
        (result, None) => Attempt::Done(result),
    }
}

async fn gated<T: Send + 'static>(
    gate: &dyn DbGate,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, DbError> {
    let (done, result) = oneshot::channel();
    let work = async move {
        // Nobody waits when the caller of a `query` went away.
        let _ = done.send(work.await);
    };
    gate.run(Box::pin(work)).await;
    result.await.map_err(|_| DbError::Interrupted)
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("name", &self.0.name).field("url", &self.0.url).finish_non_exhaustive()
    }
}
