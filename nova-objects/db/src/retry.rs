//! What a failed attempt was, and whether another one can help.

#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "without an engine there are no errors to classify")
)]

use std::time::Duration;

use nova_core::Env;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use tokio::time::Instant;

/// How often and how fast a transaction is tried again.
///
/// Nova sleeps 1, 2, 4 … up to 10 s. These delays start smaller, because the usual cause (two writers met) is over
/// in milliseconds, and half of every delay is random. With the defaults a transaction that always meets others is
/// given up after about 1.5 s, one that finds no database after about 10 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "wrap_db_retry")]
pub struct RetryPolicy {
    /// Attempts after the first; 5.
    pub max_retries: u32,
    /// The longest delay before the first retry; 50 ms. It doubles.
    pub first_delay: Duration,
    /// No delay is longer; 2 s.
    pub max_delay: Duration,
    /// Once so much time has passed since the first attempt began, there is no other; 10 s.
    pub max_elapsed: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 5,
            first_delay: Duration::from_millis(50),
            max_delay: Duration::from_secs(2),
            max_elapsed: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// The defaults with `max_retries`.
    pub fn with_max_retries(max_retries: u32) -> Self {
        Self { max_retries, ..Self::default() }
    }

    /// Whether to try again after `retries` retries, the first attempt having begun at `start`.
    pub(crate) fn goes_on(&self, retries: u32, start: Instant) -> bool {
        retries < self.max_retries && start.elapsed() < self.max_elapsed
    }

    /// The delay before retry number `retry` (from 0): half of the nominal delay, and up to as much again.
    pub(crate) fn delay(&self, env: &Env, retry: u32) -> Duration {
        let factor = 1_u32.checked_shl(retry).unwrap_or(u32::MAX);
        let nominal = self.first_delay.saturating_mul(factor).min(self.max_delay);
        nominal / 2 + env.jitter(nominal / 2)
    }
}

/// Why an attempt failed in a way that another attempt may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transient {
    /// Two transactions met: deadlock, serialization failure, lock timeout, SQLite busy. Nothing was changed.
    Contention,
    /// The connection broke, or none was to be had.
    Connection,
}

/// What kind of failure `error` is; `None` when trying again cannot help.
///
/// Works for errors of statements and of `BEGIN`. At `COMMIT` a broken connection means an unknown outcome, which
/// is never retried here.
///
/// # Example
/// ```
/// use nova_objects_db::{classify, Transient};
/// use sea_orm::{ConnAcquireErr, DbErr};
///
/// assert_eq!(classify(&DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), Some(Transient::Connection));
/// assert_eq!(classify(&DbErr::RecordNotUpdated), None);
/// ```
pub fn classify(error: &DbErr) -> Option<Transient> {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Some(Transient::Connection),
        DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause) => classify_runtime(cause),
        _ => None,
    }
}

/// Whether the database itself answered `error` to a `COMMIT` that, by this answer, did not happen.
pub(crate) fn surely_not_committed(error: &DbErr) -> bool {
    match error {
        DbErr::Exec(cause) | DbErr::Query(cause) => match code_of(cause) {
            Some(Code::Sqlite(code)) => code & 0xff != sqlite::IOERR,
            Some(Code::State(state)) => {
                !postgres::unknown_outcome(&state) && !postgres::connection_lost(&state)
            }
            None => false,
        },
        _ => false,
    }
}

enum Code {
    Sqlite(u32),
    State(String),
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn classify_runtime(cause: &RuntimeErr) -> Option<Transient> {
    use sea_orm::sqlx::Error;
    let RuntimeErr::SqlxError(error) = cause else { return None };
    match &**error {
        Error::Io(_) | Error::PoolTimedOut | Error::WorkerCrashed => Some(Transient::Connection),
        Error::Database(_) => code_of(cause).and_then(|code| match code {
            Code::Sqlite(code) => sqlite::classify(code),
            Code::State(state) => postgres::classify(&state),
        }),
        _ => None,
    }
}

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn classify_runtime(_: &RuntimeErr) -> Option<Transient> {
    None
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn code_of(cause: &RuntimeErr) -> Option<Code> {
    let RuntimeErr::SqlxError(error) = cause else { return None };
    let error = error.as_database_error()?;
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sea_orm::SqlxSqliteError>().is_some() {
        return error.code()?.parse().ok().map(Code::Sqlite);
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>()
        && error.number() == mysql::LOCK_WAIT_TIMEOUT
    {
        return Some(Code::State(postgres::DEADLOCK.to_owned()));
    }
    error.code().map(|state| Code::State(state.into_owned()))
}

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn code_of(_: &RuntimeErr) -> Option<Code> {
    None
}

mod sqlite {
    use super::Transient;

    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    pub(super) const IOERR: u32 = 10;

    /// The low byte is the primary code; the rest (busy snapshot, busy recovery, …) does not matter here.
    pub(super) fn classify(code: u32) -> Option<Transient> {
        matches!(code & 0xff, BUSY | LOCKED).then_some(Transient::Contention)
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    /// It has no SQLSTATE of its own.
    pub(super) const LOCK_WAIT_TIMEOUT: u16 = 1205;
}

/// SQLSTATE; MySQL uses the standard's classes too (40001 for its deadlocks).
mod postgres {
    use super::Transient;

    pub(super) const DEADLOCK: &str = "40P01";

    pub(super) fn classify(state: &str) -> Option<Transient> {
        match state {
            "40001" | DEADLOCK | "55P03" => Some(Transient::Contention),
            state if connection_lost(state) => Some(Transient::Connection),
            _ => None,
        }
    }

    /// Connection exceptions, too many connections, and the server stopping or starting.
    pub(super) fn connection_lost(state: &str) -> bool {
        state.starts_with("08") || matches!(state, "53300" | "57P01" | "57P02" | "57P03")
    }

    pub(super) fn unknown_outcome(state: &str) -> bool {
        matches!(state, "40003" | "08007")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_limit_and_are_never_less_than_half() {
        let env = Env::builder().seed(1).build();
        let policy = RetryPolicy::default();
        for (retry, nominal) in [(0, 50), (1, 100), (3, 400), (10, 2000), (40, 2000)] {
            let delay = policy.delay(&env, retry).as_millis();
            assert!((nominal / 2..=nominal).contains(&delay), "retry {retry}: {delay} ms");
        }
    }

    #[test]
    fn only_the_classes_of_contention_and_connection_loss_are_tried_again() {
        assert_eq!(postgres::classify("40001"), Some(Transient::Contention));
        assert_eq!(postgres::classify("40P01"), Some(Transient::Contention));
        assert_eq!(postgres::classify("57P01"), Some(Transient::Connection));
        assert_eq!(postgres::classify("08006"), Some(Transient::Connection));
        assert_eq!(postgres::classify("23505"), None);
        assert_eq!(sqlite::classify(517), Some(Transient::Contention));
        assert_eq!(sqlite::classify(2067), None);
    }
}
