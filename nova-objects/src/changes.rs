//! Which fields changed.

use std::convert::Infallible;

use crate::field::Field;
use crate::object::{VersionedObject, Visit, VisitMut, VisitOne, infallible};
use crate::spec::FieldSpec;
use crate::types::FieldType;

/// Whether the field was changed or holds something that was.
#[inline]
pub(crate) fn is_changed<T: FieldType>(field: &Field<T>) -> bool {
    match field {
        Field::Unset(_) => false,
        Field::Changed(_) => true,
        Field::Set(value) => value.inner_changes(),
    }
}

pub(crate) fn names<O: VersionedObject>(object: &O) -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl Visit for Names {
        type Error = Infallible;
        fn field<T: FieldType>(
            &mut self,
            spec: &'static FieldSpec,
            field: &Field<T>,
        ) -> Result<(), Infallible> {
            if is_changed(field) {
                self.0.push(spec.name);
            }
            Ok(())
        }
    }
    let mut names = Names(Vec::new());
    infallible(object.visit(&mut names));
    names.0
}

pub(crate) fn any<O: VersionedObject>(object: &O) -> bool {
    struct Found;
    struct Any;
    impl Visit for Any {
        type Error = Found;
        fn field<T: FieldType>(&mut self, _: &'static FieldSpec, field: &Field<T>) -> Result<(), Found> {
            if is_changed(field) { Err(Found) } else { Ok(()) }
        }
    }
    object.visit(&mut Any).is_err()
}

pub(crate) fn reset<O: VersionedObject>(object: &mut O) {
    infallible(object.visit_mut(&mut Reset));
}

struct Reset;

impl VisitMut for Reset {
    type Error = Infallible;
    fn field<T: FieldType>(&mut self, _: &'static FieldSpec, field: &mut Field<T>) -> Result<(), Infallible> {
        field.unmark();
        if let Ok(value) = field.nested_mut() {
            value.reset_inner();
        }
        Ok(())
    }
}

/// Resets every field but those in `changed`, and marks those.
pub(crate) fn reset_all_but<O: VersionedObject>(object: &mut O, changed: &[usize]) {
    for index in 0..O::SPEC.fields.len() {
        let _ = if changed.contains(&index) {
            object.visit_one(index, Mark).map_err(drop)
        } else {
            object.visit_one(index, ResetOne).map_err(drop)
        };
    }
}

struct ResetOne;

impl VisitOne for ResetOne {
    type Output = ();
    fn field<T: FieldType>(self, spec: &'static FieldSpec, field: &mut Field<T>) {
        infallible(Reset.field(spec, field));
    }
}

/// Marks a field, if it is set.
pub(crate) struct Mark;

impl VisitOne for Mark {
    type Output = ();
    fn field<T: FieldType>(self, _: &'static FieldSpec, field: &mut Field<T>) {
        field.mark();
    }
}

/// Gives unset fields their defaults, marked.
pub(crate) fn set_defaults<O: VersionedObject>(object: &mut O) {
    for index in 0..O::SPEC.fields.len() {
        let unset = matches!(object.visit_one(index, IsSet), Ok(false));
        if unset && object.load_default(index) {
            let _ = object.visit_one(index, Mark);
        }
    }
}

struct IsSet;

impl VisitOne for IsSet {
    type Output = bool;
    fn field<T: FieldType>(self, _: &'static FieldSpec, field: &mut Field<T>) -> bool {
        field.is_set()
    }
}
