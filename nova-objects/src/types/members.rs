//! The members of a list object.

use std::ops::{Deref, DerefMut};

use nova_core::Fault;
use serde::{Deserializer, Serializer};

use super::FieldType;
use crate::manifest::Manifest;
use crate::object::VersionedObject;

/// The members of a list object: like `Vec<T>`, but a change in a member counts as a change of the field.
///
/// A list object is an object with the one field `objects: Field<Members<T>>`; objects in a plain `Vec<T>` field of
/// another object keep their changes to themselves.
///
/// # Example
/// ```
/// use nova_objects::types::Members;
/// use nova_objects::{Field, Meta, VersionedObject};
///
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.0")]
/// pub struct Widget {
///     pub meta: Meta,
///     pub name: Field<String>,
/// }
///
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.0")]
/// pub struct WidgetList {
///     pub meta: Meta,
///     pub objects: Field<Members<Widget>>,
/// }
///
/// let mut list = WidgetList::of(vec![Widget::empty()]);
/// assert!(list.changes().is_empty());
/// list.members_mut()[0].name.set("lamp");
/// assert_eq!(list.changes(), ["objects"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members<T>(pub Vec<T>);

impl<T> Deref for Members<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Members<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Members<T> {
    fn from(members: Vec<T>) -> Self {
        Self(members)
    }
}

impl<T> FromIterator<T> for Members<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl<T> IntoIterator for Members<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Members<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: VersionedObject> FieldType for Members<T> {
    fn describe() -> String {
        format!("members {}", T::describe())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::read(deserializer).map(Self)
    }

    fn inner_changes(&self) -> bool {
        self.0.iter().any(VersionedObject::has_changes)
    }

    fn reset_inner(&mut self) {
        self.0.reset_inner();
    }

    fn fit_inner(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        self.0.fit_inner(manifest)
    }

    fn manifest_into(manifest: &mut Manifest) {
        T::manifest_into(manifest);
    }
}
