//! Envelopes: requests and replies as frames.

mod messagepack;
mod oslo;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use nova_core::{Env, Fault, RequestContext};

use crate::{DecodeError, EncodeError, Encoded, Format, Version};

pub use self::messagepack::MessagePack;
pub use self::oslo::Oslo;

/// How large a frame may be unless a codec is told otherwise: 16 MiB.
pub const MAX_FRAME: usize = 16 << 20;

/// Wraps requests and replies around encoded values.
///
/// Each transport has one. Both ends of a connection use the same. It holds no state about messages, is called
/// concurrently, and must answer any bytes with a value or an error: never a panic, never an allocation larger than
/// the frame warrants.
///
/// The arguments it hands out are a slice of the frame wherever the envelope allows.
pub trait Codec: Send + Sync + 'static {
    /// The format of the values it carries.
    fn format(&self) -> Format;

    /// Makes the frame of a request.
    ///
    /// # Errors
    /// `args` are in another format, or the frame would be larger than peers accept.
    fn encode_request(&self, head: &RequestHead, args: &Encoded) -> Result<Bytes, EncodeError>;

    /// Takes a request's frame apart. What its context leaves out (request id, time) comes from `env`; its deadline is
    /// the request's [`ttl`](RequestHead::ttl) from now, if it has one.
    ///
    /// # Errors
    /// The frame is too large or malformed.
    fn decode_request(&self, frame: &Bytes, env: &Env) -> Result<(RequestHead, Encoded), DecodeError>;

    /// Makes the frame of a reply.
    ///
    /// # Errors
    /// The result is in another format, or the frame would be larger than peers accept.
    fn encode_reply(&self, reply: &Reply) -> Result<Bytes, EncodeError>;

    /// Takes a reply's frame apart.
    ///
    /// # Errors
    /// The frame is too large or malformed.
    fn decode_reply(&self, frame: &Bytes) -> Result<Reply, DecodeError>;
}

/// Everything about a request except its arguments.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestHead {
    /// The contract's namespace.
    pub namespace: Option<Cow<'static, str>>,
    /// The method's name.
    pub method: Cow<'static, str>,
    /// The lowest contract version that covers what is sent.
    pub version: Version,
    /// Names the message itself; a duplicate has the same.
    pub unique_id: String,
    /// Who waits for the answer. None for casts and fanouts.
    pub answer: Option<AnswerTo>,
    /// The time the caller goes on waiting, from when the message is read. A deadline is a moment of this machine and
    /// cannot travel.
    pub ttl: Option<Duration>,
    /// The caller wants a sign of life this often while the method runs, and gives up without one. None for casts and
    /// fanouts.
    #[doc(alias = "call_monitor_timeout")]
    pub monitor: Option<Duration>,
    /// On whose behalf.
    pub cx: RequestContext,
}

impl RequestHead {
    /// A request nobody waits for, of version 1.0 and without a namespace; set the other fields as needed.
    pub fn new(
        method: impl Into<Cow<'static, str>>,
        unique_id: impl Into<String>,
        cx: RequestContext,
    ) -> Self {
        Self {
            namespace: None,
            method: method.into(),
            version: Version::new(1, 0),
            unique_id: unique_id.into(),
            answer: None,
            ttl: None,
            monitor: None,
            cx,
        }
    }
}

/// Where a call's answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerTo {
    /// Names the call at the caller.
    pub msg_id: String,
    /// The caller's reply address, as its transport gave it.
    pub address: String,
}

/// A message on its way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The call it belongs to.
    pub msg_id: String,
    /// What became of the call.
    pub outcome: ReplyOutcome,
}

/// What a server says about a call.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplyOutcome {
    /// It is being worked on (call monitor heartbeat); the answer follows.
    StillRunning,
    /// It is over.
    Done(Result<Encoded, Fault>),
}
