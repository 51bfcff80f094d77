//! Primitives to objects, in one pass over keys in any order.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::keys;
use crate::changes::Mark;
use crate::field::Field;
use crate::object::{VersionedObject, VisitOne};
use crate::spec::{FieldSpec, ObjectSpec};
use crate::types::FieldType;
use nova_rpc::Version;

/// Reads an object from its primitive form.
///
/// # Errors
/// What is not a primitive; another name or namespace; a version this code does not read; a value that is not the
/// field's. The texts are those of [`IncompatibleObjectVersion`](crate::fault::IncompatibleObjectVersion) and its
/// like; [`decode`](super::decode) gives the faults themselves.
pub fn deserialize<'de, O: VersionedObject, D: Deserializer<'de>>(deserializer: D) -> Result<O, D::Error> {
    deserializer.deserialize_map(Primitive(PhantomData))
}

struct Primitive<O>(PhantomData<O>);

impl<'de, O: VersionedObject> Visitor<'de> for Primitive<O> {
    type Value = O;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", O::SPEC.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<O, A::Error> {
        let mut object = O::empty();
        let mut seen = Seen::default();
        let mut changes = Vec::new();
        while let Some(key) = entries.next_key::<Key>()? {
            match key {
                Key::Name => entries.next_value_seed(Word(|name: &str| seen.name(O::SPEC, name)))?,
                Key::Namespace => {
                    entries.next_value_seed(Word(|name: &str| seen.namespace(O::SPEC, name)))?
                }
                Key::Version => {
                    let version = entries.next_value()?;
                    seen.version(O::SPEC, version).map_err(A::Error::custom)?;
                    object.meta_mut().set_version(version);
                }
                Key::Data => {
                    entries.next_value_seed(Data(&mut object))?;
                    seen.data = true;
                }
                Key::Changes => changes = entries.next_value_seed(Changes::<O>(PhantomData))?,
                Key::Other => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        seen.complete().map_err(A::Error::custom)?;
        for index in changes {
            let _ = object.visit_one(index, Mark);
        }
        Ok(object)
    }
}

/// Which of the four mandatory keys were there.
#[derive(Default)]
struct Seen {
    name: bool,
    namespace: bool,
    version: bool,
    data: bool,
}

impl Seen {
    fn name(&mut self, spec: &ObjectSpec, name: &str) -> Result<(), String> {
        self.name = true;
        match name == spec.name {
            true => Ok(()),
            false => Err(format!("an object of type {} is required, not a {}", spec.name, cut(name))),
        }
    }

    fn namespace(&mut self, spec: &ObjectSpec, namespace: &str) -> Result<(), String> {
        self.namespace = true;
        match namespace == spec.namespace {
            true => Ok(()),
            false => Err(format!("Unsupported object type {}.{}", cut(namespace), spec.name)),
        }
    }

    fn version(&mut self, spec: &ObjectSpec, version: Version) -> Result<(), String> {
        self.version = true;
        match spec.can_read(version) {
            true => Ok(()),
            false => Err(crate::fault::IncompatibleObjectVersion::of(spec, version).text()),
        }
    }

    fn complete(&self) -> Result<(), String> {
        let keys = [
            (self.name, keys::NAME),
            (self.namespace, keys::NAMESPACE),
            (self.version, keys::VERSION),
            (self.data, keys::DATA),
        ];
        match keys.iter().find(|(seen, _)| !seen) {
            None => Ok(()),
            Some((_, key)) => Err(format!("{key} is missing: not a versioned object")),
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

/// A key of a primitive.
pub(super) enum Key {
    Name,
    Namespace,
    Version,
    Data,
    Changes,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl Visitor<'_> for Keys {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    keys::NAME => Key::Name,
                    keys::NAMESPACE => Key::Namespace,
                    keys::VERSION => Key::Version,
                    keys::DATA => Key::Data,
                    keys::CHANGES => Key::Changes,
                    _ => Key::Other,
                })
            }
        }
        deserializer.deserialize_identifier(Keys)
    }
}

/// Checks a text without keeping it.
struct Word<F>(F);

