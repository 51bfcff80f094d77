//! Truth, read as Python reads it.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

use super::FieldType;

/// Python's `bool(value)`.
struct Truthiness;

impl<'de> Visitor<'de> for Truthiness {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, or something that Python takes for one of them")
    }

    #[inline]
    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<bool, E> {
        Ok(value != 0)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<bool, E> {
        Ok(value != 0)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<bool, E> {
        Ok(value != 0.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok(!text.is_empty())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<bool, E> {
        Ok(!bytes.is_empty())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let mut any = false;
        while items.next_element::<IgnoredAny>()?.is_some() {
            any = true;
        }
        Ok(any)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<bool, A::Error> {
        let mut any = false;
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            any = true;
        }
        Ok(any)
    }
}

impl FieldType for bool {
    fn describe() -> String {
        "a boolean".to_owned()
    }

    #[inline]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Truthiness)
    }
}

/// A boolean that reads words: `1`, `t`, `true`, `on`, `y` and `yes` in any case are true, other texts are false.
///
/// # Example
/// ```
/// use nova_objects::types::{FlexibleBool, In};
///
/// let In(flag) = serde_json::from_str::<In<FlexibleBool>>("\"Yes\"")?;
/// assert!(flag.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlexibleBool(pub bool);

impl From<bool> for FlexibleBool {
    fn from(value: bool) -> Self {
        Self(value)
    }
}

impl From<&str> for FlexibleBool {
    fn from(text: &str) -> Self {
        let text = text.trim();
        Self(["1", "t", "true", "on", "y", "yes"].iter().any(|word| text.eq_ignore_ascii_case(word)))
    }
}

struct Words;

impl Visitor<'_> for Words {
    type Value = FlexibleBool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean or a word for one")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<FlexibleBool, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<FlexibleBool, E> {
        Ok((value == 1).into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<FlexibleBool, E> {
        Ok((value == 1).into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FlexibleBool, E> {
        Ok(text.into())
    }
}

impl FieldType for FlexibleBool {
    fn describe() -> String {
        "a flexible boolean".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(self.0)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::In;

    #[test]
    fn a_boolean_is_what_python_would_take_it_for() {
        for (json, expected) in
            [("1", true), ("0", false), ("\"false\"", true), ("\"\"", false), ("[0]", true), ("{}", false)]
        {
            assert_eq!(serde_json::from_str::<In<bool>>(json).unwrap().0, expected, "{json}");
        }
    }

    #[test]
    fn a_flexible_boolean_reads_the_word() {
        for (text, expected) in [("false", false), ("ON", true), (" y ", true), ("maybe", false)] {
            assert_eq!(FlexibleBool::from(text).0, expected, "{text}");
        }
    }
}
