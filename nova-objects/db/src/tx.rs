//! A transaction as its closure sees it.

use std::sync::{Arc, Mutex, PoisonError};

use nova_core::{Env, Timestamp};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    Statement,
};

use crate::engine::Engine;

/// One attempt of a transaction, given to the closure of [`Db::write`](crate::Db::write),
/// [`Db::read`](crate::Db::read) or [`Db::query`](crate::Db::query).
///
/// It is a sea-orm connection: `Entity::find().one(&tx)`. It belongs to its closure; one that is kept longer makes
/// the transaction fail.
///
/// **A statement that fails dooms the transaction**, on every engine alike, even if the closure goes on and returns
/// `Ok`: on PostgreSQL nothing after it would count. So look before you insert, or let the conflict fail the
/// transaction and handle [`DbError::Duplicate`](crate::DbError::Duplicate) outside.
pub struct Tx {
    connection: Arc<Connection>,
    failure: Arc<Mutex<Option<DbErr>>>,
    env: Env,
    engine: Engine,
}

pub(crate) enum Connection {
    Transaction(DatabaseTransaction),
    Pool(DatabaseConnection),
}

/// The half that stays outside the closure.
pub(crate) struct TxKeeper {
    connection: Arc<Connection>,
    failure: Arc<Mutex<Option<DbErr>>>,
}

impl Tx {
    pub(crate) fn new(env: &Env, engine: Engine, connection: Connection) -> (TxKeeper, Self) {
        let connection = Arc::new(connection);
        let failure = Arc::<Mutex<Option<DbErr>>>::default();
        let keeper = TxKeeper { connection: Arc::clone(&connection), failure: Arc::clone(&failure) };
        (keeper, Self { connection, failure, env: env.clone(), engine })
    }

    /// Another handle to this attempt, for a closure within the closure. It must be gone before this one.
    pub(crate) fn share(&self) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            failure: Arc::clone(&self.failure),
            env: self.env.clone(),
            engine: self.engine,
        }
    }

    /// Lets each statement from here on see what was committed before *it*, not before the transaction: for transactions
    /// that lock a row and then decide by what others left. The first statement of its transaction.
    ///
    /// PostgreSQL is told so; SQLite has one writer; MySQL's snapshot is taken by the first plain read, which must follow
    /// the lock.
    ///
    /// # Errors
    /// The database's, also if it was not the first statement.
    pub async fn read_committed(&self) -> Result<(), DbErr> {
        if self.engine == Engine::Postgres {
            self.execute_unprepared("SET TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
        }
        Ok(())
    }

    /// The engine this runs on, for the few statements that must differ.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A new random id.
    pub(crate) fn new_id(&self) -> nova_objects::types::Uuid {
        self.env.new_id().into()
    }

    /// The environment the database was connected with, for ids of new records.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The time by the database's clock: the one clock that all its users agree on.
    ///
    /// A server is asked. SQLite has no clock but its machine's, which every process using the file shares, so
    /// there it is [`Env::now`], and simulations own it.
    ///
    /// # Errors
    /// The server's.
    pub async fn now(&self) -> Result<Timestamp, DbErr> {
        let sql = match self.engine {
            Engine::Sqlite => return Ok(self.env.now()),
            Engine::Postgres => "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros",
            Engine::MySql => "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) AS micros",
        };
        let row = self.query_one_raw(Statement::from_string(self.engine.backend(), sql)).await?;
        let micros: i64 =
            row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?.try_get("", "micros")?;
        Timestamp::from_unix_micros(micros)
            .ok_or_else(|| DbErr::Type("the database's time is out of range".to_owned()))
    }

    /// The sea-orm transaction, for libraries that insist on one; its failures must be [noted](Self::note).
    pub(crate) fn transaction(&self) -> Option<&DatabaseTransaction> {
        match &*self.connection {
            Connection::Transaction(tx) => Some(tx),
            Connection::Pool(_) => None,
        }
    }

    /// Remembers the first failure of a statement.
    pub(crate) fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &result {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert_with(|| error.clone());
        }
        result
    }
}

impl TxKeeper {
    pub(crate) fn failure(&self) -> Option<DbErr> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The transaction, if the closure gave its handle back.
    pub(crate) fn into_connection(self) -> Option<Connection> {
        Arc::into_inner(self.connection)
    }
}

macro_rules! on_connection {
    ($tx:ident, $connection:ident => $call:expr) => {{
        let result = match &*$tx.connection {
            Connection::Transaction($connection) => $call,
            Connection::Pool($connection) => $call,
        };
        $tx.note(result)
    }};
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.engine.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        on_connection!(self, connection => connection.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        on_connection!(self, connection => connection.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        on_connection!(self, connection => connection.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on_connection!(self, connection => connection.query_all_raw(statement).await)
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("engine", &self.engine).finish_non_exhaustive()
    }
}
