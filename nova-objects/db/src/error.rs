//! Why a transaction has no result.

use nova_core::Fault;
use nova_core::fault::FaultClass;
use sea_orm::{DbErr, SqlErr};

use crate::engine::Engine;
use crate::retry::Transient;

/// Why a database could not be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL names no engine we know.
    #[error("{scheme:?} names no database engine: sqlite, postgres or mysql")]
    UnknownScheme {
        /// What stands before the first colon.
        scheme: String,
    },
    /// The engine exists and this build is without it.
    #[error("{engine} is not compiled in: build nova-objects-db with the feature {feature:?}")]
    NotCompiled {
        /// The engine of the URL.
        engine: Engine,
        /// The Cargo feature that adds it.
        feature: &'static str,
    },
    /// An in-memory SQLite database belongs to one connection, and we need several.
    #[error(
        "an in-memory SQLite database cannot be shared by connections: use a file in a temporary directory"
    )]
    InMemory,
    /// Two roles that need databases of their own were given one.
    #[error("{first} and {second} cannot share one database: their tables have the same names")]
    Shared {
        /// One role.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// The database does not answer, or refuses us.
    #[error("cannot connect to {url}")]
    Refused {
        /// Where, without secrets.
        url: String,
        /// What the driver said.
        #[source]
        source: DbErr,
    },
}

/// Why a transaction has no result.
///
/// Everything but [`OutcomeUnknown`](Self::OutcomeUnknown) and [`Interrupted`](Self::Interrupted) means that
/// nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// A row with this key is already there.
    #[error("a record with this key already exists")]
    Duplicate {
        /// What the database said; it names the constraint.
        #[source]
        source: DbErr,
    },
    /// A statement was refused.
    #[error("a database statement failed")]
    Statement {
        /// What the database said.
        #[source]
        source: DbErr,
    },
    /// Other transactions were in the way every time.
    #[error("the transaction met others in each of {attempts} attempts")]
    Contended {
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        #[source]
        source: DbErr,
    },
    /// The database could not be reached, or went away, every time.
    #[error("the database was unreachable in each of {attempts} attempts")]
    Unavailable {
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        #[source]
        source: DbErr,
    },
    /// The connection broke during `COMMIT`: the changes are there, or not. Read before trying again.
    #[error("the connection broke during the commit, whose outcome is unknown")]
    OutcomeUnknown {
        /// What the driver said.
        #[source]
        source: DbErr,
    },
    /// The closure kept its [`Tx`](crate::Tx) beyond its own end. The transaction was rolled back.
    #[error("the transaction handle outlived its closure")]
    Escaped,
    /// The task that ran the transaction panicked or was aborted.
    #[error("the task running the transaction ended early")]
    Interrupted,
}

impl DbError {
    pub(crate) fn exhausted(attempts: u32, kind: Transient, source: DbErr) -> Self {
        match kind {
            Transient::Contention => Self::Contended { attempts, source },
            Transient::Connection => Self::Unavailable { attempts, source },
        }
    }

    /// Whether a unique key was violated.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. })
    }

    /// Whether the changes may or may not have been made.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. } | Self::Interrupted)
    }
}

impl From<DbErr> for DbError {
    fn from(source: DbErr) -> Self {
        match source.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Duplicate { source },
            None if matches!(source, DbErr::ConnectionAcquire(_)) => {
                Self::Unavailable { attempts: 1, source }
            }
            _ => Self::Statement { source },
        }
    }
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        Fault::internal("using the database", &error)
    }
}

/// The error of a closure that can fail with a fault or with the database: what actions use.
///
/// `?` takes a [`DbErr`], a [`DbError`], a [`Fault`]; outside the closure, `?` turns it into a [`Fault`].
///
/// # Example
/// ```no_run
/// use nova_core::Fault;
/// use nova_objects_db::{ActionError, Db};
/// use sea_orm::ConnectionTrait;
///
/// async fn rename(db: &Db, name: String) -> Result<(), Fault> {
///     db.write(move |tx| {
///         let name = name.clone();
///         async move {
///             if name.is_empty() {
///                 return Err(Fault::new("nova.exception", "Invalid", "no name").into());
///             }
///             tx.execute_unprepared("UPDATE shelves SET name = 'x'").await?;
///             Ok::<_, ActionError>(())
///         }
///     })
///     .await?;
///     Ok(())
/// }
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The action refuses.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ActionError {
    /// An action's refusal with a declared fault class.
    pub fn fault(class: impl FaultClass) -> Self {
        Self::Fault(class.into())
    }
}

impl From<DbErr> for ActionError {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<ActionError> for Fault {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Db(error) => error.into(),
            ActionError::Fault(fault) => fault,
        }
    }
}
