//! The promises of [`Driver`] as a program: every driver passes it unchanged, a user's own too.
//!
//! Give it a [`Subject`]: how to open the driver over some host, again and again over the *same* host, and a machine
//! that is small enough for it. It makes machines under fresh uuids, and removes them.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use nova_core::{BoxError, Env};
//! use nova_virt::conformance::{self, Subject};
//! use nova_virt::fake::{FakeConfig, FakeDriver, Store};
//! use nova_virt::{Driver, MachineSpec};
//! use uuid::Uuid;
//!
//! struct Fake(Env, Store);
//!
//! #[async_trait]
//! impl Subject for Fake {
//!     async fn open(&self) -> Result<Arc<dyn Driver>, BoxError> {
//!         Ok(Arc::new(FakeDriver::new(&self.0, FakeConfig::new("node-1"), self.1.clone())))
//!     }
//!     fn spec(&self, uuid: Uuid) -> MachineSpec {
//!         MachineSpec::smallest(uuid, "node-1")
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let env = Env::system();
//! conformance::run(&env, &Fake(env.clone(), Store::memory())).await.assert_all_kept();
//! # }
//! ```

mod fencing;
mod host;
mod lab;
mod life;
mod power;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::{BoxError, Env};
use uuid::Uuid;

use self::lab::{Check, Lab, Problem};
use crate::driver::Driver;
use crate::spec::MachineSpec;

/// The driver that is examined.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Opens the driver over the host. Every call opens it over the same one: that is a restart of the service.
    ///
    /// # Errors
    /// If it cannot be opened; then every promise counts as broken.
    async fn open(&self) -> Result<Arc<dyn Driver>, BoxError>;

    /// A small machine that the host can run, four of them at once.
    fn spec(&self, uuid: Uuid) -> MachineSpec;

    /// The name of the service's host.
    fn host(&self) -> &str {
        "conformance"
    }

    /// How long one promise may take to examine.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// Examines every promise, one after the other, on a driver that is opened anew for each.
///
/// # Cancel safety
/// If the future is dropped, machines may be left on the host.
pub async fn run(env: &Env, subject: &dyn Subject) -> Report {
    let mut report = Report::default();
    for promise in promises() {
        match examine(env, subject, &promise).await {
            Ok(()) => report.kept.push(promise.name),
            Err(problem) => {
                report.broken.push(Broken { promise: promise.name, problem: problem.to_string() })
            }
        }
    }
    report
}

/// What [`run`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a promise that was broken is only known by the report"]
pub struct Report {
    /// The promises that were kept.
    pub kept: Vec<&'static str>,
    /// The others.
    pub broken: Vec<Broken>,
}

/// A promise that a driver did not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The promise, as a sentence.
    pub promise: &'static str,
    /// What was seen instead.
    pub problem: String,
}

impl Report {
    /// # Panics
    /// If a promise was broken, with all of those that were.
    pub fn assert_all_kept(&self) {
        assert!(self.broken.is_empty(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} promises kept, {} broken", self.kept.len(), self.broken.len())?;
        for Broken { promise, problem } in &self.broken {
            writeln!(f, "- {promise}: {problem}")?;
        }
        Ok(())
    }
}

struct Promise {
    name: &'static str,
    check: Check,
}

fn promises() -> Vec<Promise> {
    [life::PROMISES, power::PROMISES, fencing::PROMISES, host::PROMISES]
        .concat()
        .into_iter()
        .map(|(name, check)| Promise { name, check })
        .collect()
}

async fn examine(env: &Env, subject: &dyn Subject, promise: &Promise) -> Result<(), Problem> {
    let lab = Lab::open(env, subject).await?;
    let checked = tokio::time::timeout(subject.patience(), (promise.check)(&lab)).await;
    let tidied = tokio::time::timeout(subject.patience(), lab.tidy_up()).await;
    checked.map_err(|_| Problem::new("it did not end in time"))??;
    tidied.map_err(|_| Problem::new("its machines could not be removed in time"))?
}
