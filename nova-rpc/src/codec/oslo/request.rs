//! Requests.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use nova_core::Env;
use nova_core::context::{EntrySink, RequestContextBuilder};
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::{AnswerTo, RequestHead};
use super::envelope::Object;
use crate::{DecodeError, EncodeError, Encoded, Format, Version};

const CONTEXT: &str = "_context_";

/// Writes the message of a request, its keys in the order Python writes them.
pub(super) fn write(text: &mut Vec<u8>, head: &RequestHead, args: &Bytes) -> Result<(), EncodeError> {
    let mut message = Object::begin(text);
    message.field("method", &head.method)?;
    message.json_field("args", args)?;
    if let Some(namespace) = &head.namespace {
        message.field("namespace", namespace)?;
    }
    message.field("version", &head.version)?;
    if let Some(AnswerTo { msg_id, address }) = &head.answer {
        message.field("_msg_id", msg_id)?;
        message.field("_reply_q", address)?;
        message.field("_timeout", &head.monitor.map(whole_seconds))?;
    }
    message.field("_unique_id", &head.unique_id)?;
    head.cx.each_entry(&mut ContextSink(&mut message))?;
    message.end();
    Ok(())
}

/// Peers read whole seconds, and send no sign of life at all for less than two.
fn whole_seconds(monitor: Duration) -> u64 {
    monitor.as_secs().max(2)
}

struct ContextSink<'a, 'm>(&'a mut Object<'m>);

impl EntrySink for ContextSink<'_, '_> {
    type Error = EncodeError;

    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), EncodeError> {
        self.0.field(&format!("{CONTEXT}{key}"), value)
    }
}

/// Reads the message of a request. The arguments are a slice of it.
///
/// A caller whose request has a key of the wrong kind is named in the error: it waits, and is to be told.
pub(super) fn read(message: &Bytes, env: &Env) -> Result<(RequestHead, Encoded), DecodeError> {
    read_request(message, env).map_err(|error| match (error, serde_json::from_slice::<Waiting>(message)) {
        (DecodeError::Value(cause), Ok(Waiting { msg_id, address })) => {
            DecodeError::Request { answer: Box::new(AnswerTo { msg_id, address }), cause }
        }
        (error, _) => error,
    })
}

/// Who waits for the answer to a request, whatever else it says.
#[derive(Deserialize)]
struct Waiting {
    #[serde(rename = "_msg_id")]
    msg_id: String,
    #[serde(rename = "_reply_q")]
    address: String,
}

fn read_request(message: &Bytes, env: &Env) -> Result<(RequestHead, Encoded), DecodeError> {
    let request: Request<'_> = serde_json::from_slice(message).map_err(DecodeError::value)?;
    let args = match request.args {
        Some(args) => message.slice_ref(args.get().as_bytes()),
        None => Bytes::from_static(b"{}"),
    };
    let answer = match (request.msg_id, request.reply_q) {
        (Some(msg_id), Some(address)) => Some(AnswerTo { msg_id, address }),
        _ => None,
    };
    let head = RequestHead {
        namespace: request.namespace.map(Cow::Owned),
        method: Cow::Owned(request.method.ok_or_else(|| DecodeError::value("it names no method"))?),
        version: request.version.unwrap_or(Version::new(1, 0)),
        unique_id: request.unique_id.unwrap_or_else(|| env.new_hex_id()),
        monitor: if answer.is_some() { request.monitor } else { None },
        answer,
        ttl: None,
        cx: request.cx.build(env),
    };
    Ok((head, Encoded::from_bytes(Format::Json, args)))
}

#[derive(Default)]
struct Request<'a> {
    method: Option<String>,
    args: Option<&'a RawValue>,
    namespace: Option<String>,
    version: Option<Version>,
    unique_id: Option<String>,
    msg_id: Option<String>,
    reply_q: Option<String>,
    monitor: Option<Duration>,
    cx: RequestContextBuilder,
}

impl<'de> Deserialize<'de> for Request<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RequestVisitor)
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message of a request")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut request = Request::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "method" => request.method = map.next_value()?,
                // Not through an Option: a null is the caller's mistake, and its method says so.
                "args" => request.args = Some(map.next_value()?),
                "namespace" => request.namespace = map.next_value()?,
                "version" => request.version = map.next_value()?,
                "_unique_id" => request.unique_id = map.next_value()?,
                "_msg_id" => request.msg_id = map.next_value()?,
                "_reply_q" => request.reply_q = map.next_value()?,
                "_timeout" => request.monitor = monitor(map.next_value()?),
                key => match key.strip_prefix(CONTEXT) {
                    Some(entry) => request
                        .cx
                        .read_entry(entry, &mut map)
                        .map_err(|error| M::Error::custom(format_args!("context entry {entry}: {error}")))?,
                    None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                },
            }
        }
        Ok(request)
    }
}

/// What a caller asks for as `_timeout`: whole seconds, at least two, however they are written. Anything else asks for
/// nothing.
fn monitor(value: serde_json::Value) -> Option<Duration> {
    let seconds = match &value {
        serde_json::Value::Number(number) => number.as_f64()?,
        serde_json::Value::String(text) => f64::from(text.trim().parse::<u32>().ok()?),
        _ => return None,
    };
    let seconds = Duration::try_from_secs_f64(seconds.trunc()).ok()?;
    (seconds >= Duration::from_secs(2)).then_some(seconds)
}
