//! Where a promise is examined: an open driver, orders to give, and what to say when it breaks.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use nova_core::Env;
use uuid::Uuid;

use super::Subject;
use crate::driver::{Disks, Driver};
use crate::error::DriverError;
use crate::event::{DriverEvent, EventStream, LifecycleKind};
use crate::machine::MachineInfo;
use crate::order::{Generation, Order};
use crate::power::PowerState;
use crate::spec::MachineSpec;

pub(super) type Checked = Result<(), Problem>;
pub(super) type Check = for<'a> fn(&'a Lab<'a>) -> BoxFuture<'a, Checked>;

/// The lowest generation, for late orders; then the usual one; then one that outranks it.
pub(super) const LOW: Generation = Generation::new(1);
pub(super) const USUAL: Generation = Generation::new(2);
pub(super) const HIGH: Generation = Generation::new(3);
const HIGHEST: Generation = Generation::new(1_000);

pub(super) struct Lab<'a> {
    env: &'a Env,
    subject: &'a dyn Subject,
    pub(super) driver: Arc<dyn Driver>,
    machines: Mutex<Vec<Uuid>>,
}

impl<'a> Lab<'a> {
    pub(super) async fn open(env: &'a Env, subject: &'a dyn Subject) -> Result<Self, Problem> {
        let driver = open(subject).await?;
        Ok(Self { env, subject, driver, machines: Mutex::default() })
    }

    /// The driver as a service finds it that was started again.
    pub(super) async fn reopen(&self) -> Result<Arc<dyn Driver>, Problem> {
        open(self.subject).await
    }

    /// An order for a step of an operation of its own.
    pub(super) fn order(&self, generation: Generation) -> Order {
        Order::new(self.env.new_id(), "conformance", generation)
    }

    pub(super) fn usual(&self) -> Order {
        self.order(USUAL)
    }

    /// A machine that is not there yet, and will not be afterwards.
    pub(super) fn spec(&self) -> MachineSpec {
        let uuid = self.env.new_id();
        self.machines.lock().unwrap_or_else(PoisonError::into_inner).push(uuid);
        self.subject.spec(uuid)
    }

    /// A machine that runs.
    pub(super) async fn boot(&self) -> Result<Uuid, Problem> {
        let spec = self.spec();
        self.driver.spawn(&self.usual(), &spec).await?;
        self.expect_state(spec.uuid, PowerState::Running).await?;
        Ok(spec.uuid)
    }

    pub(super) async fn listed(&self, uuid: Uuid) -> Result<Vec<MachineInfo>, Problem> {
        let machines = self.driver.machines().await?;
        Ok(machines.into_iter().filter(|machine| machine.uuid == uuid).collect())
    }

    pub(super) async fn expect_state(&self, uuid: Uuid, state: PowerState) -> Checked {
        let info = self.driver.info(uuid).await?;
        ensure(info.state == state, || format!("it is {} where it should be {state}", info.state))
    }

    pub(super) async fn expect_absent(&self, uuid: Uuid) -> Checked {
        let listed = self.listed(uuid).await?;
        ensure(listed.is_empty(), || "a machine that should not be there is listed".to_owned())?;
        expect_not_found("info", self.driver.info(uuid).await)
    }

    /// Removes the machines of this promise and what a broken driver may have left of them.
    pub(super) async fn tidy_up(&self) -> Checked {
        let machines = std::mem::take(&mut *self.machines.lock().unwrap_or_else(PoisonError::into_inner));
        for uuid in machines {
            self.driver.destroy(&self.order(HIGHEST), uuid, Disks::Remove).await?;
        }
        Ok(())
    }
}

async fn open(subject: &dyn Subject) -> Result<Arc<dyn Driver>, Problem> {
    let driver = subject.open().await.map_err(|error| Problem(format!("it cannot be opened: {error}")))?;
    driver.init_host(subject.host()).await?;
    Ok(driver)
}

/// What a driver did instead of keeping its promise.
#[derive(Debug)]
pub(super) struct Problem(String);

impl Problem {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DriverError> for Problem {
    fn from(error: DriverError) -> Self {
        match std::error::Error::source(&error) {
            Some(source) => Self(format!("it failed: {error}: {source}")),
            None => Self(format!("it failed: {error}")),
        }
    }
}

pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Checked {
    match holds {
        true => Ok(()),
        false => Err(Problem(otherwise())),
    }
}

pub(super) fn expect_not_found<T>(call: &str, result: Result<T, DriverError>) -> Checked {
    match result {
        Err(DriverError::NotFound { .. }) => Ok(()),
        Err(other) => Err(Problem(format!("{call} of an unknown machine is refused as {other:?}"))),
        Ok(_) => Err(Problem(format!("{call} of an unknown machine succeeds"))),
    }
}

pub(super) fn expect_fenced<T>(call: &str, result: Result<T, DriverError>) -> Checked {
    match result {
        Err(DriverError::Fenced { .. }) => Ok(()),
        Err(other) => Err(Problem(format!("{call} under a lower generation is refused as {other:?}"))),
        Ok(_) => Err(Problem(format!("{call} under a lower generation is obeyed"))),
    }
}

pub(super) fn expect_invalid_state<T>(call: &str, result: Result<T, DriverError>) -> Checked {
    match result {
        Err(DriverError::InvalidState { .. }) => Ok(()),
        Err(other) => Err(Problem(format!("{call} in the wrong state is refused as {other:?}"))),
        Ok(_) => Err(Problem(format!("{call} in the wrong state succeeds"))),
    }
}

/// Waits for an event; the examination's patience bounds it.
pub(super) async fn expect_event(events: &mut EventStream, uuid: Uuid, kind: LifecycleKind) -> Checked {
    while let Some(event) = events.next().await {
        match event {
            DriverEvent::Lifecycle(event) if event.uuid == uuid && event.kind == kind => return Ok(()),
            DriverEvent::Lifecycle(_) => {}
            DriverEvent::Missed => {
                return Err(Problem::new("a handful of events was too much for the stream"));
            }
        }
    }
    Err(Problem(format!("the stream ended before the machine {kind}")))
}
