//! What a field can hold, and how each type is written and read.
//!
//! | type | on the wire | read leniently from |
//! |---|---|---|
//! | `i64`, `u64`, `i32`, `u32`, `u16` | number | `"55"`, `55.0` |
//! | `f64` | number; never NaN or infinite | integers, `"0.5"` |
//! | `bool` | `true`/`false` | anything, by Python's truthiness: `"false"` is true |
//! | [`FlexibleBool`] | `true`/`false` | `"yes"`, `"off"`, `"1"`, … |
//! | `String` | text | numbers |
//! | [`SensitiveString`] | text; hidden in `Debug` | numbers |
//! | [`Uuid`] | text as given | any text |
//! | [`Timestamp`](nova_core::Timestamp) | `2026-01-02T03:04:05Z`, fraction dropped | any ISO 8601 time |
//! | `IpAddr`, `Ipv4Addr`, `Ipv6Addr`, [`IpNetwork`], [`MacAddress`], [`PciAddress`] | text | other spellings |
//! | an [`object_enum!`](crate::object_enum) | text | exactly its words |
//! | `Option<T>` | `null` or `T` | |
//! | `Vec<T>`, `BTreeSet<T>`, [`Members<T>`] | array | |
//! | `BTreeMap<String, T>` | map | maps with numbers as keys |
//! | a versioned object, `Box` of one | its primitive | |
//! | [`Verbatim`] | the primitive as it came | any versioned object |
//! | [`Json<T>`] | what serde makes of `T` | |
//! | [`JsonText`] | text that holds JSON | |

mod collections;
mod flag;
mod json;
mod members;
mod network;
mod numbers;
mod text;
mod time;
mod verbatim;
mod word;

use std::fmt::Debug;
use std::marker::PhantomData;

use nova_core::Fault;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::flag::FlexibleBool;
pub use self::json::{Json, JsonText};
pub use self::members::Members;
pub use self::network::{InvalidAddress, IpNetwork, MacAddress, PciAddress};
pub use self::text::{SensitiveString, Uuid};
pub use self::verbatim::Verbatim;
pub use self::word::UnknownWord;
#[doc(hidden)]
pub use self::word::read_word;

use crate::manifest::Manifest;

/// A type that a [`Field`](crate::Field), an action's argument or its result can have.
///
/// Beside serde's traits because serde's own readings are too strict (`"55"` is no number to it) or change with the
/// format (an IP address is bytes in MessagePack), and because walks over nested objects need a hook.
///
/// To make a type of your own a field type, use [`object_enum!`](crate::object_enum) for words, [`Json`] for data, or
/// implement `describe`, `write` and `read`; the other methods are only for types that hold objects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a versioned object's field",
    note = "use one of the types listed in `nova_objects::types`, `object_enum!` for words, or wrap data in `Json<T>`"
)]
pub trait FieldType: Sized + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Whether null is a value of this type.
    const NULLABLE: bool = false;

    /// The type in words that stay the same from build to build: part of an object's fingerprint.
    fn describe() -> String;

    /// Writes the primitive form.
    ///
    /// # Errors
    /// Those of the serializer, and values that have no primitive form (NaN).
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the primitive form, and what peers send in its place.
    ///
    /// # Errors
    /// Anything else.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Whether something in the value has changes of its own.
    #[inline]
    fn inner_changes(&self) -> bool {
        false
    }

    /// Forgets changes in the value.
    #[inline]
    fn reset_inner(&mut self) {}

    /// Brings objects in the value down to `manifest`.
    ///
    /// # Errors
    /// Those of a hand-written step.
    #[inline]
    fn fit_inner(&mut self, _manifest: &Manifest) -> Result<(), Fault> {
        Ok(())
    }

    /// Adds the objects a value can hold to `manifest`.
    #[inline]
    fn manifest_into(_manifest: &mut Manifest) {}
}

/// Lets serde write a value in its primitive form.
#[derive(Debug)]
pub struct Out<'a, T>(pub &'a T);

impl<T: FieldType> Serialize for Out<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Lets serde read a value from its primitive form.
#[derive(Debug)]
pub struct In<T>(pub T);

impl<'de, T: FieldType> Deserialize<'de> for In<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(In)
    }
}

/// Reads a `T` where serde asks for a seed.
pub(crate) struct Reading<T>(PhantomData<T>);

impl<T> Reading<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: FieldType> serde::de::DeserializeSeed<'de> for Reading<T> {
    type Value = T;
    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// The result of an action that gives none.
impl FieldType for () {
    const NULLABLE: bool = true;

    fn describe() -> String {
        "null".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(drop)
    }
}

impl<T: FieldType> FieldType for Option<T> {
    const NULLABLE: bool = true;

    fn describe() -> String {
        format!("{} or null", T::describe())
    }

    #[inline]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<In<T>>::deserialize(deserializer).map(|value| value.map(|In(value)| value))
    }

    #[inline]
    fn inner_changes(&self) -> bool {
        self.as_ref().is_some_and(T::inner_changes)
    }

    fn reset_inner(&mut self) {
        self.iter_mut().for_each(T::reset_inner);
    }

    fn fit_inner(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        self.iter_mut().try_for_each(|value| value.fit_inner(manifest))
    }

    fn manifest_into(manifest: &mut Manifest) {
        T::manifest_into(manifest);
    }
}

/// A nested object that would otherwise contain itself, or make its holder large.
impl<T: FieldType> FieldType for Box<T> {
    const NULLABLE: bool = T::NULLABLE;

    fn describe() -> String {
        T::describe()
    }

    #[inline]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::write(self, serializer)
    }

    #[inline]
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Box::new)
    }

    fn inner_changes(&self) -> bool {
        T::inner_changes(self)
    }

    fn reset_inner(&mut self) {
        T::reset_inner(self);
    }

    fn fit_inner(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        T::fit_inner(self, manifest)
    }

    fn manifest_into(manifest: &mut Manifest) {
        T::manifest_into(manifest);
    }
}
