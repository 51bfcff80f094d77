//! What an operation is, before it runs.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::record::{OperationId, Queue};
use super::secrets::{OperationKey, SealError, Sealed};
use super::store::EncodeError;
use crate::{Env, RequestContext};

/// A kind of durable work.
///
/// The definition is shared by every service that takes part; each implements
/// [`StepHandler`](super::StepHandler) for the steps addressed to it.
///
/// Arguments and state are stored as JSON: a new version of the code must be able to read what an old one wrote, so add
/// fields with defaults, and raise [`VERSION`](Self::VERSION) when an old worker must not touch the operation.
pub trait Operation: Send + Sync + 'static {
    /// The name in records, for example `boot`.
    const KIND: &'static str;
    /// The version of steps, arguments and state. A worker leaves operations of a newer version to newer workers.
    const VERSION: u32;
    /// The steps in their usual order; at least one.
    const STEPS: &'static [Step];
    /// What the submitter says. Never secrets: see [`NewOperation::seal`].
    type Args: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the steps learn and hand on. Saved whenever the operation moves.
    type State: Serialize + DeserializeOwned + Default + Send + 'static;
}

/// One step of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub(super) name: &'static str,
    pub(super) topic: &'static str,
    pub(super) compensates: bool,
    pub(super) max_attempts: u32,
}

impl Step {
    /// A step that any service of `topic` may do, unless the step before it names a host.
    pub const fn on(name: &'static str, topic: &'static str) -> Self {
        Self { name, topic, compensates: false, max_attempts: 10 }
    }

    /// The step has effects to undo when the operation fails at it or later.
    pub const fn compensated(mut self) -> Self {
        self.compensates = true;
        self
    }

    /// How often the step is tried before the operation fails. 10 if not said.
    ///
    /// Attempts that died with their worker count, so a step that kills its service does not do so for ever.
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// An operation to be submitted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewOperation {
    /// Its id.
    pub id: OperationId,
    /// Its kind.
    pub kind: String,
    /// Its version.
    pub version: u32,
    /// What it is about.
    pub target: String,
    /// The project it is for.
    pub project_id: Option<String>,
    /// The request context without token.
    pub context: Value,
    /// The arguments.
    pub args: Value,
    /// The secret arguments.
    pub secrets: Option<Sealed>,
    /// The first step.
    pub step: String,
    /// Whose it is.
    pub queue: Queue,
    /// What is known before the first step.
    pub state: Value,
}

impl NewOperation {
    /// An operation of kind `O` about `target`, asked for by `cx`. It begins with the first step.
    ///
    /// # Errors
    /// The arguments cannot be written as JSON.
    pub fn of<O: Operation>(
        env: &Env,
        cx: &RequestContext,
        target: impl Into<String>,
        args: &O::Args,
    ) -> Result<Self, EncodeError> {
        let first = O::STEPS.first().expect("an operation has at least one step");
        Ok(Self {
            id: OperationId(env.new_id()),
            kind: O::KIND.to_owned(),
            version: O::VERSION,
            target: target.into(),
            project_id: cx.project_id().map(str::to_owned),
            context: EncodeError::check(O::KIND, serde_json::to_value(cx.for_storage()))?,
            args: EncodeError::check(O::KIND, serde_json::to_value(args))?,
            secrets: None,
            step: first.name.to_owned(),
            queue: Queue::any(first.topic),
            state: EncodeError::check(O::KIND, serde_json::to_value(O::State::default()))?,
        })
    }

    /// The same operation under an id the caller chose: its idempotency key.
    pub fn with_id(mut self, id: OperationId) -> Self {
        self.id = id;
        self
    }

    /// The same operation beginning at `step` of `queue`, for work that is already half done elsewhere.
    pub fn starting_at(mut self, step: &'static str, queue: Queue) -> Self {
        self.step = step.to_owned();
        self.queue = queue;
        self
    }

    /// The same operation with other arguments: for what is known only in the transaction that submits it.
    ///
    /// # Errors
    /// The arguments cannot be written as JSON.
    pub fn with_args<O: Operation>(mut self, args: &O::Args) -> Result<Self, EncodeError> {
        self.args = EncodeError::check(O::KIND, serde_json::to_value(args))?;
        Ok(self)
    }

    /// The same operation with what is known before its first step.
    ///
    /// # Errors
    /// The state cannot be written as JSON.
    pub fn with_state<O: Operation>(mut self, state: &O::State) -> Result<Self, EncodeError> {
        self.state = EncodeError::check(O::KIND, serde_json::to_value(state))?;
        Ok(self)
    }

    /// The same operation with secret arguments, encrypted under `key`; wiped when the operation ends.
    ///
    /// # Errors
    /// The secrets cannot be written as JSON, or not be encrypted.
    pub fn seal<T: Serialize>(
        mut self,
        env: &Env,
        key: &OperationKey,
        secrets: &T,
    ) -> Result<Self, SealError> {
        self.secrets = Some(key.seal(env, self.id, secrets)?);
        Ok(self)
    }
}
