//! Values in bytes: the currency between typed code above and envelopes below.
//!
//! A [`Format`] says how one value becomes bytes (typed, generic, one of two); a [`Codec`](crate::Codec) says how a
//! request or a reply is wrapped around such bytes. What travels between them is an [`Encoded`], which layers,
//! queues and relays pass on without looking inside.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, DeserializeSeed, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// How deep a value read from a peer may be nested.
///
/// serde_json stops at 128 by itself; MessagePack is held to the same depth.
pub const MAX_DEPTH: usize = 128;

/// How values become bytes.
///
/// # Example
/// ```
/// use nova_rpc::Format;
///
/// for format in [Format::MessagePack, Format::Json] {
///     let encoded = format.encode(&("m1.tiny", 512))?;
///     let (name, ram): (String, u32) = encoded.decode()?;
///     assert_eq!((name.as_str(), ram), ("m1.tiny", 512));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// MessagePack with structs as maps. Not "human readable" in serde's sense: a [`Uuid`](https://docs.rs/uuid) is
    /// sixteen bytes, an address four or sixteen; both ends must read with the same types.
    MessagePack,
    /// JSON text in UTF-8.
    Json,
}

impl Format {
    /// Writes `value`.
    ///
    /// # Errors
    /// The value refuses to be serialised, or the format cannot express it (a map with keys that are not text, in JSON).
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Encoded, EncodeError> {
        let mut bytes = Vec::with_capacity(256);
        match self {
            Self::MessagePack => value
                .serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map())
                .map_err(|error| EncodeError(error.into()))?,
            Self::Json => {
                serde_json::to_writer(&mut bytes, value).map_err(|error| EncodeError(error.into()))?
            }
        }
        Ok(Encoded { format: self, bytes: bytes.into() })
    }

    /// The value that says nothing: `nil` or `null`.
    pub fn null(self) -> Encoded {
        match self {
            Self::MessagePack => Encoded { format: self, bytes: Bytes::from_static(&[0xc0]) },
            Self::Json => Encoded { format: self, bytes: Bytes::from_static(b"null") },
        }
    }
}

