//! Fields: unset, set or changed.

mod read_only;

use std::fmt;

use nova_core::Fault;

pub use self::read_only::{ReadOnly, ReadOnlyField};

use crate::fault::ObjectActionError;
use crate::spec::FieldSpec;
use crate::types::FieldType;

/// One field of an object: unset, set, or changed since the last save.
///
/// Unset is not null: a field of `Option<T>` can be unset, set to `None`, or set to a value. Reading never does I/O;
/// an unset field is the error [`Unset`], which names object and field.
///
/// # Example
/// ```
/// # use nova_objects::{Field, Meta, VersionedObject};
/// # #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// # #[object(namespace = "shelf", version = "1.0")]
/// # pub struct Widget { pub meta: Meta, pub name: Field<String>, pub uses: Field<i64> }
/// let mut widget = Widget::empty();
/// assert_eq!(widget.name.get().unwrap_err().to_string(), "Widget.name is not loaded");
///
/// widget.uses.load(3);                       // from a store: set, not changed
/// widget.uses.update(|uses| *uses += 1)?;    // now it is changed
/// widget.name.set("lamp");
/// assert_eq!(widget.changes(), ["name", "uses"]);
/// # Ok::<(), nova_objects::Unset>(())
/// ```
#[derive(Clone)]
pub enum Field<T> {
    /// No value is known.
    #[doc(hidden)]
    Unset(&'static FieldSpec),
    /// A value that the store has.
    #[doc(hidden)]
    Set(T),
    /// A value that the store does not have yet.
    #[doc(hidden)]
    Changed(T),
}

/// A field was read that nobody loaded.
#[derive(Clone, Copy, thiserror::Error)]
#[error("{}.{} is not loaded", spec.object, spec.name)]
pub struct Unset {
    spec: &'static FieldSpec,
}

impl Unset {
    /// The name of the object.
    pub fn object(&self) -> &'static str {
        self.spec.object
    }

    /// The name of the field.
    pub fn field(&self) -> &'static str {
        self.spec.name
    }
}

impl fmt::Debug for Unset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unset({}.{})", self.spec.object, self.spec.name)
    }
}

impl PartialEq for Unset {
    fn eq(&self, other: &Self) -> bool {
        (self.object(), self.field()) == (other.object(), other.field())
    }
}

impl From<Unset> for Fault {
    fn from(unset: Unset) -> Self {
        ObjectActionError { action: "obj_load_attr".to_owned(), reason: unset.to_string() }.into()
    }
}

impl<T> Field<T> {
    /// The value, or which field of which object is unset.
    #[inline]
    pub fn get(&self) -> Result<&T, Unset> {
        match self {
            Self::Set(value) | Self::Changed(value) => Ok(value),
            Self::Unset(spec) => Err(Unset { spec }),
        }
    }

    /// The value, if there is one.
    #[inline]
    pub fn value(&self) -> Option<&T> {
        self.get().ok()
    }

    /// Gives the field a value that the store does not have yet.
    pub fn set(&mut self, value: impl Into<T>) {
        *self = Self::Changed(value.into());
    }

    /// Changes the value in place and marks it changed.
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> Result<R, Unset> {
        let result = change(self.nested_mut()?);
        self.mark();
        Ok(result)
    }

    /// Changes the value in place, `start` if there is none, and marks it changed.
    ///
    /// For an object that has just been made. In one whose fields are loaded by need, an unset field has a value
    /// elsewhere: there it is [`update`](Self::update) that tells.
    pub fn update_or<R>(&mut self, start: T, change: impl FnOnce(&mut T) -> R) -> R {
        if let Self::Unset(_) = self {
            *self = Self::Changed(start);
        }
        self.mark();
        match self {
            Self::Set(value) | Self::Changed(value) => change(value),
            Self::Unset(_) => unreachable!("the field was set above"),
        }
    }

    /// The value for changing, *without* marking this field: for a nested object, which tracks its own changes.
    pub fn nested_mut(&mut self) -> Result<&mut T, Unset> {
        match self {
            Self::Set(value) | Self::Changed(value) => Ok(value),
            Self::Unset(spec) => Err(Unset { spec }),
        }
    }

    /// Gives the field the value the store has: set, not changed.
    pub fn load(&mut self, value: impl Into<T>) {
        *self = Self::Set(value.into());
    }

