//! The envelope of our own fleets.
//!
//! A frame is `0x92, bin32(head), body`: an array of two, so one valid MessagePack value, whose body is found without
//! reading the head. Heads are maps with named keys: a reader skips keys it does not know.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use nova_core::context::RequestContextBuilder;
use nova_core::{Env, Fault, RequestContext};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{AnswerTo, Codec, MAX_FRAME, Reply, ReplyOutcome, RequestHead};
use crate::{DecodeError, EncodeError, Encoded, Format, Version};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
const PAIR: u8 = 0x92;
const BIN32: u8 = 0xc6;
/// `PAIR`, `BIN32` and the head's length.
const PREFIX: usize = 6;

/// The MessagePack codec.
///
/// # Example
/// ```
/// use nova_core::{Env, RequestContext};
/// use nova_rpc::codec::{MessagePack, RequestHead};
/// use nova_rpc::{Codec, Format};
///
/// let env = Env::system();
/// let codec = MessagePack::default();
/// let args = codec.format().encode(&[("host", "h1")])?;
/// let head = RequestHead::new("ping", env.new_hex_id(), RequestContext::admin(&env));
/// let frame = codec.encode_request(&head, &args)?;
/// let (read, read_args) = codec.decode_request(&frame, &env)?;
/// assert_eq!((&*read.method, read_args), ("ping", args));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MessagePack {
    max_frame: usize,
}

impl Default for MessagePack {
    fn default() -> Self {
        Self { max_frame: MAX_FRAME }
    }
}

impl MessagePack {
    /// The same with another limit on the size of a frame, in bytes. Frames above it are neither written nor read.
    pub fn with_max_frame(self, max_frame: usize) -> Self {
        Self { max_frame }
    }

    fn frame<H: Serialize>(&self, head: &H, body: &Bytes) -> Result<Bytes, EncodeError> {
        let mut frame = Vec::with_capacity(PREFIX + 768 + body.len());
        frame.extend_from_slice(&[PAIR, BIN32, 0, 0, 0, 0]);
        head.serialize(&mut rmp_serde::Serializer::new(&mut frame).with_struct_map())
            .map_err(EncodeError::new)?;
        let head_len = u32::try_from(frame.len() - PREFIX).map_err(EncodeError::new)?;
        frame[2..PREFIX].copy_from_slice(&head_len.to_be_bytes());
        frame.extend_from_slice(body);
        match frame.len() {
            size if size > self.max_frame => {
                Err(EncodeError::new(DecodeError::TooLarge { size, limit: self.max_frame }))
            }
            _ => Ok(frame.into()),
        }
    }

    /// Head and body as slices of the frame.
    fn split(&self, frame: &Bytes) -> Result<(Encoded, Encoded), DecodeError> {
        if frame.len() > self.max_frame {
            return Err(DecodeError::TooLarge { size: frame.len(), limit: self.max_frame });
        }
        let Some((&[PAIR, BIN32, a, b, c, d], rest)) = frame.split_first_chunk::<PREFIX>() else {
            return Err(DecodeError::Frame("it is not a pair that begins with a byte string"));
        };
        let head_len = u32::from_be_bytes([a, b, c, d]) as usize;
        if head_len >= rest.len() {
            return Err(DecodeError::Frame("the head is longer than the frame, or there is no body"));
        }
        let part = |bytes| Encoded::from_bytes(Format::MessagePack, bytes);
        let body_at = PREFIX + head_len;
        Ok((part(frame.slice(PREFIX..body_at)), part(frame.slice(body_at..))))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn own(value: &Encoded) -> Result<&Bytes, EncodeError> {
    match value.format() {
        Format::MessagePack => Ok(value.bytes()),
        Format::Json => Err(EncodeError::new("a JSON value in a MessagePack frame")),
    }
}

/// A request's head as it is written.
#[derive(Serialize)]
struct HeadOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    method: &'a str,
    version: Version,
    unique_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitor_ms: Option<u64>,
    cx: &'a RequestContext,
}

/// A request's head as it is read.
#[derive(Deserialize)]
struct HeadIn {
    #[serde(default)]
    namespace: Option<String>,
    method: String,
    version: Version,
    unique_id: String,
    #[serde(default)]
    msg_id: Option<String>,
    #[serde(default)]
    reply_to: Option<String>,
    #[serde(default)]
    ttl_ms: Option<u64>,
    #[serde(default)]
    monitor_ms: Option<u64>,
    cx: RequestContextBuilder,
}

#[derive(Serialize, Deserialize)]
struct ReplyHead<'a> {
    #[serde(borrow)]
    msg_id: Cow<'a, str>,
    outcome: Tag,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    StillRunning,
    Result,
    Fault,
}

impl Codec for MessagePack {
    fn format(&self) -> Format {
        Format::MessagePack
    }

    fn encode_request(&self, head: &RequestHead, args: &Encoded) -> Result<Bytes, EncodeError> {
        let out = HeadOut {
            namespace: head.namespace.as_deref(),
            method: &head.method,
            version: head.version,
            unique_id: &head.unique_id,
            msg_id: head.answer.as_ref().map(|answer| &*answer.msg_id),
            reply_to: head.answer.as_ref().map(|answer| &*answer.address),
            ttl_ms: head.ttl.map(millis),
            monitor_ms: head.monitor.map(millis),
            cx: &head.cx,
        };
        self.frame(&out, own(args)?)
    }

