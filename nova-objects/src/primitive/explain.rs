//! Why a value could not be read: found out afterwards, so that reading stays fast.

use std::fmt;

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_rpc::Encoded;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::decode::Key;
use crate::fault::IncompatibleObjectVersion;
use crate::manifest::Manifest;
use crate::types::{FieldType, In};
use nova_rpc::Version;

/// Reads a value with the objects in it, or says as a fault why not.
///
/// # Errors
/// [`IncompatibleObjectVersion`] when an object in it is newer than this code, `ValueError` for the rest.
pub fn decode<T: FieldType>(encoded: &Encoded) -> Result<T, Fault> {
    match encoded.decode::<In<T>>() {
        Ok(In(value)) => Ok(value),
        Err(error) => {
            let mut known = Manifest::default();
            T::manifest_into(&mut known);
            Err(explain(encoded, &known).unwrap_or_else(|| ValueError { message: error.detail() }.into()))
        }
    }
}

/// The fault of the first object in `encoded`, at any depth, that is newer than `known` says.
///
/// Objects that are not in `known` are no reason. `None` also when the bytes are malformed.
pub fn explain(encoded: &Encoded, known: &Manifest) -> Option<Fault> {
    let mut search = Search { known, found: None };
    encoded.decode_seed(&mut search).ok();
    search.found
}

/// What an object says about itself.
#[derive(Default)]
pub(crate) struct Header {
    pub(crate) name: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) version: Option<Version>,
}

/// Reads the header of an object and skips its data.
pub(crate) struct HeaderOnly;

impl<'de> DeserializeSeed<'de> for HeaderOnly {
    type Value = Header;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Header, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderOnly {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a versioned object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        while let Some(key) = entries.next_key()? {
            match key {
                Key::Name => header.name = entries.next_value()?,
                Key::Namespace => header.namespace = entries.next_value()?,
                Key::Version => header.version = entries.next_value()?,
                Key::Data | Key::Changes | Key::Other => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(header)
    }
}

/// Walks any value and looks at every map that has an object's keys.
struct Search<'a> {
    known: &'a Manifest,
    found: Option<Fault>,
}

impl Search<'_> {
    fn judge(&mut self, name: Option<String>, version: Option<Version>) {
        let (Some(name), Some(version)) = (name, version) else { return };
        if let Some(supported) = self.known.get(&name).filter(|known| !known.is_compatible(version)) {
            let (objver, supported) = (version.to_string(), supported.to_string());
            self.found
                .get_or_insert_with(|| IncompatibleObjectVersion { objname: name, objver, supported }.into());
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Search<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let (mut name, mut version) = (None, None);
        while let Some(key) = entries.next_key()? {
            match key {
                Key::Name => name = entries.next_value()?,
                Key::Version => version = entries.next_value()?,
                _ => entries.next_value_seed(&mut *self)?,
            }
        }
        self.judge(name, version);
        Ok(())
    }
}
