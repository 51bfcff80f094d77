//! Enumerations that are words on the wire.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Declares enums whose values are words on the wire, usable as field types.
///
/// Each gets `as_str`, `FromStr`, `Display` and a list `ALL`; an unknown word is refused by an error that names it.
///
/// # Example
/// ```
/// nova_objects::object_enum! {
///     /// What a disk is attached to.
///     pub enum DiskBus {
///         /// Paravirtual.
///         Virtio = "virtio",
///         /// Emulated SCSI.
///         Scsi = "scsi",
///     }
/// }
///
/// assert_eq!("scsi".parse::<DiskBus>()?, DiskBus::Scsi);
/// assert_eq!(DiskBus::Virtio.as_str(), "virtio");
/// let refused = "ide".parse::<DiskBus>().unwrap_err().to_string();
/// assert_eq!(refused, "\"ide\" is not a DiskBus: virtio, scsi");
/// # Ok::<(), nova_objects::UnknownWord>(())
/// ```
#[macro_export]
macro_rules! object_enum {
    ($(
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal ),* $(,)? }
    )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $( $(#[$variant_meta])* $variant ),* }

        impl $name {
            /// Every value, in order of declaration.
            $vis const ALL: &'static [Self] = &[$( Self::$variant ),*];

            /// The word on the wire.
            $vis const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word ),* }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $( $word => ::std::result::Result::Ok(Self::$variant), )*
                    _ => ::std::result::Result::Err($crate::UnknownWord::new(
                        text, stringify!($name), &[$( $word ),*],
                    )),
                }
            }
        }

        impl $crate::types::FieldType for $name {
            fn describe() -> ::std::string::String {
                ::std::format!("one of {}", [$( $word ),*].join(", "))
            }

            fn write<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }

            fn read<'de, D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::types::read_word(deserializer)
            }
        }
    )* };
}

/// A word that is not one of an enum's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a {name}: {}", known.join(", "))]
pub struct UnknownWord {
    word: String,
    name: &'static str,
    known: &'static [&'static str],
}

impl UnknownWord {
    #[doc(hidden)]
    pub fn new(word: &str, name: &'static str, known: &'static [&'static str]) -> Self {
        Self { word: word.chars().take(64).collect(), name, known }
    }

    /// The word.
    pub fn word(&self) -> &str {
        &self.word
    }
}

/// Reads a word and makes a value of it.
#[doc(hidden)]
pub fn read_word<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err = UnknownWord>,
{
    struct Word<T>(PhantomData<T>);
    impl<T: std::str::FromStr<Err = UnknownWord>> Visitor<'_> for Word<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a word")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Word(PhantomData))
}