impl<'de, F: FnOnce(&str) -> Result<(), String>> DeserializeSeed<'de> for Word<F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnOnce(&str) -> Result<(), String>> Visitor<'_> for Word<F> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        (self.0)(text).map_err(E::custom)
    }
}

/// Reads the fields into an object.
struct Data<'a, O>(&'a mut O);

impl<'de, O: VersionedObject> DeserializeSeed<'de> for Data<'_, O> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, O: VersionedObject> Visitor<'de> for Data<'_, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fields of a {}", O::SPEC.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(index) = entries.next_key_seed(FieldName::<O>(PhantomData))? {
            read_field(self.0, index, &mut entries)?;
        }
        Ok(())
    }
}

/// Reads the value of the field at `index`, or skips one that is not known, out of `entries`.
pub(crate) fn read_field<'de, O: VersionedObject, A: MapAccess<'de>>(
    object: &mut O,
    index: Option<usize>,
    entries: &mut A,
) -> Result<(), A::Error> {
    let Some(index) = index else {
        return entries.next_value::<IgnoredAny>().map(drop);
    };
    match object.visit_one(index, Read { entries, de: PhantomData }) {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(NoNull))) if object.load_default(index) => Ok(()), // as Python reads null there
        Ok(Ok(Err(NoNull))) => {
            let FieldSpec { object, name, .. } = &O::SPEC.fields[index];
            Err(A::Error::custom(format_args!("Field '{name}' cannot be None (in {object})")))
        }
        Ok(Err(error)) => Err(error),
        Err(Read { entries, .. }) => entries.next_value::<IgnoredAny>().map(drop),
    }
}

struct Read<'a, 'de, A> {
    entries: &'a mut A,
    de: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> VisitOne for Read<'_, 'de, A> {
    type Output = Result<Result<(), NoNull>, A::Error>;

    #[inline]
    fn field<T: FieldType>(self, spec: &'static FieldSpec, field: &mut Field<T>) -> Self::Output {
        let value = self.entries.next_value_seed(Value::<T>(spec, PhantomData))?;
        Ok(value.map(|value| field.load(value)))
    }
}

/// There was null in a field that has none.
struct NoNull;

/// Reads the value of a field and finds null in those that have none.
struct Value<T>(&'static FieldSpec, PhantomData<T>);

impl<'de, T: FieldType> DeserializeSeed<'de> for Value<T> {
    type Value = Result<T, NoNull>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let spec = self.0;
        let value =
            if T::NULLABLE { T::read(deserializer).map(Ok) } else { deserializer.deserialize_option(self) };
        value.map_err(|error| D::Error::custom(In { spec, error }))
    }
}

impl<'de, T: FieldType> Visitor<'de> for Value<T> {
    type Value = Result<T, NoNull>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&T::describe())
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Err(NoNull))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Err(NoNull))
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        T::read(deserializer).map(Ok)
    }
}

/// Says which field of which object an error was in.
struct In<E> {
    spec: &'static FieldSpec,
    error: E,
}

impl<E: fmt::Display> fmt::Display for In<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.spec.object, self.spec.name, self.error)
    }
}

/// Reads the name of a field to its place among the fields.
pub(crate) struct FieldName<O>(pub(crate) PhantomData<O>);

impl<'de, O: VersionedObject> DeserializeSeed<'de> for FieldName<O> {
    type Value = Option<usize>;
    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<O: VersionedObject> Visitor<'_> for FieldName<O> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(O::index_of(name))
    }
}

/// Reads names of fields to their places; names that are not known are left out.
pub(crate) struct Changes<O>(pub(crate) PhantomData<O>);

impl<'de, O: VersionedObject> DeserializeSeed<'de> for Changes<O> {
    type Value = Vec<usize>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<usize>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, O: VersionedObject> Visitor<'de> for Changes<O> {
    type Value = Vec<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the names of the changed fields")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Vec<usize>, A::Error> {
        let mut places = Vec::new();
        while let Some(place) = names.next_element_seed(FieldName::<O>(PhantomData))? {
            if let Some(place) = place.filter(|place| !places.contains(place)) {
                places.push(place);
            }
        }
        Ok(places)
    }
}
