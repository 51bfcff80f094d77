//! Objects of types that are not known here.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::FieldType;
use crate::primitive::keys;

/// A nested object whose type is not in any catalogue here, carried as it came and read-only.
///
/// Its keys keep their order and its numbers their digits: what came as JSON goes out as the same JSON, and what came
/// as MessagePack as the same values. Only from one format to the other do numbers beyond 64 bits become floats.
///
/// # Example
/// ```
/// use nova_objects::types::{In, Out, Verbatim};
///
/// let json = r#"{"nova_object.name":"Thing","nova_object.namespace":"other","nova_object.version":"1.7",
///     "nova_object.data":{"size":123456789012345678901234567890}}"#;
/// let In(thing) = serde_json::from_str::<In<Verbatim>>(json)?;
/// assert_eq!((thing.name(), thing.version()), ("Thing", "1.7"));
/// assert_eq!(serde_json::to_string(&Out(&thing))?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Verbatim {
    name: String,
    version: String,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Json(Box<RawValue>),
    Tree(Tree),
}

impl Verbatim {
    /// The name of the object.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the object, as its sender spells it.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn new<E: Error>(body: Body) -> Result<Self, E> {
        let tree = body.tree().ok_or_else(|| E::custom("an object is nested too deeply"))?;
        let text = |key| match tree.entry(key) {
            Some(Tree::Text(text)) => Ok(text.clone()),
            _ => Err(E::custom(format_args!("{key} is missing: not a versioned object"))),
        };
        Ok(Self { name: text(keys::NAME)?, version: text(keys::VERSION)?, body })
    }
}

impl Body {
    fn tree(&self) -> Option<Tree> {
        match self {
            Self::Json(raw) => Tree::from_json(raw.get()),
            Self::Tree(tree) => Some(tree.clone()),
        }
    }
}

impl PartialEq for Verbatim {
    fn eq(&self, other: &Self) -> bool {
        match (&self.body, &other.body) {
            (Body::Json(a), Body::Json(b)) if a.get() == b.get() => true,
            (a, b) => a.tree() == b.tree(),
        }
    }
}

impl fmt::Debug for Verbatim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verbatim({} {})", self.name, self.version)
    }
}

impl FieldType for Verbatim {
    fn describe() -> String {
        "any object".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.body {
            Body::Json(raw) if serializer.is_human_readable() => raw.serialize(serializer),
            Body::Json(raw) => match Tree::from_json(raw.get()) {
                Some(tree) => tree.serialize(serializer),
                None => Err(serde::ser::Error::custom("an object is nested too deeply")),
            },
            Body::Tree(tree) => tree.serialize(serializer),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = if deserializer.is_human_readable() {
            Body::Json(Box::<RawValue>::deserialize(deserializer)?)
        } else {
            Body::Tree(Tree::deserialize(deserializer)?)
        };
        Self::new(body)
    }
}

/// Anything that MessagePack or JSON can say.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

impl Tree {
    fn entry(&self, key: &str) -> Option<&Tree> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(own, _)| matches!(own, Tree::Text(own) if own == key))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Reads JSON; numbers beyond any float become the nearest one.
    fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).or_else(|_| serde_json::from_str(&clamp_numbers(text))).ok()
    }
}

/// The same JSON with numbers that no float holds put down to the nearest one that does.
fn clamp_numbers(text: &str) -> String {
    let mut clamped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        clamped.push_str(&rest[..at]);
        rest = &rest[at..];
        let (token, after) = rest.split_at(token_length(rest));
        match token.parse::<f64>() {
            Ok(number) if number.is_infinite() => {
                clamped.push_str(&format!("{:e}", f64::MAX.copysign(number)))
            }
            _ => clamped.push_str(token),
        }
        rest = after;
    }
    clamped + rest
}

/// The length of the text or number that `rest` begins with.
fn token_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    if bytes[0] != b'"' {
        let is_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        return bytes.iter().position(|byte| !is_number(byte)).unwrap_or(bytes.len());
    }
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    bytes.len()
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(i64::try_from(value).map_or(Tree::Unsigned(value), Tree::Signed))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Bytes(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use crate::types::{In, Out, Verbatim};

    const JSON: &str = r#"{"nova_object.data":{"z":1e400,"a":[18446744073709551616,-1,null,true,1.5]},"nova_object.version":"1.0","nova_object.name":"Odd","nova_object.namespace":"x"}"#;

    fn read(json: &str) -> Verbatim {
        serde_json::from_str::<In<Verbatim>>(json).unwrap().0
    }

    #[test]
    fn an_unknown_object_keeps_order_and_digits_in_json() {
        assert_eq!(serde_json::to_string(&Out(&read(JSON))).unwrap(), JSON);
    }

    #[test]
    fn an_unknown_object_crosses_to_messagepack_and_back_with_numbers_beyond_64_bits_as_floats() {
        let packed = rmp_serde::to_vec_named(&Out(&read(JSON))).unwrap();
        let In(back) = rmp_serde::from_slice::<In<Verbatim>>(&packed).unwrap();
        assert_eq!(back, read(JSON));
        assert_eq!(rmp_serde::to_vec_named(&Out(&back)).unwrap(), packed);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in ["1", "[]", "{}", r#"{"nova_object.name":"A"}"#] {
            assert!(serde_json::from_str::<In<Verbatim>>(bad).is_err(), "{bad}");
        }
    }
}
