//! Metrics for Prometheus.
//!
//! Libraries count through the `metrics` facade; where the numbers go is the program's decision. There is one
//! recorder per process, so a `main` installs it, never a library:
//!
//! ```no_run
//! use nova_core::Env;
//!
//! # async fn main_() -> Result<(), nova_core::BoxError> {
//! let env = Env::system();
//! let metrics = nova_http::metrics::install_prometheus(&env)?;
//! let router: axum::Router = metrics.router(); // GET /metrics
//! # Ok(()) }
//! ```

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use nova_core::Env;

/// How often what histograms collected is put into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// The bounds of histograms of durations (names that end in `_seconds`), in seconds.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Why there is no recorder.
#[derive(Debug, thiserror::Error)]
#[error("another metrics recorder is installed in this process already")]
pub struct InstallError(#[source] metrics::SetRecorderError<PrometheusRecorder>);

/// The recorder's numbers, as text. Cheap to clone.
#[derive(Clone)]
pub struct MetricsHandle(PrometheusHandle);

impl MetricsHandle {
    /// All metrics, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// `GET /metrics`. Mount it where only operators reach it.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let handle = self.clone();
        Router::new().route("/metrics", get(async move || handle.answer()))
    }

    fn answer(&self) -> Response {
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], self.render()).into_response()
    }
}

impl fmt::Debug for MetricsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsHandle")
    }
}

/// A recorder that is not installed, and its handle: for tests, and for programs that combine recorders.
///
/// Whoever uses it renders now and then, or histograms grow.
pub fn prometheus_recorder() -> (PrometheusRecorder, MetricsHandle) {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .expect("the list of bounds is not empty")
        .build_recorder();
    let handle = MetricsHandle(recorder.handle());
    (recorder, handle)
}

/// Makes Prometheus the recorder of this process. A task of `env` keeps it in shape.
///
/// # Errors
/// The process has a recorder.
pub fn install_prometheus(env: &Env) -> Result<MetricsHandle, InstallError> {
    let (recorder, handle) = prometheus_recorder();
    metrics::set_global_recorder(recorder).map_err(InstallError)?;
    env.spawn("metrics upkeep", upkeep(handle.clone(), env.clone()));
    Ok(handle)
}

async fn upkeep(handle: MetricsHandle, env: Env) {
    let stopping = env.stopping();
    loop {
        tokio::select! {
            biased;
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(UPKEEP) => handle.0.run_upkeep(),
        }
    }
}
