//! What moves frames: the ports, and one folder for each engine.
//!
//! A transport knows addresses and bytes. Correlating calls with answers ([`Replies`]), deadlines, versions and
//! decoding are above it and the same for all. What every transport must do is written on the traits here and
//! checked by [`conformance`](crate::testing::conformance), which its implementor runs unchanged.

pub mod memory;
#[cfg(feature = "rabbit")]
pub mod rabbit;
mod replies;
mod url;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use nova_core::{BoxError, Env};

pub use self::replies::{Replies, TooManyCalls, Waiter};
pub use self::url::{Host, TransportUrl, UrlError};

use crate::interface::Kind;
use crate::{Codec, Target};

/// A connection to a message bus.
///
/// One per process and bus, shared by all clients and servers. Every method may be called concurrently.
pub trait Transport: Send + Sync + 'static {
    /// The envelope in use on this bus.
    fn codec(&self) -> &dyn Codec;

    /// The environment its tasks, ids and times come from.
    fn env(&self) -> &Env;

    /// The calls of this process that wait for an answer.
    ///
    /// The transport hands every reply that arrives to [`Replies::deliver`], which knows what to do with strangers.
    fn replies(&self) -> &Arc<Replies>;

    /// Where answers to this process go; put into each call, given back by the server to [`reply`](Self::reply).
    ///
    /// It stays valid for the life of the transport, across reconnections.
    fn reply_address(&self) -> &str;

    /// Sends one message, and returns when the bus has taken responsibility for it.
    ///
    /// A call or cast to a topic or server that nobody ever listened on is [`TransportError::Unroutable`]; a fanout
    /// that nobody hears is a success.
    ///
    /// # Errors
    /// See [`TransportError`]; [`TransportError::Unconfirmed`] is the only one after which the message may yet arrive.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the outcome unknown and nothing behind in this process.
    fn send(&self, post: Post) -> BoxFuture<'_, Result<(), TransportError>>;

    /// Sends an answer to the reply address of a call.
    ///
    /// # Errors
    /// See [`TransportError`]; an address that is gone is [`TransportError::Unroutable`].
    fn reply<'a>(&'a self, address: &'a str, frame: Bytes) -> BoxFuture<'a, Result<(), TransportError>>;

    /// Begins to listen as the server that `target` names: on its topic (shared with the other servers), on its own
    /// address, and to fanouts. Messages sent after this returns are not lost to it.
    ///
    /// # Errors
    /// `target` names no server, or the bus refuses or cannot be reached.
    fn listen<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn Listener>, TransportError>>;
}

/// A stream of messages for one server.
///
/// Its owner asks for the next message when it is ready to work on it, so that what it is not ready for stays on the
/// bus, where another server can take it. Dropping the listener ends the subscription; messages already given out stay
/// with their [`Receipt`]s, and messages on the bus stay there for the next listener.
pub trait Listener: Send {
    /// The next message; `None` when the transport is closed for good.
    ///
    /// # Cancel safety
    /// Dropping the future loses no message.
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>>;
}

/// The duty to say what became of a message.
///
/// Dropping it gives the message back to the bus: a server that dies or panics loses nothing.
pub trait Receipt: Send {
    /// The message is dealt with; the bus forgets it.
    fn ack(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>>;

    /// The message is for somebody else, or for later; the bus delivers it again.
    fn requeue(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>>;

    /// The message can never be dealt with; the bus forgets it, or puts it where operators find it.
    fn reject(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>>;
}

/// A message that has arrived.
pub struct Delivery {
    /// The request's frame, not looked at.
    pub frame: Bytes,
    /// Whether it was delivered before, here or elsewhere, and given back.
    pub redelivered: bool,
    /// How long the sender waits from now, as far as the bus knows; the frame's own word counts more.
    pub ttl: Option<Duration>,
    /// To be settled by the receiver.
    pub receipt: Box<dyn Receipt>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("bytes", &self.frame.len())
            .field("redelivered", &self.redelivered)
            .finish_non_exhaustive()
    }
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct Post {
    /// Whose it is. For a fanout, the topic alone counts.
    pub target: Target,
    /// One receiver or all, and whether somebody waits.
    pub kind: Kind,
    /// The method, for traces and for the tap of a test bus; already in the frame.
    pub method: &'static str,
    /// The bus may forget the message after this time.
    pub ttl: Option<Duration>,
    /// The request's frame.
    pub frame: Bytes,
}

/// Why a frame was not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nobody ever listened there.
    #[error("nobody listens on {address}")]
    Unroutable {
        /// The topic, topic and server, or reply address.
        address: String,
    },
    /// The queue is full.
    #[error("the queue {address} holds {limit} messages already")]
    Overloaded {
        /// The topic, or topic and server.
        address: String,
        /// How many messages it may hold.
        limit: usize,
    },
    /// The bus takes no messages now, for want of memory or disk; the message was not sent.
    #[error("the bus takes no messages now: {reason}")]
    Blocked {
        /// What the bus says.
        reason: String,
    },
    /// There is no connection; the message was not sent.
    #[error("not connected to the bus")]
    Disconnected(#[source] BoxError),
    /// The connection was lost before the bus confirmed; the message may have been sent.
    #[error("the bus did not confirm the message")]
    Unconfirmed(#[source] BoxError),
    /// The bus or the transport refuses the request as such.
    #[error("the bus refuses the request")]
    Refused(#[source] BoxError),
}

impl TransportError {
    /// Whether the message may have been sent all the same.
    pub fn may_have_been_sent(&self) -> bool {
        matches!(self, Self::Unconfirmed(_))
    }
}

/// Anything that is a shared transport: `Arc<dyn Transport>`, or an `Arc` of a particular one.
pub trait SharedTransport {
    /// Another handle to it.
    fn share(&self) -> Arc<dyn Transport>;
}

impl SharedTransport for Arc<dyn Transport> {
    fn share(&self) -> Arc<dyn Transport> {
        Self::clone(self)
    }
}

impl<T: Transport> SharedTransport for Arc<T> {
    fn share(&self) -> Arc<dyn Transport> {
        Self::clone(self) as Arc<dyn Transport>
    }
}
