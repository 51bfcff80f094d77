//! Objects to primitives.

use std::convert::Infallible;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::keys;
use crate::changes::is_changed;
use crate::field::Field;
use crate::object::{VersionedObject, Visit, infallible};
use crate::spec::FieldSpec;
use crate::types::{FieldType, Out};

/// Writes the primitive form of `object`.
///
/// # Errors
/// Those of the serializer, and values without a primitive form (NaN).
pub fn serialize<O: VersionedObject, S: Serializer>(object: &O, serializer: S) -> Result<S::Ok, S::Error> {
    let count = Count::of(object);
    let mut map = serializer.serialize_map(Some(if count.changed > 0 { 5 } else { 4 }))?;
    map.serialize_entry(keys::NAME, O::SPEC.name)?;
    map.serialize_entry(keys::NAMESPACE, O::SPEC.namespace)?;
    match object.meta().version() {
        own if own == O::SPEC.version => map.serialize_entry(keys::VERSION, O::SPEC.version_text)?,
        other => map.serialize_entry(keys::VERSION, &other)?,
    }
    map.serialize_entry(keys::DATA, &Data { object, count: count.set })?;
    if count.changed > 0 {
        map.serialize_entry(keys::CHANGES, &Changes { object, count: count.changed })?;
    }
    map.end()
}

/// How many fields are set, and how many of those changed: MessagePack wants to know beforehand.
#[derive(Default)]
struct Count {
    set: usize,
    changed: usize,
}

impl Count {
    fn of<O: VersionedObject>(object: &O) -> Self {
        let mut count = Self::default();
        infallible(object.visit(&mut count));
        count
    }
}

impl Visit for Count {
    type Error = Infallible;
    #[inline]
    fn field<T: FieldType>(&mut self, _: &'static FieldSpec, field: &Field<T>) -> Result<(), Infallible> {
        self.set += usize::from(field.is_set());
        self.changed += usize::from(is_changed(field));
        Ok(())
    }
}

struct Data<'a, O> {
    object: &'a O,
    count: usize,
}

impl<O: VersionedObject> Serialize for Data<'_, O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = Entries(serializer.serialize_map(Some(self.count))?);
        self.object.visit(&mut entries)?;
        entries.0.end()
    }
}

struct Entries<M>(M);

impl<M: SerializeMap> Visit for Entries<M> {
    type Error = M::Error;
    #[inline]
    fn field<T: FieldType>(&mut self, spec: &'static FieldSpec, field: &Field<T>) -> Result<(), M::Error> {
        match field.value() {
            Some(value) => self.0.serialize_entry(spec.name, &Out(value)),
            None => Ok(()),
        }
    }
}

struct Changes<'a, O> {
    object: &'a O,
    count: usize,
}

impl<O: VersionedObject> Serialize for Changes<'_, O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names = Names(serializer.serialize_seq(Some(self.count))?);
        self.object.visit(&mut names)?;
        names.0.end()
    }
}

struct Names<L>(L);

impl<L: SerializeSeq> Visit for Names<L> {
    type Error = L::Error;
    fn field<T: FieldType>(&mut self, spec: &'static FieldSpec, field: &Field<T>) -> Result<(), L::Error> {
        if is_changed(field) { self.0.serialize_element(spec.name) } else { Ok(()) }
    }
}
