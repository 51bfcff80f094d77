//! Data without a schema of its own.

use std::ops::{Deref, DerefMut};

use serde::de::DeserializeOwned;
use serde::{Deserializer, Serialize, Serializer};

use super::FieldType;

/// Any serde type as a field: written and read as serde does, without leniency.
///
/// `Json<serde_json::Value>` holds anything that JSON can say.
///
/// # Example
/// ```
/// use nova_objects::types::{Json, Out};
///
/// let filters = Json(serde_json::json!({"host": "c1", "deleted": false}));
/// assert_eq!(serde_json::to_string(&Out(&filters))?, r#"{"deleted":false,"host":"c1"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json<T = serde_json::Value>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> FieldType for Json<T>
where
    T: Serialize + DeserializeOwned + Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static,
{
    const NULLABLE: bool = true;

    fn describe() -> String {
        "data".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// A text that holds JSON, as some of Nova's fields do (`network_info`, `cpu_info`).
///
/// The text is kept as it came; [`decode`](Self::decode) and [`encode`](Self::encode) look into it.
///
/// # Example
/// ```
/// use nova_objects::types::JsonText;
///
/// let text = JsonText::encode(&[1, 2])?;
/// assert_eq!(text.as_str(), "[1,2]");
/// assert_eq!(text.decode::<Vec<i64>>()?, [1, 2]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// The JSON text of `value`.
    ///
    /// # Errors
    /// When `value` has no JSON form.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// The value in the text.
    ///
    /// # Errors
    /// When the text is not JSON, or not of a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl FieldType for JsonText {
    fn describe() -> String {
        "a text of JSON".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::read(deserializer).map(Self)
    }
}
