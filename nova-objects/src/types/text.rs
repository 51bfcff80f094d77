//! Texts.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::FieldType;

/// Text, or a number in Python's spelling.
pub(super) struct LenientText;

impl Visitor<'_> for LenientText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    #[inline]
    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    #[inline]
    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<String, E> {
        Ok(format!("{value:?}"))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(if value { "True" } else { "False" }.to_owned())
    }
}

impl FieldType for String {
    fn describe() -> String {
        "a text".to_owned()
    }

    #[inline]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientText)
    }
}

/// A text that holds a secret: written as it is, hidden in `Debug`, wiped from memory when dropped.
///
/// # Example
/// ```
/// use nova_objects::types::SensitiveString;
///
/// let secret = SensitiveString::from("hunter2");
/// assert_eq!(format!("{secret:?}"), "\"***\"");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone, Default)]
pub struct SensitiveString(SecretString);

impl SensitiveString {
    /// The secret.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for SensitiveString {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for SensitiveString {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for SensitiveString {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SensitiveString {}

impl fmt::Debug for SensitiveString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"***\"")
    }
}

impl FieldType for SensitiveString {
    fn describe() -> String {
        "a secret text".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientText).map(Self::from)
    }
}

/// A UUID as the peer spells it. Peers put other texts into such fields too, so any text is accepted and kept.
///
/// # Example
/// ```
/// use nova_objects::types::Uuid;
///
/// let id = Uuid::from("6BA7B810-9DAD-11D1-80B4-00C04FD430C8");
/// assert_eq!(id.as_str(), "6BA7B810-9DAD-11D1-80B4-00C04FD430C8");
/// assert_eq!(id.parse().map(|id| id.to_string()).as_deref(), Some("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
/// assert!(Uuid::from("not one").parse().is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(String);

impl Uuid {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The UUID, if the text is one, with or without hyphens.
    pub fn parse(&self) -> Option<uuid::Uuid> {
        uuid::Uuid::try_parse(&self.0).ok()
    }

    /// The text, taken out.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<String> for Uuid {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Uuid {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<uuid::Uuid> for Uuid {
    fn from(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }
}

impl From<Uuid> for String {
    fn from(id: Uuid) -> Self {
        id.0
    }
}

impl AsRef<str> for Uuid {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Uuid {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Uuid {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FieldType for Uuid {
    fn describe() -> String {
        "a uuid".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientText).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use crate::types::In;

    #[test]
    fn numbers_become_texts_in_pythons_spelling() {
        for (json, expected) in [("5", "5"), ("1.0", "1.0"), ("true", "True"), ("\"x\"", "x"), ("-7", "-7")] {
            assert_eq!(serde_json::from_str::<In<String>>(json).unwrap().0, expected);
        }
        assert!(serde_json::from_str::<In<String>>("[]").is_err());
        assert!(serde_json::from_str::<In<String>>("null").is_err());
    }
}
