//! Arguments by name: what generated clients write and generated dispatchers read.
//!
//! A method's arguments are a list of any length and any types, `(a, (b, (c, ())))`; their names are in its
//! [`MethodSpec`]. So one implementation serves every method, and the macro writes only the list.

use std::borrow::Cow;
use std::fmt;

use nova_core::Fault;
use nova_core::fault::TypeError;
use serde::de::value::Error as PlainError;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserializer, Serialize, Serializer, forward_to_deserialize_any};

use crate::interface::{ArgSpec, MethodSpec, UnknownArgs};
use crate::{Encoded, Incoming};

/// A list of arguments to be written.
pub trait WriteArgs: Send + Sync {
    /// Writes the arguments whose bit in `sent` is set under the names in `specs`.
    ///
    /// # Errors
    /// The first error of the map.
    fn write<M: SerializeMap>(&self, specs: &[ArgSpec], sent: u64, map: &mut M) -> Result<(), M::Error>;
}

impl WriteArgs for () {
    fn write<M: SerializeMap>(&self, _: &[ArgSpec], _: u64, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<A: Serialize + Send + Sync, R: WriteArgs> WriteArgs for (A, R) {
    fn write<M: SerializeMap>(&self, specs: &[ArgSpec], sent: u64, map: &mut M) -> Result<(), M::Error> {
        let Some((spec, specs)) = specs.split_first() else { return Ok(()) };
        if sent & 1 == 1 {
            map.serialize_entry(spec.name, &self.0)?;
        }
        self.1.write(specs, sent >> 1, map)
    }
}

/// The arguments of one message.
pub(crate) struct Named<'a, L> {
    pub(crate) method: &'static MethodSpec,
    pub(crate) sent: u64,
    pub(crate) list: &'a L,
}

impl<L: WriteArgs> Serialize for Named<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.sent.count_ones() as usize))?;
        self.list.write(self.method.args, self.sent, &mut map)?;
        map.end()
    }
}

/// A list of arguments to be read.
pub trait ReadArgs: Sized {
    /// The same list with every value yet to come.
    type Slots: Slots<Done = Self>;
}

/// A list of arguments that is being read.
pub trait Slots: Default {
    /// The list once it is read.
    type Done;

    /// Reads the value of `name`, which `map` has just yielded; `false`, and nothing read, if there is no such argument.
    ///
    /// # Errors
    /// The value is not what the argument takes.
    fn read<'de, M: MapAccess<'de>>(
        &mut self,
        specs: &[ArgSpec],
        name: &str,
        map: &mut M,
    ) -> Result<bool, M::Error>;

    /// The list, with `None` for an `Option` that was not there.
    ///
    /// # Errors
    /// The name of the first argument that is missing.
    fn finish(self, specs: &[ArgSpec]) -> Result<Self::Done, &'static str>;
}

impl ReadArgs for () {
    type Slots = ();
}

impl Slots for () {
    type Done = ();

    fn read<'de, M: MapAccess<'de>>(&mut self, _: &[ArgSpec], _: &str, _: &mut M) -> Result<bool, M::Error> {
        Ok(false)
    }

    fn finish(self, _: &[ArgSpec]) -> Result<(), &'static str> {
        Ok(())
    }
}

impl<A: DeserializeOwned, R: ReadArgs> ReadArgs for (A, R) {
    type Slots = (Option<A>, R::Slots);
}

impl<A: DeserializeOwned, R: Slots> Slots for (Option<A>, R) {
    type Done = (A, R::Done);

    fn read<'de, M: MapAccess<'de>>(
        &mut self,
        specs: &[ArgSpec],
        name: &str,
        map: &mut M,
    ) -> Result<bool, M::Error> {
        match specs.split_first() {
            Some((spec, _)) if spec.name == name => {
                self.0 = Some(map.next_value()?);
                Ok(true)
            }
            Some((_, rest)) => self.1.read(rest, name, map),
            None => Ok(false),
        }
    }

    fn finish(self, specs: &[ArgSpec]) -> Result<Self::Done, &'static str> {
        let (spec, rest) = specs.split_first().ok_or("")?;
        let value = match self.0 {
            Some(value) => value,
            None => A::deserialize(Missing).map_err(|_| spec.name)?,
        };
        Ok((value, self.1.finish(rest)?))
    }
}

