//! Moments.

use std::fmt;

use nova_core::Timestamp;
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::FieldType;

struct Moment;

impl Visitor<'_> for Moment {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ISO 8601 time")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(E::custom)
    }
}

/// Written to the second: the fraction is lost on the wire, as it is between Python peers.
impl FieldType for Timestamp {
    fn describe() -> String {
        "a time".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.to_seconds_text().as_str())
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{In, Out};

    #[test]
    fn times_are_read_in_any_offset_and_written_in_utc_without_fraction() {
        let In(time) = serde_json::from_str::<In<Timestamp>>("\"2026-01-02T03:04:05.9+02:00\"").unwrap();
        assert_eq!(serde_json::to_string(&Out(&time)).unwrap(), "\"2026-01-02T01:04:05Z\"");
        assert!(serde_json::from_str::<In<Timestamp>>("\"yesterday\"").is_err());
    }
}
