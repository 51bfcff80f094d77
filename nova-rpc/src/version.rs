//! Versions of contracts and of the messages that belong to them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `major.minor` version.
///
/// A peer that speaks 4.5 understands every message of 4.0 to 4.5, and none of 3.x, 4.6 or 5.0. Numbers, not text:
/// 1.10 is newer than 1.9.
///
/// # Example
/// ```
/// use nova_rpc::Version;
///
/// let served: Version = "4.5".parse()?;
/// assert!(served.is_compatible(Version::new(4, 0)));
/// assert!(!served.is_compatible(Version::new(4, 6)));
/// assert!(!served.is_compatible(Version::new(3, 9)));
/// # Ok::<(), nova_rpc::version::ParseVersionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Changes when old messages are no longer understood.
    pub major: u32,
    /// Grows with each addition.
    pub minor: u32,
}

/// A text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a version of the form major.minor")]
pub struct ParseVersionError {
    text: String,
}

impl Version {
    /// The version `major.minor`.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// Whether a peer that implements this version understands a message of version `requested`.
    #[doc(alias = "version_is_compatible")]
    pub const fn is_compatible(self, requested: Self) -> bool {
        self.major == requested.major && self.minor >= requested.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Reads `major.minor`; a third part, as Python peers may send it, must be a number and is left out.
impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '.').map(number);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), Some(Some(minor)), None | Some(Some(_))) => Ok(Self { major, minor }),
            _ => Err(ParseVersionError { text: text.chars().take(32).collect() }),
        }
    }
}

/// Digits only: `u32::from_str` would take a `+` as well.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Version;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a version of the form major.minor")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Version, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_versions_are_numbers_and_not_text() {
        assert!("1.10".parse::<Version>().unwrap() > "1.9".parse().unwrap());
        assert!(Version::new(1, 10).is_compatible(Version::new(1, 9)));
    }

    #[test]
    fn a_third_part_is_read_and_left_out() {
        assert_eq!("1.5.7".parse(), Ok(Version::new(1, 5)));
    }

    #[test]
    fn what_is_not_a_version_is_refused() {
        for text in ["", "1", "1.", ".1", "1.x", "1.2.x", "1.2.3.4", "+1.0", "-1.0", "99999999999.0", " 1.0"]
        {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }
}
