//! Replies.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{Reply, ReplyOutcome};
use super::envelope::{Object, quote};
use super::{failure, json};
use crate::{DecodeError, EncodeError, Encoded, Format};

/// Writes the message of a reply. All five keys are there: a Python caller fails without `failure`, and waits for ever
/// without `ending`.
pub(super) fn write(text: &mut Vec<u8>, reply: &Reply, unique_id: &str) -> Result<(), EncodeError> {
    let null = Format::Json.null();
    let (result, fault) = match &reply.outcome {
        ReplyOutcome::StillRunning => (&null, None),
        ReplyOutcome::Done(Ok(result)) => (result, None),
        ReplyOutcome::Done(Err(fault)) => (&null, Some(fault)),
    };
    let mut message = Object::begin(text);
    message.json_field("result", json(result)?)?;
    match fault {
        None => message.json_field("failure", b"null")?,
        Some(fault) => message.raw_field("failure", |out| {
            quote(&failure::write(fault)?, out);
            Ok::<(), serde_json::Error>(())
        })?,
    }
    message.field("ending", &!matches!(reply.outcome, ReplyOutcome::StillRunning))?;
    message.field("_msg_id", &reply.msg_id)?;
    message.field("_unique_id", unique_id)?;
    message.end();
    Ok(())
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    failure: Option<String>,
    #[serde(default)]
    ending: bool,
    #[serde(rename = "_msg_id")]
    msg_id: String,
}

/// Reads the message of a reply. The result is a slice of it.
///
/// A peer of the time before heartbeats ends a call with two messages, the result first. The result is enough: the
/// second then finds nobody waiting.
pub(super) fn read(message: &Bytes) -> Result<Reply, DecodeError> {
    let Message { result, failure, ending, msg_id } =
        serde_json::from_slice(message).map_err(DecodeError::value)?;
    let outcome = match (failure.as_deref(), result) {
        (Some(text), _) if !text.is_empty() => ReplyOutcome::Done(Err(failure::read(text)?)),
        (_, Some(result)) => {
            let result = message.slice_ref(result.get().as_bytes());
            ReplyOutcome::Done(Ok(Encoded::from_bytes(Format::Json, result)))
        }
        (_, None) if ending => ReplyOutcome::Done(Ok(Format::Json.null())),
        (_, None) => ReplyOutcome::StillRunning,
    };
    Ok(Reply { msg_id, outcome })
}
