//! What only some hypervisors can do.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::DriverError;
use crate::order::Order;

/// The optional powers of one driver: each is there, or it is not.
///
/// A capability cannot be claimed without the code for it. More powers will come as fields, each with its first
/// implementation: snapshots, consoles, rescue, attached volumes and interfaces, migration.
///
/// # Example
/// ```
/// # use nova_virt::{Driver, DriverError, Order};
/// # async fn example(driver: &dyn Driver, order: &Order, uuid: uuid::Uuid) -> Result<(), DriverError> {
/// match driver.powers().pause {
///     Some(pause) => pause.pause(order, uuid).await,
///     None => Ok(()), // tell the user that this host cannot
/// }
/// # }
/// ```
#[doc(alias = "capabilities")]
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct Powers<'a> {
    /// Freezing processors.
    pub pause: Option<&'a dyn Pause>,
    /// Saving memory to disk.
    pub suspend: Option<&'a dyn Suspend>,
}

impl<'a> Powers<'a> {
    /// What every driver has: none.
    pub fn none() -> Self {
        Self::default()
    }

    /// These, and freezing processors.
    pub fn with_pause(self, pause: &'a dyn Pause) -> Self {
        Self { pause: Some(pause), ..self }
    }

    /// These, and saving memory to disk.
    pub fn with_suspend(self, suspend: &'a dyn Suspend) -> Self {
        Self { suspend: Some(suspend), ..self }
    }
}

impl fmt::Debug for Powers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Powers")
            .field("pause", &self.pause.is_some())
            .field("suspend", &self.suspend.is_some())
            .finish()
    }
}

/// Freezes a machine's processors and keeps its memory.
///
/// The promises of [`Driver`](crate::Driver)'s power methods hold: fenced, repeatable, healed by a second call.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Freezes a running machine. One that is paused stays so.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `InvalidState` unless it runs or is paused, `Host`, `OutcomeUnknown`.
    async fn pause(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError>;

    /// Lets a paused machine run. One that runs goes on.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `InvalidState` unless it is paused or runs, `Host`, `OutcomeUnknown`.
    async fn unpause(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError>;
}

/// Saves a machine's memory to disk and frees its processors and memory.
///
/// The promises of [`Driver`](crate::Driver)'s power methods hold: fenced, repeatable, healed by a second call.
#[async_trait]
pub trait Suspend: Send + Sync {
    /// Saves a running machine. One that is suspended stays so.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `InvalidState` unless it runs or is suspended, `Host`, `OutcomeUnknown`.
    async fn suspend(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError>;

    /// Lets a suspended machine run on from where it was. One that runs goes on.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `InvalidState` unless it is suspended or runs, `Host`, `OutcomeUnknown`.
    async fn resume(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError>;
}
