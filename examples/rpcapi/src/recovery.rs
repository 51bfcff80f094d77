//! Instances of a host that say that something is being done with them, while no operation does it; and instances that
//! rest, and may not be as their machines are.
//!
//! What has an open operation is left to it: whoever pulls its step goes on. But a record may have been left busy by a
//! service that knows no operations, or by an operation that an administrator called off. Those are decided when their
//! host's compute starts, as Nova decides them.

use async_trait::async_trait;
use nova_core::fault::FaultData;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::operations::PowerAction;

/// What becomes of one such instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// The instance.
    pub instance: Uuid,
    /// The host it is on. Nothing is written unless it still is.
    pub host: String,
    /// The vm state it was found in. Nothing is written unless it still is.
    pub vm_state: Option<String>,
    /// The task state it was found in. Nothing is written unless it still is.
    pub task_state: Option<String>,
    /// What the hypervisor says of its machine, if it can.
    pub power_state: Option<i64>,
    /// What becomes of it.
    pub decision: Decision,
}

/// What becomes of an instance that nobody works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing is being done with it; it is in this vm state, or in the one it was found in.
    Rest(Option<String>),
    /// It is in error.
    Fail(FaultData),
    /// It is done again.
    Redo(PowerAction),
    /// It is done, as if a user had asked: the action is in the instance's records. Since version 1.1.
    Begin(PowerAction),
    /// It is deleted.
    Delete,
}

/// Finds and settles them where the database is.
///
/// Both may be repeated: what was settled is found no more.
#[async_trait]
pub trait Recovery: Send + Sync + 'static {
    /// The live instances on `host` that are busy, or being built, or deleted in all but their record, and that no open
    /// operation is about.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn orphans(&self, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, Fault>;

    /// The live instances on `host` that nothing is being done with, and that no open operation is about.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn resting(&self, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, Fault>;

    /// Which of `instances` were on `host`, are deleted now, and have no open operation about them. One that was never
    /// recorded is not among them.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn gone(&self, cx: &RequestContext, host: &str, instances: &[Uuid]) -> Result<Vec<Uuid>, Fault>;

    /// Writes down what becomes of one, in one transaction, with the operation if there is one. `false` if it is no
    /// longer as it was found, or an operation is about it now.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn settle(&self, cx: &RequestContext, settlement: Settlement) -> Result<bool, Fault>;
}
