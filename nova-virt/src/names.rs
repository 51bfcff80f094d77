//! Standard names: host traits (`os-traits`) and resource classes (`os-resource-classes`).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not a standard or custom name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a name of capital letters, digits and underscores, at most 255 long")]
pub struct ParseNameError {
    text: String,
}

macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// The name `text`.
            ///
            /// # Errors
            /// If `text` is empty, longer than 255, or has anything but `A-Z`, `0-9` and `_`.
            pub fn new(text: impl Into<String>) -> Result<Self, ParseNameError> {
                let text = text.into();
                match is_name(&text) {
                    true => Ok(Self(Cow::Owned(text))),
                    false => Err(ParseNameError { text }),
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseNameError;

            fn try_from(text: String) -> Result<Self, ParseNameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into_owned()
            }
        }
    };
}

name! {
    /// What a host can do or is, by its `os-traits` name, such as `HW_CPU_X86_AVX2` or `CUSTOM_GOLD`.
    ///
    /// # Example
    /// ```
    /// use nova_virt::Trait;
    ///
    /// assert_eq!(Trait::new("HW_CPU_X86_AVX2")?.as_str(), "HW_CPU_X86_AVX2");
    /// assert!(Trait::new("custom gold").is_err());
    /// # Ok::<(), nova_virt::names::ParseNameError>(())
    /// ```
    Trait
}

name! {
    /// A kind of countable resource, by its `os-resource-classes` name, such as `VCPU` or `CUSTOM_LICENCE`.
    ResourceClass
}

impl ResourceClass {
    /// Virtual processors.
    pub const VCPU: Self = Self(Cow::Borrowed("VCPU"));
    /// Memory in MiB.
    pub const MEMORY_MB: Self = Self(Cow::Borrowed("MEMORY_MB"));
    /// Disk in GiB.
    pub const DISK_GB: Self = Self(Cow::Borrowed("DISK_GB"));
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=255).contains(&text.len()) && text.bytes().all(allowed)
}
