//! The outer object, and text inside text.

use std::io;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{DecodeError, EncodeError};

/// What a frame weighs beside its arguments: keys, ids and a context with a few roles.
const HEAD: usize = 2048;

/// The outer object. A frame that is a bare message (oslo's format before 2.0) has neither key.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "oslo.version", default)]
    version: Option<String>,
    #[serde(rename = "oslo.message", default)]
    message: Option<String>,
}

/// The message inside `frame`: valid UTF-8, and JSON as far as Python's oddities go.
pub(super) fn open(max_frame: usize, frame: &Bytes) -> Result<Bytes, DecodeError> {
    if frame.len() > max_frame {
        return Err(DecodeError::TooLarge { size: frame.len(), limit: max_frame });
    }
    if !frame.trim_ascii_start().starts_with(b"{") {
        return Err(DecodeError::Frame("it is not a JSON object"));
    }
    let text = std::str::from_utf8(frame).map_err(DecodeError::value)?;
    let envelope = match serde_json::from_str::<Envelope>(text) {
        Ok(envelope) => envelope,
        // A bare message may have Python's oddities at this level already.
        Err(_) if is_odd(text) => serde_json::from_str(&repair(text)).map_err(DecodeError::value)?,
        Err(error) => return Err(DecodeError::value(error)),
    };
    let message = match (envelope.version.as_deref(), envelope.message) {
        (Some(version), _) if !is_understood(version) => {
            return Err(DecodeError::Frame("its oslo.version is not 2.0"));
        }
        (Some(_), Some(message)) => message,
        (None, None) if is_odd(text) => return Ok(repair(text).into()),
        (None, None) => return Ok(frame.clone()),
        _ => return Err(DecodeError::Frame("oslo.version and oslo.message come together or not at all")),
    };
    Ok(if is_odd(&message) { repair(&message) } else { message }.into())
}

/// Peers refuse another major version and a newer minor one, and there is no older one than 2.0.
fn is_understood(version: &str) -> bool {
    version
        .split_once('.')
        .is_some_and(|(major, minor)| major == "2" && minor.bytes().all(|digit| digit == b'0'))
}

/// A frame around the message that `write` writes; `size` is what it weighs beside its head, about.
pub(super) fn close(
    max_frame: usize,
    size: usize,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<Bytes, EncodeError> {
    let mut message = Vec::with_capacity(HEAD + size);
    write(&mut message)?;
    let mut frame = Vec::with_capacity(HEAD + message.len() + message.len() / 4);
    frame.extend_from_slice(br#"{"oslo.version":"2.0","oslo.message":"#);
    quote(&message, &mut frame);
    frame.push(b'}');
    match frame.len() {
        size if size > max_frame => Err(EncodeError::new(DecodeError::TooLarge { size, limit: max_frame })),
        _ => Ok(frame.into()),
    }
}

/// Writes `text` as a JSON string. It is JSON itself, so mostly quotation marks need an escape.
pub(super) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ') {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// A JSON object that is being written.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    pub(super) fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), EncodeError> {
        self.raw_field(key, |out| serde_json::to_writer(out, value))
    }

    /// A field whose value `write` writes.
    pub(super) fn raw_field<E: Into<nova_core::BoxError>>(
        &mut self,
        key: &str,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), EncodeError> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        serde_json::to_writer(&mut *self.out, key).map_err(EncodeError::new)?;
        self.out.push(b':');
        write(self.out).map_err(EncodeError::new)
    }

    /// A field whose value is JSON already.
    pub(super) fn json_field(&mut self, key: &str, json: &[u8]) -> Result<(), EncodeError> {
        self.raw_field(key, |out| {
            out.extend_from_slice(json);
            Ok::<(), io::Error>(())
        })
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }
}

/// Whether `text` may hold what Python writes and JSON does not allow.
fn is_odd(text: &str) -> bool {
    ["NaN", "Infinity", "\\ud", "\\uD"].iter().any(|sign| text.contains(sign))
}

/// The same text with `null` for numbers that are none, and U+FFFD for halves of surrogate pairs.
fn repair(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (outside, string) = rest.split_at(rest.find('"').unwrap_or(rest.len()));
        out.push_str(&without_non_numbers(outside));
        let end = end_of_string(string);
        repair_string(&string[..end], &mut out);
        rest = &string[end..];
    }
    out
}

fn without_non_numbers(outside: &str) -> String {
    outside.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null")
}

/// Where the string that begins `text` ends, its closing mark included.
fn end_of_string(text: &str) -> usize {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Copies one string, with its marks. Escapes are looked at in pairs, so that `\\ud800` (a backslash and text) stays.
fn repair_string(string: &str, out: &mut String) {
    let mut rest = string;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let unit = unit_of(escape);
        let (taken, kept) = match unit {
            Some(0xD800..=0xDBFF) => match escape.get(6..).and_then(unit_of) {
                Some(0xDC00..=0xDFFF) => (12, true),
                _ => (6, false),
            },
            Some(0xDC00..=0xDFFF) => (6, false),
            Some(_) => (6, true),
            None => (escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end), true),
        };
        out.push_str(if kept { &escape[..taken] } else { "\\ufffd" });
        rest = &escape[taken..];
    }
    out.push_str(rest);
}

/// The UTF-16 unit that `\uXXXX` at the start of `text` stands for.
fn unit_of(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
