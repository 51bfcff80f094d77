//! Fields whose value stays.

use std::fmt;

use nova_core::Fault;

use super::{Field, Slot, Unset};
use crate::fault::ReadOnlyFieldError;
use crate::spec::FieldSpec;
use crate::types::FieldType;

/// A field that keeps its first value: assigning an equal one is accepted, another is the error [`ReadOnlyField`].
///
/// # Example
/// ```
/// use nova_objects::{Meta, ReadOnly, VersionedObject};
///
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.0")]
/// pub struct Widget {
///     pub meta: Meta,
///     pub id: ReadOnly<i64>,
/// }
///
/// let mut widget = Widget::empty();
/// widget.id.set(7)?;
/// widget.id.set(7)?;
/// assert_eq!(widget.id.set(8).unwrap_err().to_string(), "cannot modify readonly field Widget.id");
/// # Ok::<(), nova_objects::ReadOnlyField>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct ReadOnly<T> {
    spec: &'static FieldSpec,
    field: Field<T>,
}

/// A read-only field was assigned another value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot modify readonly field {object}.{field}")]
pub struct ReadOnlyField {
    object: &'static str,
    field: &'static str,
}

impl From<ReadOnlyField> for Fault {
    fn from(error: ReadOnlyField) -> Self {
        ReadOnlyFieldError { field: error.field.to_owned() }.into()
    }
}

impl<T: PartialEq> ReadOnly<T> {
    /// Gives the field its value and marks it changed, unless it already has an equal one.
    ///
    /// # Errors
    /// [`ReadOnlyField`] when it has another value, which it keeps.
    pub fn set(&mut self, value: impl Into<T>) -> Result<(), ReadOnlyField> {
        let value = value.into();
        match self.field.value() {
            None => {
                self.field.set(value);
                Ok(())
            }
            Some(own) if *own == value => Ok(()),
            Some(_) => Err(ReadOnlyField { object: self.spec.object, field: self.spec.name }),
        }
    }
}

impl<T> ReadOnly<T> {
    /// The value, or which field of which object is unset.
    pub fn get(&self) -> Result<&T, Unset> {
        self.field.get()
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        self.field.value()
    }

    /// Gives the field the value the store has, whatever it had: set, not changed.
    pub fn load(&mut self, value: impl Into<T>) {
        self.field.load(value);
    }

    /// The value, taken out.
    pub fn into_value(self) -> Option<T> {
        self.field.into_value()
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        self.field.is_set()
    }

    /// Whether the value is one the store does not have yet.
    pub fn is_changed(&self) -> bool {
        self.field.is_changed()
    }
}

impl<T: fmt::Debug> fmt::Debug for ReadOnly<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.field.fmt(f)
    }
}

impl PartialEq for FieldSpec {
    fn eq(&self, other: &Self) -> bool {
        (self.object, self.name) == (other.object, other.name)
    }
}

impl<T: FieldType> Slot for ReadOnly<T> {
    type Value = T;
    const READ_ONLY: bool = true;

    fn empty(spec: &'static FieldSpec) -> Self {
        Self { spec, field: Field::Unset(spec) }
    }

    fn as_field(&self) -> &Field<T> {
        &self.field
    }

    fn as_field_mut(&mut self) -> &mut Field<T> {
        &mut self.field
    }
}
