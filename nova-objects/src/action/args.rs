//! Arguments on their way in: positional and by name, as Python mixes them.

use std::fmt;

use nova_core::Fault;
use nova_core::fault::{TypeError, ValueError};
use nova_rpc::Encoded;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The parameters of one action, filled one by one. Emitted by the macro.
#[doc(hidden)]
pub trait Params: Default {
    /// The names, in order.
    const NAMES: &'static [&'static str];

    /// Reads the parameter at `index`.
    fn read<'de, D: Deserializer<'de>>(&mut self, index: usize, deserializer: D) -> Result<(), D::Error>;
}

/// Why arguments were not taken.
#[derive(Debug)]
pub(super) enum BadArgs {
    /// They do not fit the parameters; the text follows the action's name.
    Mismatch(String),
    /// One of them cannot be read.
    Unreadable(String),
}

impl BadArgs {
    pub(super) fn into_fault(self, action: &str) -> Fault {
        match self {
            Self::Mismatch(why) => TypeError { message: format!("{action}() {why}") }.into(),
            Self::Unreadable(message) => ValueError { message }.into(),
        }
    }
}

/// Takes the positional arguments and those by name for `P`.
pub(super) fn read<P: Params>(args: &Encoded, kwargs: &Encoded) -> Result<P, BadArgs> {
    let mut filling = Filling { params: P::default(), filled: vec![false; P::NAMES.len()], mismatch: None };
    let read =
        args.decode_seed(Positional(&mut filling)).and_then(|()| kwargs.decode_seed(Named(&mut filling)));
    match (filling.mismatch, read) {
        (Some(why), _) => Err(BadArgs::Mismatch(why)),
        (None, Err(error)) => Err(BadArgs::Unreadable(error.detail())),
        (None, Ok(())) => Ok(filling.params),
    }
}

/// The value of a parameter that must be given.
#[doc(hidden)]
pub fn required<T>(value: Option<T>, action: &str, name: &str) -> Result<T, Fault> {
    value.ok_or_else(|| {
        BadArgs::Mismatch(format!("missing 1 required positional argument: '{name}'")).into_fault(action)
    })
}

struct Filling<P> {
    params: P,
    filled: Vec<bool>,
    mismatch: Option<String>,
}

impl<P: Params> Filling<P> {
    /// Remembers what does not fit; the rest is still read, so that the first mistake is the one reported.
    fn mismatch(&mut self, why: String) {
        self.mismatch.get_or_insert(why);
    }
}

struct Positional<'a, P>(&'a mut Filling<P>);

impl<'de, P: Params> DeserializeSeed<'de> for Positional<'_, P> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, P: Params> Visitor<'de> for Positional<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let most = P::NAMES.len();
        for index in 0..most {
            if items.next_element_seed(Value { params: &mut self.0.params, index })?.is_none() {
                return Ok(());
            }
            self.0.filled[index] = true;
        }
        let mut extra = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            extra += 1;
        }
        if extra > 0 {
            self.0.mismatch(format!("takes {most} positional arguments but {} were given", most + extra));
        }
        Ok(())
    }
}

struct Named<'a, P>(&'a mut Filling<P>);

impl<'de, P: Params> DeserializeSeed<'de> for Named<'_, P> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, P: Params> Visitor<'de> for Named<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of arguments")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<String>()? {
            let place = P::NAMES.iter().position(|own| *own == name);
            match place.filter(|index| !self.0.filled[*index]) {
                Some(index) => {
                    entries.next_value_seed(Value { params: &mut self.0.params, index })?;
                    self.0.filled[index] = true;
                }
                None => {
                    entries.next_value::<IgnoredAny>()?;
                    let name: String = name.chars().take(64).collect();
                    self.0.mismatch(match place {
                        Some(_) => format!("got multiple values for argument '{name}'"),
                        None => format!("got an unexpected keyword argument '{name}'"),
                    });
                }
            }
        }
        Ok(())
    }
}

struct Value<'a, P> {
    params: &'a mut P,
    index: usize,
}

impl<'de, P: Params> DeserializeSeed<'de> for Value<'_, P> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let name = P::NAMES[self.index];
        let read = self.params.read(self.index, deserializer);
        read.map_err(|error| D::Error::custom(format_args!("argument '{name}': {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::FieldType;
    use nova_rpc::Format;
    use serde_json::{Value as Json, json};

    #[derive(Debug, Default, PartialEq)]
    struct Two {
        host: Option<String>,
        count: Option<i64>,
    }

    impl Params for Two {
        const NAMES: &'static [&'static str] = &["host", "count"];
        fn read<'de, D: Deserializer<'de>>(&mut self, index: usize, deserializer: D) -> Result<(), D::Error> {
            match index {
                0 => self.host = Some(FieldType::read(deserializer)?),
                _ => self.count = Some(FieldType::read(deserializer)?),
            }
            Ok(())
        }
    }

    fn take(args: Json, kwargs: Json) -> Result<Two, String> {
        let encode = |value: &Json| Format::Json.encode(value).unwrap();
        read(&encode(&args), &encode(&kwargs))
            .map_err(|bad| bad.into_fault("Service.get").message().to_owned())
    }

    #[test]
    fn arguments_are_taken_by_place_by_name_and_mixed() {
        let both = Two { host: Some("c1".into()), count: Some(2) };
        assert_eq!(take(json!(["c1", 2]), json!({})).unwrap(), both);
        assert_eq!(take(json!([]), json!({"count": "2", "host": "c1"})).unwrap(), both);
        assert_eq!(take(json!(["c1"]), json!({"count": 2})).unwrap(), both);
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused_in_pythons_words() {
        let refused = |args, kwargs| take(args, kwargs).unwrap_err();
        let unexpected = "Service.get() got an unexpected keyword argument 'x'";
        assert_eq!(refused(json!([]), json!({"x": 1, "host": 1})), unexpected);
        assert_eq!(
            refused(json!(["a"]), json!({"host": "b"})),
            "Service.get() got multiple values for argument 'host'"
        );
        let many = "Service.get() takes 2 positional arguments but 4 were given";
        assert_eq!(refused(json!(["a", 1, 2, 3]), json!({})), many);
        assert!(refused(json!(["a", "b"]), json!({})).starts_with("argument 'count':"));
        assert!(take(json!({}), json!([])).is_err());
    }
}
