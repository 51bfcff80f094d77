//! The envelope of oslo.messaging, version 2.0: what Python peers speak.
//!
//! ```text
//! {"oslo.version": "2.0", "oslo.message": "{\"method\": …, \"args\": {…}, \"_context_user_id\": …}"}
//! ```
//! The message is JSON text inside a JSON string, and a failure is JSON text inside a string of the message. Each level
//! is a step of its own in the code: [`envelope`] is the outer object, [`request`] and [`reply`] the message,
//! [`failure`] the text within it.
//!
//! What Python writes and JSON does not know is repaired on the way in: `NaN` and the infinities become `null`, half a
//! surrogate pair becomes U+FFFD.

mod envelope;
mod failure;
mod reply;
mod request;

use bytes::Bytes;
use nova_core::Env;

use super::{Codec, MAX_FRAME, Reply, RequestHead};
use crate::{DecodeError, EncodeError, Encoded, Format};

/// The codec of oslo.messaging's peers.
///
/// What the envelope has no place for does not travel: the time a caller goes on waiting (peers set it on the bus's own
/// message) and whether a fault's message may be shown to users, unless both ends are ours.
///
/// # Example
/// ```
/// use nova_core::{Env, RequestContext};
/// use nova_rpc::codec::{Oslo, RequestHead};
/// use nova_rpc::{Codec, Format};
///
/// let env = Env::system();
/// let codec = Oslo::new(&env);
/// let frame = br#"{"oslo.version": "2.0", "oslo.message":
///     "{\"method\": \"ping\", \"args\": {\"arg\": 7}, \"_unique_id\": \"a1\", \"_context_user_id\": \"u1\"}"}"#;
/// let (head, args) = codec.decode_request(&bytes::Bytes::from_static(frame), &env)?;
/// assert_eq!((&*head.method, head.cx.user_id()), ("ping", Some("u1")));
/// assert_eq!(&args.bytes()[..], br#"{"arg": 7}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "oslo.message")]
#[derive(Clone, Debug)]
pub struct Oslo {
    env: Env,
    max_frame: usize,
}

impl Oslo {
    /// The codec; the ids that each reply has to itself come from `env`.
    pub fn new(env: &Env) -> Self {
        Self { env: env.clone(), max_frame: MAX_FRAME }
    }

    /// The same with another limit on the size of a frame, in bytes. Frames above it are neither written nor read.
    pub fn with_max_frame(self, max_frame: usize) -> Self {
        Self { max_frame, ..self }
    }
}

impl Codec for Oslo {
    fn format(&self) -> Format {
        Format::Json
    }

    fn encode_request(&self, head: &RequestHead, args: &Encoded) -> Result<Bytes, EncodeError> {
        let args = json(args)?;
        envelope::close(self.max_frame, args.len(), |text| request::write(text, head, args))
    }

    fn decode_request(&self, frame: &Bytes, env: &Env) -> Result<(RequestHead, Encoded), DecodeError> {
        request::read(&envelope::open(self.max_frame, frame)?, env)
    }

    fn encode_reply(&self, reply: &Reply) -> Result<Bytes, EncodeError> {
        let unique_id = self.env.new_hex_id();
        envelope::close(self.max_frame, 0, |text| reply::write(text, reply, &unique_id))
    }

    fn decode_reply(&self, frame: &Bytes) -> Result<Reply, DecodeError> {
        reply::read(&envelope::open(self.max_frame, frame)?)
    }
}

fn json(value: &Encoded) -> Result<&Bytes, EncodeError> {
    match value.format() {
        Format::Json => Ok(value.bytes()),
        Format::MessagePack => Err(EncodeError::new("a MessagePack value in a frame of JSON")),
    }
}

#[cfg(test)]
mod tests;