/// What stands for an argument that was not sent: nothing but an `Option` can be read from it.
struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = PlainError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, PlainError> {
        Err(PlainError::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Reads the arguments of `incoming`.
///
/// # Errors
/// A `TypeError`: with Python's text for an argument that is missing or that the method does not have; with the
/// argument's name for a value of another type.
pub fn read_args<L: ReadArgs>(incoming: &Incoming) -> Result<L, Fault> {
    let policy = incoming.interface().unknown_args;
    parse(incoming.method, policy, &incoming.args).map_err(|text| TypeError { message: text }.into())
}

fn parse<L: ReadArgs>(method: &'static MethodSpec, policy: UnknownArgs, args: &Encoded) -> Result<L, String> {
    let name = method.name;
    let mut problem = Problem::default();
    let seed = ArgsSeed { specs: method.args, problem: &mut problem, slots: L::Slots::default() };
    let slots = match args.decode_seed(seed) {
        Ok(slots) => slots,
        Err(error) => {
            let at = problem.at.map_or_else(|| "arguments".to_owned(), |at| format!("argument '{at}'"));
            return Err(format!("{name}() {at}: {}", error.detail()));
        }
    };
    if policy == UnknownArgs::Refuse
        && let Some(unknown) = problem.unknown
    {
        return Err(format!("{name}() got an unexpected keyword argument '{unknown}'"));
    }
    slots
        .finish(method.args)
        .map_err(|missing| format!("{name}() missing 1 required positional argument: '{missing}'"))
}

/// What was wrong with a map of arguments, beside what the decoder says.
#[derive(Default)]
struct Problem {
    unknown: Option<String>,
    at: Option<String>,
}

struct ArgsSeed<'p, L> {
    specs: &'static [ArgSpec],
    problem: &'p mut Problem,
    slots: L,
}

impl<'de, L: Slots> DeserializeSeed<'de> for ArgsSeed<'_, L> {
    type Value = L;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<L, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, L: Slots> Visitor<'de> for ArgsSeed<'_, L> {
    type Value = L;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of arguments by name")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<L, M::Error> {
        while let Some(name) = map.next_key_seed(Key)? {
            match self.slots.read(self.specs, &name, &mut map) {
                Ok(true) => {}
                Ok(false) => {
                    map.next_value::<IgnoredAny>()?;
                    self.problem.unknown.get_or_insert(name.into_owned());
                }
                Err(error) => {
                    self.problem.at = Some(name.into_owned());
                    return Err(error);
                }
            }
        }
        Ok(self.slots)
    }
}

/// A key, borrowed from the frame where it lies there as it is.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an argument")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::{Ack, Kind, Timeout, TooNew};
    use crate::{Format, Version};

    const fn arg(name: &'static str) -> ArgSpec {
        ArgSpec { name, r#type: "", since: Version::new(1, 0), too_new: TooNew::Refuse }
    }

    static RESIZE: MethodSpec = MethodSpec {
        index: 0,
        name: "resize",
        kind: Kind::Call,
        since: Version::new(1, 0),
        timeout: Timeout::Default,
        ack: Ack::Before,
        idempotent: false,
        args: &[arg("uuid"), arg("ram"), arg("reason")],
        returns: "()",
    };

    type Resize = (String, (u32, (Option<String>, ())));

    fn read(policy: UnknownArgs, json: &'static str) -> Result<Resize, String> {
        parse(&RESIZE, policy, &Encoded::from_bytes(Format::Json, json.into()))
    }

    #[test]
    fn arguments_are_found_by_name_in_any_order_and_absent_options_are_none() {
        let read = read(UnknownArgs::Refuse, r#"{"ram": 512, "uuid": "u"}"#).unwrap();
        assert_eq!(read, ("u".to_owned(), (512, (None, ()))));
    }

    #[test]
    fn missing_and_unknown_arguments_are_refused_in_pythons_words() {
        let missing = read(UnknownArgs::Refuse, r#"{"uuid": "u"}"#).unwrap_err();
        assert_eq!(missing, "resize() missing 1 required positional argument: 'ram'");
        let unknown = r#"{"uuid": "u", "ram": 1, "host": [1, {"a": null}]}"#;
        let refused = read(UnknownArgs::Refuse, unknown).unwrap_err();
        assert_eq!(refused, "resize() got an unexpected keyword argument 'host'");
        assert!(read(UnknownArgs::Ignore, unknown).is_ok());
    }

    #[test]
    fn a_value_of_another_type_is_refused_by_the_arguments_name() {
        let wrong = read(UnknownArgs::Refuse, r#"{"uuid": "u", "ram": "much"}"#).unwrap_err();
        assert!(wrong.starts_with("resize() argument 'ram': invalid type"), "{wrong}");
        let no_map = read(UnknownArgs::Refuse, "[]").unwrap_err();
        assert!(no_map.starts_with("resize() arguments: "), "{no_map}");
    }

    #[test]
    fn only_the_arguments_whose_bit_is_set_are_written() {
        for format in [Format::Json, Format::MessagePack] {
            let list = ("u", (7_u32, (Some("because"), ())));
            let written = format.encode(&Named { method: &RESIZE, sent: 0b101, list: &list }).unwrap();
            let map: std::collections::BTreeMap<String, String> = written.decode().unwrap();
            assert_eq!(map.into_values().collect::<Vec<_>>(), ["because", "u"]);
        }
    }
}
