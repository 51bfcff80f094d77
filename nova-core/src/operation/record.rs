//! What is written down about an operation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::secrets::Sealed;
use crate::fault::FaultData;
use crate::time::Timestamp;

/// The id of an operation; also its idempotency key: submitting it twice is submitting it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub Uuid);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OperationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for OperationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OperationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whose step it is: any service of a topic, or the one on a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Queue {
    /// The topic of the services.
    pub topic: String,
    /// The host, when only the service there can do it.
    pub host: Option<String>,
}

impl Queue {
    /// Any service of the topic.
    pub fn any(topic: impl Into<String>) -> Self {
        Self { topic: topic.into(), host: None }
    }

    /// The service of the topic on `host`.
    pub fn on(topic: impl Into<String>, host: impl Into<String>) -> Self {
        Self { topic: topic.into(), host: Some(host.into()) }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "{}.{host}", self.topic),
            None => f.write_str(&self.topic),
        }
    }
}

/// Where an operation is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Going forward.
    Open,
    /// A step failed for good; the steps behind it are being undone.
    Compensating,
    /// Ended as intended.
    Done,
    /// Ended undone; the fault says why.
    Failed,
}

impl Status {
    /// Whether there is still work.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Compensating)
    }

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Compensating => "compensating",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Open, Self::Compensating, Self::Done, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// A word that is no [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the status of an operation")]
pub struct UnknownStatus(String);

/// One claim of one step by one worker.
///
/// It is also the fencing token: the store takes an end of the step only from the claim it last gave out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lease {
    /// The operation.
    pub operation: OperationId,
    /// The position in the operation's history; grows by one with every move.
    pub ordinal: u32,
    /// The attempt at this position, from 1.
    pub attempt: u32,
    /// The worker that holds it.
    pub owner: String,
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} attempt {} by {}", self.operation, self.ordinal, self.attempt, self.owner)
    }
}

/// A step that was passed, for undoing and for the curious.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The name of the step.
    pub step: String,
    /// Who did it, and so who undoes it.
    pub queue: Queue,
}

/// Everything recorded about an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationRecord {
    /// Its id.
    pub id: OperationId,
    /// The [kind](super::Operation::KIND).
    pub kind: String,
    /// The [version](super::Operation::VERSION) of the code that submitted it.
    pub version: u32,
    /// What it is about: for Nova's operations the uuid of the instance.
    pub target: String,
    /// The project it was submitted for.
    pub project_id: Option<String>,
    /// The request context without token, as entries.
    pub context: Value,
    /// The arguments.
    pub args: Value,
    /// The secret arguments; gone once the operation has ended.
    pub secrets: Option<Sealed>,
    /// What the steps learned so far.
    pub state: Value,
    /// Where it is in its life.
    pub status: Status,
    /// The step it is at.
    pub step: String,
    /// Its position in the history.
    pub ordinal: u32,
    /// Whose step it is.
    pub queue: Queue,
    /// How often the step was claimed at this position.
    pub attempt: u32,
    /// Not to be claimed before this moment of the store's clock.
    pub not_before: Option<Timestamp>,
    /// Who holds it.
    pub owner: Option<String>,
    /// Until when, by the store's clock.
    pub lease_until: Option<Timestamp>,
    /// The last failure.
    pub fault: Option<FaultData>,
    /// The steps passed, oldest first.
    pub passed: Vec<Passed>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}

impl OperationRecord {
    /// The claim under which it is held now, if it is held.
    pub fn lease(&self) -> Option<Lease> {
        let owner = self.owner.clone()?;
        Some(Lease { operation: self.id, ordinal: self.ordinal, attempt: self.attempt, owner })
    }
}
