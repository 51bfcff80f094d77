//! Why a message was not sent, or has no answer.

use std::time::Duration;

use nova_core::fault::InternalError;
use nova_core::{BoxError, Fault};

use crate::transport::TransportError;
use crate::{DecodeError, EncodeError, Target, Version};

/// Why a call has no result, or a cast was not sent.
///
/// [`outcome`](Self::outcome) says what is known about the method: whether it ran.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Nobody answered in time; the server may still be working on it.
    #[error("no reply to {method} from {target} within {timeout:?}")]
    Timeout {
        /// Who was asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
        /// How long the caller waited.
        timeout: Duration,
    },
    /// The caller's deadline had passed before anything was sent.
    #[error("no time left to send {method} to {target}")]
    Expired {
        /// Who would have been asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
    },
    /// Nobody listens there.
    #[error("nobody listens on {target} for {method}")]
    Unroutable {
        /// Who was asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
    },
    /// The server answered with a fault of its own.
    #[error("{method} on {target} was refused")]
    Fault {
        /// Who was asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
        /// What the server said.
        source: Fault,
    },
    /// The peer may be older than the message; nothing was sent.
    #[error("{method} on {target} needs version {needed} and the peer is held to {cap}")]
    VersionCap {
        /// Who would have been asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
        /// The version of the method, or of the newest argument that may not be left out.
        needed: Version,
        /// The version the peer is held to.
        cap: Version,
    },
    /// This process or the bus has too many messages waiting; nothing was sent.
    #[error("too many messages wait to send {method} to {target}")]
    Overloaded {
        /// Who would have been asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
        /// What is full.
        source: BoxError,
    },
    /// The bus did not do its part.
    #[error("{method} could not be sent to {target}")]
    Transport {
        /// Who was asked.
        target: Box<Target>,
        /// For what.
        method: &'static str,
        /// What went wrong.
        source: TransportError,
    },
    /// The arguments cannot be written, or are too large; nothing was sent.
    #[error("the arguments of {method} cannot be encoded")]
    Encode {
        /// The method.
        method: &'static str,
        /// What went wrong.
        source: EncodeError,
    },
    /// The result is not what the contract says.
    #[error("the result of {method} from {target} cannot be decoded")]
    Decode {
        /// Who answered.
        target: Box<Target>,
        /// The method.
        method: &'static str,
        /// What went wrong.
        source: DecodeError,
    },
    /// A layer of the client ended the call.
    #[error("a client layer ended {method} on {target}")]
    Layer {
        /// Who was, or would have been, asked.
        target: Box<Target>,
        /// The method.
        method: &'static str,
        /// What the layer said.
        source: BoxError,
    },
}

/// What is known about a method whose call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not sent and does not run.
    NotSent,
    /// The server ended it with a fault.
    Refused,
    /// It may not have run, may be running, or may have run to its end. Ask for the state; do not guess.
    Unknown,
}

impl CallError {
    /// What is known about the method.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Expired { .. }
            | Self::Unroutable { .. }
            | Self::VersionCap { .. }
            | Self::Overloaded { .. }
            | Self::Encode { .. } => Outcome::NotSent,
            Self::Fault { .. } => Outcome::Refused,
            Self::Transport { source, .. } if !source.may_have_been_sent() => Outcome::NotSent,
            Self::Timeout { .. } | Self::Transport { .. } | Self::Decode { .. } | Self::Layer { .. } => {
                Outcome::Unknown
            }
        }
    }

    /// What the server answered, if it did.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A peer's fault is kept whole; what this process or the bus could not do becomes a fault with a class of oslo's, where
/// it has one, that says so.
impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        let oslo =
            |class: &str, error: &CallError| Self::new("oslo_messaging.exceptions", class, error.to_string());
        match error {
            CallError::Fault { source, .. } => source,
            CallError::Timeout { .. } | CallError::Expired { .. } => {
                oslo("MessagingTimeout", &error).with_code(504)
            }
            CallError::Unroutable { .. } => oslo("MessageUndeliverable", &error).with_code(503),
            CallError::VersionCap { .. } => {
                Self::new("oslo_messaging.rpc.client", "RPCVersionCapError", error.to_string())
            }
            CallError::Overloaded { .. } => {
                crate::fault::ServerOverloaded { message: error.to_string() }.into()
            }
            CallError::Transport { .. } => oslo("MessageDeliveryFailure", &error).with_code(503),
            error => InternalError { message: Self::internal("rpc", &error).message().to_owned() }.into(),
        }
    }
}
