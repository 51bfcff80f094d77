//! Going back to what an older reader knows.

use std::convert::Infallible;

use nova_core::Fault;

use crate::field::Field;
use crate::manifest::Manifest;
use crate::object::{VersionedObject, VisitMut, infallible};
use crate::spec::FieldSpec;
use crate::types::FieldType;
use nova_rpc::Version;

/// Brings `object`, and the objects in it, down to the versions in `manifest`.
///
/// Nested objects go first, then [`Convert`](crate::Convert) runs, then every field that is newer than the target is
/// unset, and the object says the target's version. An object that is not in the manifest is left as it is, with
/// everything in it; so is one the reader knows a newer version of.
///
/// # Example
/// ```
/// use nova_objects::{Field, Manifest, Meta, Version, VersionedObject};
///
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.2")]
/// pub struct Widget {
///     pub meta: Meta,
///     pub name: Field<String>,
///     #[object(since = "1.2")]
///     pub colour: Field<String>,
/// }
///
/// let mut widget = Widget::empty();
/// widget.name.set("lamp");
/// widget.colour.set("red");
/// nova_objects::make_compatible(&mut widget, &Manifest::from_iter([("Widget", Version::new(1, 1))]))?;
/// assert!(!widget.colour.is_set());
/// assert_eq!(widget.meta.version(), Version::new(1, 1));
/// # Ok::<(), nova_core::Fault>(())
/// ```
///
/// # Errors
/// Whatever a hand-written step refuses.
pub fn make_compatible<O: VersionedObject>(object: &mut O, manifest: &Manifest) -> Result<(), Fault> {
    let Some(target) = manifest.get(O::SPEC.name) else {
        return Ok(());
    };
    object.visit_mut(&mut FitInner(manifest))?;
    if target < object.meta().version() {
        object.convert_to(target)?;
        infallible(object.visit_mut(&mut Forget(target)));
        object.meta_mut().set_version(target);
    }
    Ok(())
}

struct FitInner<'a>(&'a Manifest);

impl VisitMut for FitInner<'_> {
    type Error = Fault;
    fn field<T: FieldType>(&mut self, _: &'static FieldSpec, field: &mut Field<T>) -> Result<(), Fault> {
        match field.nested_mut() {
            Ok(value) => value.fit_inner(self.0),
            Err(_) => Ok(()),
        }
    }
}

struct Forget(Version);

impl VisitMut for Forget {
    type Error = Infallible;
    fn field<T: FieldType>(
        &mut self,
        spec: &'static FieldSpec,
        field: &mut Field<T>,
    ) -> Result<(), Infallible> {
        if spec.since > self.0 {
            field.unset(spec);
        }
        Ok(())
    }
}
