//! Lists, sets and maps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use nova_core::Fault;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserializer, Serializer};

use super::text::LenientText;
use super::{FieldType, In, Out, Reading};
use crate::manifest::Manifest;

/// The most elements for which memory is set aside on the word of the sender.
const TRUSTED: usize = 1024;

struct Items<C, T>(PhantomData<(C, T)>);

impl<'de, C, T> Visitor<'de> for Items<C, T>
where
    C: Default + Extend<T> + FromHint,
    T: FieldType,
{
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", T::describe())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<C, A::Error> {
        let mut all = C::with_hint(items.size_hint().unwrap_or(0).min(TRUSTED));
        while let Some(item) = items.next_element_seed(Reading::<T>::new())? {
            all.extend(std::iter::once(item));
        }
        Ok(all)
    }
}

/// A collection that can set memory aside.
trait FromHint: Sized {
    fn with_hint(hint: usize) -> Self;
}

impl<T> FromHint for Vec<T> {
    fn with_hint(hint: usize) -> Self {
        Vec::with_capacity(hint)
    }
}

impl<T: Ord> FromHint for BTreeSet<T> {
    fn with_hint(_: usize) -> Self {
        BTreeSet::new()
    }
}

/// Objects in it keep their changes to themselves: see [`Members`](super::Members).
impl<T: FieldType> FieldType for Vec<T> {
    fn describe() -> String {
        format!("list of {}", T::describe())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Out))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items::<Self, T>(PhantomData))
    }

    fn reset_inner(&mut self) {
        self.iter_mut().for_each(T::reset_inner);
    }

    fn fit_inner(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        self.iter_mut().try_for_each(|item| item.fit_inner(manifest))
    }

    fn manifest_into(manifest: &mut Manifest) {
        T::manifest_into(manifest);
    }
}

/// An array on the wire, in order here; peers send any order.
impl<T: FieldType + Ord> FieldType for BTreeSet<T> {
    fn describe() -> String {
        format!("set of {}", T::describe())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Out))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items::<Self, T>(PhantomData))
    }
}

/// A key that is a text, or a number which becomes one.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(LenientText)
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: FieldType> Visitor<'de> for Entries<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of {}", T::describe())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut all = BTreeMap::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            let In(value) = entries.next_value()?;
            all.insert(key, value);
        }
        Ok(all)
    }
}

impl<T: FieldType> FieldType for BTreeMap<String, T> {
    fn describe() -> String {
        format!("map of {}", T::describe())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, Out(value))))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }

    fn reset_inner(&mut self) {
        self.values_mut().for_each(T::reset_inner);
    }

    fn fit_inner(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        self.values_mut().try_for_each(|value| value.fit_inner(manifest))
    }

    fn manifest_into(manifest: &mut Manifest) {
        T::manifest_into(manifest);
    }
}

struct Pair<A, B>(PhantomData<(A, B)>);

impl<'de, A: FieldType, B: FieldType> Visitor<'de> for Pair<A, B> {
    type Value = (A, B);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of two")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(A, B), S::Error> {
        let too_few = |got| S::Error::invalid_length(got, &"a list of two");
        let In(one) = items.next_element()?.ok_or_else(|| too_few(0))?;
        let In(two) = items.next_element()?.ok_or_else(|| too_few(1))?;
        Ok((one, two))
    }
}

/// An array of two.
impl<A: FieldType, B: FieldType> FieldType for (A, B) {
    fn describe() -> String {
        format!("pair of {} and {}", A::describe(), B::describe())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&Out(&self.0))?;
        tuple.serialize_element(&Out(&self.1))?;
        tuple.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(2, Pair(PhantomData))
    }

    fn reset_inner(&mut self) {
        self.0.reset_inner();
        self.1.reset_inner();
    }

    fn fit_inner(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        self.0.fit_inner(manifest)?;
        self.1.fit_inner(manifest)
    }

    fn manifest_into(manifest: &mut Manifest) {
        A::manifest_into(manifest);
        B::manifest_into(manifest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_with_numbers_as_keys_are_read_from_messagepack() {
        let bytes = rmp_serde::to_vec(&BTreeMap::from([(1, "a"), (2, "b")])).unwrap();
        let In(map) = rmp_serde::from_slice::<In<BTreeMap<String, String>>>(&bytes).unwrap();
        assert_eq!(map["1"], "a");
    }

    #[test]
    fn a_list_that_claims_to_be_huge_sets_no_memory_aside() {
        let claims_four_billion = [0xdd, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert!(rmp_serde::from_slice::<In<Vec<i64>>>(&claims_four_billion).is_err());
    }
}
