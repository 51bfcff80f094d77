//! Objects that are lists of objects.

use crate::object::VersionedObject;

/// An object whose one field, `objects`, holds other objects.
///
/// Derived together with [`VersionedObject`] for every object that has `objects: Field<Members<T>>`; see
/// [`Members`](crate::types::Members). The derive also gives the list `of`, `members` and `members_mut` of its own, so
/// this trait is only needed in generic code.
#[doc(alias = "ObjectListBase")]
pub trait ListObject: VersionedObject {
    /// What the list holds.
    type Member: VersionedObject;

    /// A list of these, as a store made it: nothing is changed.
    fn of(members: Vec<Self::Member>) -> Self;

    /// What it holds; nothing when the field is unset.
    fn members(&self) -> &[Self::Member];
}
