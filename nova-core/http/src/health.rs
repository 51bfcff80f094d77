//! Health: is the service alive, and is it ready for work?
//!
//! *Liveness* fails when only a restart helps; *readiness* fails while the service cannot do its work, because its
//! database is away or it is draining. Both are sets of named checks.
//!
//! | route | answers |
//! |---|---|
//! | `GET /healthcheck` | all checks |
//! | `GET /healthcheck/live` | liveness |
//! | `GET /healthcheck/ready` | readiness |
//!
//! The answer is 200 or 503, with each check's name and state. Why a check failed is in the log: the routes are
//! open to everybody. So is the cost: checks run at most once a second however often they are asked.
//!
//! # Example
//! ```
//! use nova_http::health::HealthRegistry;
//!
//! let health = HealthRegistry::new()
//!     .liveness("event-loop", || async { Ok(()) })
//!     .readiness("database", || async { Err("connection refused".into()) });
//! let router: axum::Router = health.router();
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::future::{BoxFuture, join_all};
use nova_core::BoxError;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A check that takes longer than this has failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an outcome is told again without a new check.
const MAX_AGE: Duration = Duration::from_secs(1);

type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// What a failed check means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Liveness,
    Readiness,
}

/// One check with what it found last.
struct Check {
    name: String,
    kind: Kind,
    probe: Probe,
    last: Mutex<Option<(Instant, Outcome)>>,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All is well.
    Ok,
    /// It is not, or could not be found out in time.
    Failed,
}

/// What a set of checks found: the body of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Failed if one of the checks is.
    pub status: Outcome,
    /// Each check by its name.
    pub checks: BTreeMap<String, Outcome>,
}

/// Named checks of one service. Cheap to clone.
#[derive(Clone, Default)]
pub struct HealthRegistry {
    checks: Vec<Arc<Check>>,
}

impl HealthRegistry {
    /// A registry without checks: always healthy.
    pub fn new() -> Self {
        Self::default()
    }

    /// The registry with a check whose failure only a restart can cure.
    ///
    /// The check may be given up at any await, after five seconds.
    pub fn liveness<F>(self, name: impl Into<String>, probe: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.with(name.into(), Kind::Liveness, Box::new(move || Box::pin(probe())))
    }

    /// The registry with a check that the service can do its work now.
    ///
    /// The check may be given up at any await, after five seconds.
    pub fn readiness<F>(self, name: impl Into<String>, probe: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.with(name.into(), Kind::Readiness, Box::new(move || Box::pin(probe())))
    }

    /// What the liveness checks find.
    pub async fn live(&self) -> Health {
        self.run(|kind| kind == Kind::Liveness).await
    }

    /// What the readiness checks find.
    pub async fn ready(&self) -> Health {
        self.run(|kind| kind == Kind::Readiness).await
    }

    /// What all checks find.
    pub async fn all(&self) -> Health {
        self.run(|_| true).await
    }

    /// The routes; see [the module](self).
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let [all, live, ready] = [self.clone(), self.clone(), self.clone()];
        Router::new()
            .route("/healthcheck", get(async move || all.all().await))
            .route("/healthcheck/live", get(async move || live.live().await))
            .route("/healthcheck/ready", get(async move || ready.ready().await))
    }

    fn with(mut self, name: String, kind: Kind, probe: Probe) -> Self {
        self.checks.push(Arc::new(Check { name, kind, probe, last: Mutex::new(None) }));
        self
    }

    async fn run(&self, wanted: impl Fn(Kind) -> bool) -> Health {
        let checks = self.checks.iter().filter(|check| wanted(check.kind));
        let found =
            join_all(checks.map(|check| async move { (check.name.clone(), check.outcome().await) })).await;
        let failed = found.iter().any(|(_, outcome)| *outcome == Outcome::Failed);
        let status = if failed { Outcome::Failed } else { Outcome::Ok };
        Health { status, checks: found.into_iter().collect() }
    }
}

impl Check {
    /// What the check finds, or found just now: those who ask meanwhile wait for the one that runs.
    async fn outcome(&self) -> Outcome {
        let mut last = self.last.lock().await;
        match *last {
            Some((when, outcome)) if when.elapsed() < MAX_AGE => outcome,
            _ => {
                let outcome = self.probe().await;
                *last = Some((Instant::now(), outcome));
                outcome
            }
        }
    }

    async fn probe(&self) -> Outcome {
        match tokio::time::timeout(CHECK_TIMEOUT, (self.probe)()).await {
            Ok(Ok(())) => Outcome::Ok,
            Ok(Err(error)) => {
                tracing::warn!(check = self.name, error = &*error, "health check failed");
                Outcome::Failed
            }
            Err(_) => {
                tracing::warn!(check = self.name, timeout = ?CHECK_TIMEOUT, "health check did not end");
                Outcome::Failed
            }
        }
    }
}

impl IntoResponse for Health {
    fn into_response(self) -> Response {
        let status = match self.status {
            Outcome::Ok => StatusCode::OK,
            Outcome::Failed => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, axum::Json(self)).into_response()
    }
}

impl fmt::Debug for HealthRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|check| &check.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_has_failed_and_delays_no_other() {
        let health = HealthRegistry::new()
            .readiness("stuck", std::future::pending)
            .readiness("slow", || async {
                tokio::time::sleep(Duration::from_secs(4)).await;
                Ok(())
            })
            .liveness("loop", || async { Ok(()) });
        let began = Instant::now();
        let ready = health.ready().await;
        assert_eq!(began.elapsed(), CHECK_TIMEOUT);
        assert_eq!(ready.status, Outcome::Failed);
        assert_eq!(ready.checks["slow"], Outcome::Ok);
        assert_eq!(health.live().await.status, Outcome::Ok);
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_a_check_runs_once_a_second() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let health = HealthRegistry::new().readiness("counted", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok(())
            }
        });
        join_all((0..50).map(|_| health.all())).await;
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        tokio::time::sleep(MAX_AGE).await;
        health.all().await;
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }
}
