//! What an object knows about itself beside its fields.

use crate::spec::ObjectSpec;
use nova_rpc::Version;

/// The version an object is at.
///
/// An object made here is at the version of the code. One that was read keeps the version it was sent at and is
/// written back with it, so that passing an object on does not claim fields its sender never had.
///
/// # Example
/// ```
/// # use nova_objects::{Field, Meta, Version, VersionedObject};
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.3")]
/// pub struct Widget {
///     pub meta: Meta,
///     pub name: Field<String>,
/// }
///
/// assert_eq!(Widget::empty().meta.version(), Version::new(1, 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    version: Version,
}

impl Meta {
    #[doc(hidden)]
    pub const fn new(spec: &ObjectSpec) -> Self {
        Self { version: spec.version }
    }

    /// The version of the object, which may be older than that of the code.
    pub const fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = version;
    }
}