/// A value that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("a value cannot be encoded")]
pub struct EncodeError(#[source] nova_core::BoxError);

impl EncodeError {
    pub(crate) fn new(cause: impl Into<nova_core::BoxError>) -> Self {
        Self(cause.into())
    }
}

/// Bytes that are not the value that was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are well-formed or not, but they are not this value. The cause says where and why.
    #[error("the bytes are not the expected value")]
    Value(#[source] nova_core::BoxError),
    /// The frame does not have the outer shape its codec writes.
    #[error("malformed frame: {0}")]
    Frame(&'static str),
    /// The frame is a request that cannot be understood, and says where its answer goes.
    #[error("the request cannot be understood")]
    Request {
        /// Who waits.
        answer: Box<crate::codec::AnswerTo>,
        /// What is wrong.
        #[source]
        cause: nova_core::BoxError,
    },
    /// The frame is larger than this end accepts.
    #[error("a frame of {size} bytes is larger than {limit}")]
    TooLarge {
        /// The size, in bytes.
        size: usize,
        /// The most that is accepted, in bytes.
        limit: usize,
    },
}

impl DecodeError {
    /// A value that is well-formed and yet not acceptable, for `cause`.
    pub fn value(cause: impl Into<nova_core::BoxError>) -> Self {
        Self::Value(cause.into())
    }

    /// What the decoder says is wrong, without this error's own text.
    pub fn detail(&self) -> String {
        match self {
            Self::Value(cause) | Self::Request { cause, .. } => cause.to_string(),
            other => other.to_string(),
        }
    }
}

/// One value as bytes, with the format it is in.
///
/// Cloning shares the bytes. Its `Debug` text shows their number, never their content.
///
/// Nested in another value, an `Encoded` is written as it is: in JSON as the JSON it holds, in MessagePack as a byte
/// string that holds MessagePack. So an argument or a field can be carried without being understood. Its format must
/// be the outer one's.
///
/// # Example: carry a part without reading it
/// ```
/// use nova_rpc::{Encoded, Format};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Envelope { name: String, payload: Encoded }
///
/// let payload = Format::Json.encode(&[1, 2, 3])?;
/// let outer = Format::Json.encode(&Envelope { name: "n".into(), payload })?;
/// assert_eq!(&outer.bytes()[..], br#"{"name":"n","payload":[1,2,3]}"#);
/// assert_eq!(outer.decode::<Envelope>()?.payload.decode::<Vec<u8>>()?, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    format: Format,
    bytes: Bytes,
}

impl Encoded {
    /// Takes `bytes` for a value in `format`. They are not looked at before something decodes them.
    pub fn from_bytes(format: Format, bytes: Bytes) -> Self {
        Self { format, bytes }
    }

    /// The format of the bytes.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Reads the value.
    ///
    /// # Errors
    /// The bytes are malformed, nested deeper than [`MAX_DEPTH`], or not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.peek()
    }

    /// Reads a value that may borrow from the bytes, for a look at a part of them.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn peek<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.decode_seed(std::marker::PhantomData)
    }

    /// Reads with `seed`, which may borrow from the bytes.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_seed<'a, S: DeserializeSeed<'a>>(&'a self, seed: S) -> Result<S::Value, DecodeError> {
        match self.format {
            Format::MessagePack => {
                let mut reader = rmp_serde::Deserializer::from_read_ref(&self.bytes);
                reader.set_max_depth(MAX_DEPTH);
                seed.deserialize(&mut reader).map_err(DecodeError::value)
            }
            Format::Json => {
                let mut reader = serde_json::Deserializer::from_slice(&self.bytes);
                let value = seed.deserialize(&mut reader).map_err(DecodeError::value)?;
                reader.end().map_err(DecodeError::value)?;
                Ok(value)
            }
        }
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoded({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        match (serializer.is_human_readable(), self.format) {
            (true, Format::Json) => {
                let raw: &RawValue = serde_json::from_slice(&self.bytes).map_err(S::Error::custom)?;
                raw.serialize(serializer)
            }
            (false, Format::MessagePack) => serializer.serialize_bytes(&self.bytes),
            _ => Err(S::Error::custom("an encoded value can only be nested in a value of its own format")),
        }
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let raw = Box::<RawValue>::deserialize(deserializer)?;
            return Ok(Self { format: Format::Json, bytes: String::from(Box::<str>::from(raw)).into() });
        }
        let bytes = deserializer.deserialize_bytes(BytesVisitor)?;
        Ok(Self { format: Format::MessagePack, bytes })
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a byte string holding an encoded value")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes::copy_from_slice(bytes))
    }

    fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const BOTH: [Format; 2] = [Format::MessagePack, Format::Json];

    #[test]
    fn a_nested_encoded_value_comes_back_byte_for_byte_in_both_formats() {
        for format in BOTH {
            let inner = format.encode(&BTreeMap::from([("a", Some(1.5)), ("b", None)])).unwrap();
            let outer = format.encode(&vec![inner.clone(), format.null()]).unwrap();
            assert_eq!(outer.decode::<Vec<Encoded>>().unwrap(), [inner, format.null()]);
        }
    }

    #[test]
    fn an_encoded_value_of_the_other_format_is_refused_not_mangled() {
        let json = Format::Json.encode(&1).unwrap();
        assert!(Format::MessagePack.encode(&vec![json]).is_err());
    }

    #[test]
    fn structs_are_maps_so_that_a_reader_may_know_more_or_fewer_fields() {
        #[derive(Serialize)]
        struct New {
            a: u8,
            b: u8,
        }
        #[derive(Deserialize)]
        struct Old {
            b: u8,
        }
        for format in BOTH {
            assert_eq!(format.encode(&New { a: 1, b: 2 }).unwrap().decode::<Old>().unwrap().b, 2);
        }
    }

    #[test]
    fn nesting_without_end_is_an_error_and_not_a_stack_overflow() {
        #[derive(Deserialize, Debug)]
        struct Nest(#[allow(dead_code)] Vec<Nest>);
        let deep = Encoded::from_bytes(Format::MessagePack, Bytes::from(vec![0x91; 100_000]));
        assert!(deep.decode::<serde_json::Value>().is_err());
        assert!(deep.decode::<Nest>().is_err());
        let deep = Encoded::from_bytes(Format::Json, Bytes::from(vec![b'['; 100_000]));
        assert!(deep.decode::<Nest>().is_err());
    }

    #[test]
    fn a_length_that_lies_is_an_error_before_anything_is_allocated_for_it() {
        for lie in [
            &[0xdd, 0xff, 0xff, 0xff, 0xff][..],
            &[0xc6, 0xff, 0xff, 0xff, 0xff],
            &[0xdf, 0xff, 0xff, 0xff, 0xff],
        ] {
            let lie = Encoded::from_bytes(Format::MessagePack, Bytes::copy_from_slice(lie));
            assert!(lie.decode::<Vec<u64>>().is_err());
            assert!(lie.decode::<Encoded>().is_err());
            assert!(lie.decode::<BTreeMap<u64, u64>>().is_err());
        }
    }

    #[test]
    fn debug_text_shows_no_content() {
        assert_eq!(format!("{:?}", Format::Json.encode("secret").unwrap()), "Encoded(Json, 8 bytes)");
    }
}
