//! What an action changed in an object: told by the store's side, applied by the caller's.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_rpc::Encoded;
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserializer, Serialize, Serializer};

use crate::changes::reset_all_but;
use crate::field::Field;
use crate::object::{VersionedObject, VisitPair, infallible};
use crate::primitive::{Changes, explain, read_field};
use crate::spec::FieldSpec;
use crate::types::{FieldType, Out};
use nova_rpc::Version;

const WHAT_CHANGED: &str = "obj_what_changed";

/// The fields of `after` that are set and were not the same in `before`, and which of its fields are changed.
pub(super) struct Updates<'a, O> {
    pub(super) before: &'a O,
    pub(super) after: &'a O,
}

/// Whether a peer at `version`, who sees `one` and is told `two`, must be told.
fn differs<T: FieldType>(version: Version, spec: &FieldSpec, one: &Field<T>, two: &Field<T>) -> bool {
    spec.since <= version && two.is_set() && one.value() != two.value()
}

impl<O: VersionedObject> Serialize for Updates<'_, O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut count = Count { version: self.before.meta().version(), count: 0 };
        infallible(self.before.visit_pair(self.after, &mut count));
        let map = serializer.serialize_map(Some(count.count + 1))?;
        let mut entries = Entries { version: count.version, map };
        self.before.visit_pair(self.after, &mut entries)?;
        entries.map.serialize_entry(WHAT_CHANGED, &self.after.changes())?;
        entries.map.end()
    }
}

struct Count {
    version: Version,
    count: usize,
}

impl VisitPair for Count {
    type Error = Infallible;
    fn pair<T: FieldType>(
        &mut self,
        spec: &'static FieldSpec,
        one: &Field<T>,
        two: &Field<T>,
    ) -> Result<(), Infallible> {
        self.count += usize::from(differs(self.version, spec, one, two));
        Ok(())
    }
}

struct Entries<M> {
    version: Version,
    map: M,
}

impl<M: SerializeMap> VisitPair for Entries<M> {
    type Error = M::Error;
    fn pair<T: FieldType>(
        &mut self,
        spec: &'static FieldSpec,
        one: &Field<T>,
        two: &Field<T>,
    ) -> Result<(), M::Error> {
        match two.value().filter(|_| differs(self.version, spec, one, two)) {
            Some(value) => self.map.serialize_entry(spec.name, &Out(value)),
            None => Ok(()),
        }
    }
}

/// Applies `updates` to `object`. An error may leave `object` half updated: give it a copy.
pub(super) fn apply<O: VersionedObject>(object: &mut O, updates: &Encoded) -> Result<(), Fault> {
    let changed = updates.decode_seed(Apply(object)).map_err(|error| {
        explain(updates, &O::manifest()).unwrap_or_else(|| ValueError { message: error.detail() }.into())
    })?;
    reset_all_but(object, &changed);
    Ok(())
}

struct Apply<'a, O>(&'a mut O);

impl<'de, O: VersionedObject> DeserializeSeed<'de> for Apply<'_, O> {
    type Value = Vec<usize>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<usize>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, O: VersionedObject> Visitor<'de> for Apply<'_, O> {
    type Value = Vec<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the updates of a {}", O::SPEC.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vec<usize>, A::Error> {
        let mut changed = Vec::new();
        while let Some(key) = entries.next_key_seed(Key::<O>(PhantomData))? {
            match key {
                Named::WhatChanged => changed = entries.next_value_seed(Changes::<O>(PhantomData))?,
                Named::Field(place) => read_field(self.0, place, &mut entries)?,
            }
        }
        Ok(changed)
    }
}

enum Named {
    WhatChanged,
    Field(Option<usize>),
}

struct Key<O>(PhantomData<O>);

impl<'de, O: VersionedObject> DeserializeSeed<'de> for Key<O> {
    type Value = Named;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Named, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<O: VersionedObject> Visitor<'_> for Key<O> {
    type Value = Named;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Named, E> {
        Ok(match name {
            WHAT_CHANGED => Named::WhatChanged,
            name => Named::Field(O::index_of(name)),
        })
    }
}