    fn decode_request(&self, frame: &Bytes, env: &Env) -> Result<(RequestHead, Encoded), DecodeError> {
        let (head, args) = self.split(frame)?;
        let head: HeadIn = head.decode()?;
        let answer = match (head.msg_id, head.reply_to) {
            (Some(msg_id), Some(address)) => Some(AnswerTo { msg_id, address }),
            (None, None) => None,
            _ => return Err(DecodeError::Frame("msg_id and reply_to come together or not at all")),
        };
        let ttl = head.ttl_ms.map(Duration::from_millis);
        // Held to a year: a moment further away may be beyond what the clock can say.
        let cx = match ttl {
            Some(ttl) => head.cx.deadline(Instant::now() + ttl.min(YEAR)),
            None => head.cx,
        };
        let head = RequestHead {
            namespace: head.namespace.map(Cow::Owned),
            method: Cow::Owned(head.method),
            version: head.version,
            unique_id: head.unique_id,
            answer,
            ttl,
            monitor: head.monitor_ms.map(Duration::from_millis),
            cx: cx.build(env),
        };
        Ok((head, args))
    }

    fn encode_reply(&self, reply: &Reply) -> Result<Bytes, EncodeError> {
        let msg_id = Cow::Borrowed(&*reply.msg_id);
        match &reply.outcome {
            ReplyOutcome::StillRunning => {
                let nil = Format::MessagePack.null();
                self.frame(&ReplyHead { msg_id, outcome: Tag::StillRunning }, nil.bytes())
            }
            ReplyOutcome::Done(Ok(result)) => {
                self.frame(&ReplyHead { msg_id, outcome: Tag::Result }, own(result)?)
            }
            ReplyOutcome::Done(Err(fault)) => {
                let fault = Format::MessagePack.encode(fault)?;
                self.frame(&ReplyHead { msg_id, outcome: Tag::Fault }, fault.bytes())
            }
        }
    }

    fn decode_reply(&self, frame: &Bytes) -> Result<Reply, DecodeError> {
        let (head, body) = self.split(frame)?;
        let head: ReplyHead<'_> = head.peek()?;
        let outcome = match head.outcome {
            Tag::StillRunning => ReplyOutcome::StillRunning,
            Tag::Result => ReplyOutcome::Done(Ok(body)),
            Tag::Fault => ReplyOutcome::Done(Err(body.decode::<Fault>()?)),
        };
        Ok(Reply { msg_id: head.msg_id.into_owned(), outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn env() -> Env {
        Env::builder().seed(1).build()
    }

    fn frame(codec: &MessagePack) -> Bytes {
        let cx = RequestContext::builder()
            .user("u")
            .unknown("trace_info", serde_json::json!({"a": [1]}))
            .build(&env());
        let mut head = RequestHead::new("ping", "u-1", cx);
        head.namespace = Some("baseapi".into());
        head.answer = Some(AnswerTo { msg_id: "m-1".into(), address: "reply_1".into() });
        head.ttl = Some(Duration::from_millis(1500));
        head.monitor = Some(Duration::from_millis(700));
        codec.encode_request(&head, &Format::MessagePack.encode(&7).unwrap()).unwrap()
    }

    #[test]
    fn a_request_comes_back_whole_and_its_arguments_are_a_slice_of_the_frame() {
        let codec = MessagePack::default();
        let frame = frame(&codec);
        let (head, args) = codec.decode_request(&frame, &env()).unwrap();
        assert_eq!(head.namespace.as_deref(), Some("baseapi"));
        assert_eq!(head.answer, Some(AnswerTo { msg_id: "m-1".into(), address: "reply_1".into() }));
        assert_eq!(head.ttl, Some(Duration::from_millis(1500)));
        assert_eq!(head.monitor, Some(Duration::from_millis(700)));
        assert_eq!(head.cx.user_id(), Some("u"));
        assert_eq!(head.cx.unknown("trace_info"), Some(&serde_json::json!({"a": [1]})));
        assert!(frame.as_ptr_range().contains(&args.bytes().as_ptr()));
        assert_eq!(args.decode::<i32>().unwrap(), 7);
    }

    #[test]
    fn every_reply_comes_back_whole() {
        let codec = MessagePack::default();
        let fault = Fault::new("nova.exception", "NotFound", "gone").with_kwarg("code", 404);
        let done = ReplyOutcome::Done(Ok(Format::MessagePack.encode("ok").unwrap()));
        for outcome in [ReplyOutcome::StillRunning, done, ReplyOutcome::Done(Err(fault))] {
            let reply = Reply { msg_id: "m".into(), outcome };
            assert_eq!(codec.decode_reply(&codec.encode_reply(&reply).unwrap()).unwrap(), reply);
        }
    }

    #[test]
    fn a_frame_above_the_limit_is_neither_written_nor_read() {
        let small = MessagePack::default().with_max_frame(64);
        let big = frame(&MessagePack::default());
        assert!(matches!(small.decode_request(&big, &env()), Err(DecodeError::TooLarge { limit: 64, .. })));
        let head = RequestHead::new("m", "u", RequestContext::admin(&env()));
        assert!(small.encode_request(&head, &Format::MessagePack.null()).is_err());
    }

    #[test]
    fn a_frame_is_one_valid_messagepack_value() {
        let value: (serde::de::IgnoredAny, u8) =
            rmp_serde::from_slice(&frame(&MessagePack::default())).unwrap();
        assert_eq!(value.1, 7);
    }

    proptest! {
        #[test]
        fn a_cut_or_changed_frame_is_an_error_or_a_value_and_never_a_panic(cut in 0usize..2000, at in 0usize..2000, to: u8) {
            let codec = MessagePack::default();
            let mut bytes = frame(&codec).to_vec();
            let len = bytes.len();
            bytes[at % len] = to;
            bytes.truncate(cut % (len + 1));
            let bytes = Bytes::from(bytes);
            let _ = codec.decode_request(&bytes, &env());
            let _ = codec.decode_reply(&bytes);
        }
    }
}
