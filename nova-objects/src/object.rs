//! The trait every object has, and the walks over its fields.

use std::convert::Infallible;
use std::fmt::Debug;

use nova_core::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::changes;
use crate::compat;
use crate::field::Field;
use crate::manifest::Manifest;
use crate::meta::Meta;
use crate::spec::{FieldSpec, ObjectSpec};
use crate::types::FieldType;
use nova_rpc::Version;

/// A named, versioned set of fields. Derived, not implemented by hand.
///
/// The derive emits the specification and the four walks (`visit…`), which are for this crate and not called
/// elsewhere; everything else is built on them here.
#[doc(alias = "oslo_versionedobjects.base.VersionedObject")]
#[diagnostic::on_unimplemented(
    note = "add `#[derive(VersionedObject)]` and `#[object(namespace = …, version = …)]`"
)]
pub trait VersionedObject: FieldType + Serialize + DeserializeOwned + Clone + Debug + PartialEq {
    /// Name, namespace, version, fields.
    const SPEC: &'static ObjectSpec;

    /// An object with every field unset.
    fn empty() -> Self;

    /// The version the object is at.
    fn meta(&self) -> &Meta;

    #[doc(hidden)]
    fn meta_mut(&mut self) -> &mut Meta;

    #[doc(hidden)]
    fn index_of(name: &str) -> Option<usize>;

    #[doc(hidden)]
    fn visit<V: Visit>(&self, visitor: &mut V) -> Result<(), V::Error>;

    #[doc(hidden)]
    fn visit_mut<V: VisitMut>(&mut self, visitor: &mut V) -> Result<(), V::Error>;

    #[doc(hidden)]
    fn visit_one<V: VisitOne>(&mut self, index: usize, visitor: V) -> Result<V::Output, V>;

    #[doc(hidden)]
    fn visit_pair<V: VisitPair>(&self, other: &Self, visitor: &mut V) -> Result<(), V::Error>;

    #[doc(hidden)]
    fn manifest_fields(manifest: &mut Manifest);

    /// The hand-written part of going back to `target`: see [`Convert`].
    #[doc(hidden)]
    fn convert_to(&mut self, _target: Version) -> Result<(), Fault> {
        Ok(())
    }

    /// Gives every unset field that declares a default its default, marked changed.
    #[doc(alias = "obj_set_defaults")]
    fn set_defaults(&mut self) {
        changes::set_defaults(self);
    }

    /// Gives the field at `index` its default; `false` if it declares none.
    #[doc(hidden)]
    fn load_default(&mut self, index: usize) -> bool;

    /// The names of the fields that were changed, or that hold an object with changes, in order of declaration.
    #[doc(alias = "obj_what_changed")]
    fn changes(&self) -> Vec<&'static str> {
        changes::names(self)
    }

    /// Whether [`changes`](Self::changes) would name anything.
    fn has_changes(&self) -> bool {
        changes::any(self)
    }

    /// Forgets which fields were changed, here and in nested objects.
    #[doc(alias = "obj_reset_changes")]
    fn reset_changes(&mut self) {
        changes::reset(self);
    }

    /// The versions of this object and of every object its fields can hold.
    #[doc(alias = "obj_tree_get_versions")]
    fn manifest() -> Manifest {
        let mut manifest = Manifest::default();
        Self::manifest_into(&mut manifest);
        manifest
    }

    /// Brings the object down to what a reader with `manifest` knows: see [`make_compatible`](crate::make_compatible).
    ///
    /// # Errors
    /// Whatever a hand-written step refuses.
    #[doc(alias = "obj_make_compatible_from_manifest")]
    fn make_compatible(&mut self, manifest: &Manifest) -> Result<(), Fault> {
        compat::make_compatible(self, manifest)
    }
}

/// The hand-written step of going back to an older version, for what leaving newer fields out cannot express.
///
/// An object asks for it with `#[object(…, convert)]`. It runs before the fields that are too new are unset, so it can
/// still read them, and after nested objects were brought down.
///
/// # Example
/// ```
/// use nova_core::Fault;
/// use nova_objects::{Convert, Field, Manifest, Meta, Version, VersionedObject};
///
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.1", convert)]
/// pub struct Widget {
///     pub meta: Meta,
///     pub state: Field<String>,
/// }
///
/// impl Convert for Widget {
///     fn convert_to(&mut self, target: Version) -> Result<(), Fault> {
///         if target < Version::new(1, 1) && self.state.value().is_some_and(|state| state == "resting") {
///             self.state.load("idle"); // 1.0 had no word for it
///         }
///         Ok(())
///     }
/// }
///
/// let mut widget = Widget::empty();
/// widget.state.load("resting");
/// widget.make_compatible(&Manifest::from_iter([("Widget", Version::new(1, 0))]))?;
/// assert_eq!(widget.state.get()?, "idle");
/// # Ok::<(), Fault>(())
/// ```
#[doc(alias = "obj_make_compatible")]
pub trait Convert {
    /// Changes the fields whose meaning is another one at `target`, which is older than the object.
    ///
    /// # Errors
    /// When the object cannot be said at `target`.
    fn convert_to(&mut self, target: Version) -> Result<(), Fault>;
}

/// A walk over the fields of an object.
#[doc(hidden)]
pub trait Visit {
    type Error;
    fn field<T: FieldType>(&mut self, spec: &'static FieldSpec, field: &Field<T>) -> Result<(), Self::Error>;
}

/// A walk that may change the fields.
#[doc(hidden)]
pub trait VisitMut {
    type Error;
    fn field<T: FieldType>(
        &mut self,
        spec: &'static FieldSpec,
        field: &mut Field<T>,
    ) -> Result<(), Self::Error>;
}

/// A visit of one field.
#[doc(hidden)]
pub trait VisitOne: Sized {
    type Output;
    fn field<T: FieldType>(self, spec: &'static FieldSpec, field: &mut Field<T>) -> Self::Output;
}

/// A walk over two objects side by side.
#[doc(hidden)]
pub trait VisitPair {
    type Error;
    fn pair<T: FieldType>(
        &mut self,
        spec: &'static FieldSpec,
        one: &Field<T>,
        two: &Field<T>,
    ) -> Result<(), Self::Error>;
}

/// The result of a walk that cannot fail.
pub(crate) fn infallible(result: Result<(), Infallible>) {
    match result {
        Ok(()) => (),
        Err(never) => match never {},
    }
}
