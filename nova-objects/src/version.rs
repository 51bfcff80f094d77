//! `major.minor` versions of objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of an object: `major.minor`.
///
/// A third part, which stable branches of Python services add, is read and forgotten: 1.22.3 is 1.22.
///
/// # Example
/// ```
/// use nova_objects::Version;
///
/// let version: Version = "1.22.3".parse()?;
/// assert_eq!(version, Version::new(1, 22));
/// assert!(version > Version::new(1, 9));
/// assert!(Version::new(1, 22).can_read(Version::new(1, 9)));
/// # Ok::<(), nova_objects::ParseVersionError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u16,
    minor: u16,
}

/// A text that is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a version of the form major.minor")]
pub struct ParseVersionError {
    text: String,
}

impl Version {
    /// The version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The number that changes when older readers cannot follow.
    pub const fn major(self) -> u16 {
        self.major
    }

    /// The number that grows when something is added.
    pub const fn minor(self) -> u16 {
        self.minor
    }

    /// Whether code of this version reads an object of version `other`: same major, not newer.
    pub const fn can_read(self, other: Version) -> bool {
        self.major == other.major && self.minor >= other.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseVersionError { text: text.chars().take(32).collect() })
    }
}

fn parse(text: &str) -> Option<Version> {
    let mut parts = text.splitn(4, '.');
    let mut number = || parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let version = Version::new(number()?.parse().ok()?, number()?.parse().ok()?);
    match parts.next() {
        None => Some(version),
        Some(third) => third.parse::<u16>().ok().filter(|_| parts.next().is_none()).map(|_| version),
    }
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
                f.write_str("a version such as \"1.22\"")
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
    fn versions_compare_as_numbers_and_forget_the_third_part() {
        let parsed = |text: &str| text.parse::<Version>();
        assert_eq!(parsed("1.10.4").unwrap(), Version::new(1, 10));
        assert!(parsed("1.10").unwrap() > parsed("1.9").unwrap());
        for bad in ["", "1", "1.", "a.b", "1.2.3.4", "1.x", "+1.2", "99999.1", "1.2.x"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_major_is_never_readable() {
        assert!(!Version::new(2, 0).can_read(Version::new(1, 0)));
        assert!(!Version::new(1, 2).can_read(Version::new(1, 3)));
    }
}
