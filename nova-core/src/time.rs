//! Wall-clock time as Nova stores and sends it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment of wall-clock time in UTC, with microsecond resolution.
///
/// Wall-clock time is for records and humans. To measure how long something took, or to wait, use
/// [`tokio::time::Instant`]: it never jumps, and tests can pause it.
///
/// Its text form is RFC 3339 with a `Z`. Reading accepts any RFC 3339 offset, and, as OpenStack's peers send them,
/// times without a zone (taken as UTC).
///
/// # Example
/// ```
/// use nova_core::Timestamp;
///
/// let seen: Timestamp = "2026-01-02T03:04:05+02:00".parse()?;
/// assert_eq!(seen.to_string(), "2026-01-02T01:04:05Z");
/// assert_eq!("2026-01-02T01:04:05.5".parse::<Timestamp>()?.to_string(), "2026-01-02T01:04:05.5Z");
/// # Ok::<(), nova_core::time::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an ISO 8601 time")]
pub struct ParseTimestampError {
    text: String,
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The moment `micros` microseconds after the epoch, or `None` outside the years -9999 to 9999.
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        jiff::Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Microseconds since the epoch.
    pub fn unix_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The same moment with the fraction of a second cut off, as object primitives carry it.
    pub fn trunc_seconds(self) -> Self {
        Self(jiff::Timestamp::from_second(self.0.as_second()).unwrap_or(self.0))
    }

    /// How long after `earlier` this is; zero if it is not later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let micros = self.unix_micros().saturating_sub(earlier.unix_micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// This moment plus `by`, held at the last representable moment.
    pub fn saturating_add(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_unix_micros(self.unix_micros().saturating_add(micros))
            .unwrap_or(Self(jiff::Timestamp::MAX))
    }

    /// This moment minus `by`, held at the first representable moment.
    pub fn saturating_sub(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_unix_micros(self.unix_micros().saturating_sub(micros))
            .unwrap_or(Self(jiff::Timestamp::MIN))
    }

    /// `YYYY-MM-DDTHH:MM:SSZ` in twenty bytes, without allocating: the form of an object's datetime field.
    ///
    /// Years outside 0 to 9999 are written as the nearest of the two.
    pub fn to_seconds_text(self) -> SecondsText {
        SecondsText::new(self)
    }

    pub(crate) fn now_from_system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one clock that Env's port wraps")]
        let now = jiff::Timestamp::now();
        Self(jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zoned = text.parse::<jiff::Timestamp>();
        let moment = zoned.or_else(|_| {
            let naive = text.parse::<jiff::civil::DateTime>()?;
            naive.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp())
        });
        match moment {
            Ok(moment) => Self::from_unix_micros(moment.as_microsecond()),
            Err(_) => None,
        }
        .ok_or_else(|| ParseTimestampError { text: text.chars().take(64).collect() })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ISO 8601 time")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// The text of [`Timestamp::to_seconds_text`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecondsText([u8; 20]);

impl SecondsText {
    fn new(moment: Timestamp) -> Self {
        let time = jiff::tz::TimeZone::UTC.to_datetime(moment.0);
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut digits = |at: usize, width: usize, value: i16| {
            let mut rest = value.clamp(0, 9999);
            for byte in text[at..at + width].iter_mut().rev() {
                *byte = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
            }
        };
        digits(0, 4, time.year());
        digits(5, 2, time.month().into());
        digits(8, 2, time.day().into());
        digits(11, 2, time.hour().into());
        digits(14, 2, time.minute().into());
        digits(17, 2, time.second().into());
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits and punctuation are written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_text_drops_the_fraction_and_pads_every_part() {
        let moment: Timestamp = "2026-01-02T03:04:05.999999Z".parse().unwrap();
        assert_eq!(moment.to_seconds_text().as_str(), "2026-01-02T03:04:05Z");
        assert_eq!(moment.trunc_seconds().to_string(), "2026-01-02T03:04:05Z");
    }

    #[test]
    fn a_time_without_zone_is_utc() {
        let naive: Timestamp = "2026-11-03T09:08:07.123456".parse().unwrap();
        assert_eq!(naive, "2026-11-03T09:08:07.123456Z".parse().unwrap());
        assert_eq!("2026-11-03 09:08:07".parse::<Timestamp>().unwrap().to_string(), "2026-11-03T09:08:07Z");
    }

    #[test]
    fn garbage_is_refused_with_the_text_cut_short() {
        let long = "x".repeat(500);
        let error = long.parse::<Timestamp>().unwrap_err().to_string();
        assert!(error.len() < 120, "{error}");
    }

    #[test]
    fn durations_never_go_below_zero() {
        let early = Timestamp::UNIX_EPOCH;
        let late = early.saturating_add(Duration::from_secs(5));
        assert_eq!(late.saturating_since(early), Duration::from_secs(5));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
    }
}