    /// The value, taken out.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) | Self::Changed(value) => Some(value),
            Self::Unset(_) => None,
        }
    }

    /// Whether there is a value (null is one).
    #[inline]
    #[doc(alias = "obj_attr_is_set")]
    pub fn is_set(&self) -> bool {
        !matches!(self, Self::Unset(_))
    }

    /// Whether the field itself was changed. Changes inside a nested object do not count here, but do in
    /// [`changes`](crate::VersionedObject::changes).
    #[inline]
    pub fn is_changed(&self) -> bool {
        matches!(self, Self::Changed(_))
    }

    /// Marks a value as changed.
    pub fn mark(&mut self) {
        self.restate(Self::Changed);
    }

    /// Takes the mark away, here and not inside a nested object.
    pub fn unmark(&mut self) {
        self.restate(Self::Set);
    }

    pub(crate) fn unset(&mut self, spec: &'static FieldSpec) {
        *self = Self::Unset(spec);
    }

    fn restate(&mut self, state: impl FnOnce(T) -> Self) {
        if let Self::Unset(spec) = *self {
            *self = Self::Unset(spec);
            return;
        }
        take_mut(self, state);
    }
}

/// Moves the value out of a set field and back in another state.
fn take_mut<T>(field: &mut Field<T>, state: impl FnOnce(T) -> Field<T>) {
    static NOWHERE: FieldSpec = FieldSpec::new::<Field<i64>>("", "", crate::Version::new(0, 0), None);
    if let Some(value) = std::mem::replace(field, Field::Unset(&NOWHERE)).into_value() {
        *field = state(value);
    }
}

impl<T> Field<Option<T>> {
    /// The value, if there is one and it is not null.
    ///
    /// # Example
    /// ```
    /// # use nova_objects::{Field, Meta, VersionedObject};
    /// # #[derive(VersionedObject, Clone, Debug, PartialEq)]
    /// # #[object(namespace = "shelf", version = "1.0")]
    /// # pub struct Widget { pub meta: Meta, pub note: Field<Option<String>> }
    /// let mut widget = Widget::empty();
    /// assert_eq!(widget.note.present(), None);
    /// widget.note.set("fragile".to_owned());
    /// assert_eq!(widget.note.present().map(String::as_str), Some("fragile"));
    /// ```
    pub fn present(&self) -> Option<&T> {
        self.value().and_then(Option::as_ref)
    }
}

impl<T: fmt::Debug> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset(_) => f.write_str("unset"),
            Self::Set(value) => value.fmt(f),
            Self::Changed(value) => f.debug_tuple("changed").field(value).finish(),
        }
    }
}

impl<T: PartialEq> PartialEq for Field<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unset(_), Self::Unset(_)) => true,
            (Self::Set(a), Self::Set(b)) | (Self::Changed(a), Self::Changed(b)) => a == b,
            _ => false,
        }
    }
}

/// What a field of a versioned object is made of: [`Field`] or [`ReadOnly`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a versioned object",
    label = "neither `Field<T>` nor `ReadOnly<T>`",
    note = "declare it as `Field<{Self}>`; the first field of the struct is `meta: Meta`"
)]
pub trait Slot {
    /// The type of the value.
    type Value: FieldType;
    /// Whether a value, once there, stays.
    const READ_ONLY: bool;
    #[doc(hidden)]
    fn empty(spec: &'static FieldSpec) -> Self;
    #[doc(hidden)]
    fn as_field(&self) -> &Field<Self::Value>;
    #[doc(hidden)]
    fn as_field_mut(&mut self) -> &mut Field<Self::Value>;
}

impl<T: FieldType> Slot for Field<T> {
    type Value = T;
    const READ_ONLY: bool = false;

    fn empty(spec: &'static FieldSpec) -> Self {
        Self::Unset(spec)
    }

    #[inline]
    fn as_field(&self) -> &Field<T> {
        self
    }

    #[inline]
    fn as_field_mut(&mut self) -> &mut Field<T> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    static SPEC: FieldSpec = FieldSpec::new::<Field<i64>>("Thing", "size", Version::new(0, 0), None);

    #[test]
    fn a_loaded_field_is_set_and_a_set_field_is_changed() {
        let mut field = Field::<i64>::empty(&SPEC);
        assert!(!field.is_set());
        field.load(1);
        assert!(field.is_set() && !field.is_changed());
        field.set(1);
        assert!(field.is_changed(), "assigning the same value still marks");
        field.unmark();
        assert_eq!(field, Field::Set(1));
    }

    #[test]
    fn counting_starts_where_it_is_told_and_goes_on_from_there() {
        let mut field = Field::<i64>::empty(&SPEC);
        for _ in 0..2 {
            field.update_or(10, |size| *size += 1);
        }
        assert_eq!(field, Field::Changed(12));
    }

    #[test]
    fn an_unset_field_stays_unset_when_marked_and_names_itself() {
        let mut field = Field::<i64>::empty(&SPEC);
        field.mark();
        field.unmark();
        let unset = field.update(|_| ()).unwrap_err();
        assert_eq!(unset.to_string(), "Thing.size is not loaded");
        assert_eq!(Fault::from(unset).class(), "ObjectActionError");
    }
}
