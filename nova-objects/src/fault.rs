//! What can go wrong with objects, as Python peers know it.

use crate::spec::ObjectSpec;
use nova_rpc::Version;

nova_core::faults! {
    module "oslo_versionedobjects.exception";
    /// The object is newer than, or of another major version from, what this code knows.
    IncompatibleObjectVersion(500, "Version {objver} of {objname} is not supported, supported version is {supported}")
        { objname: String, objver: String, supported: String }
    /// Nobody here knows an object of that name.
    UnsupportedObjectError(500, "Unsupported object type {objtype}") { objtype: String }
    /// An object was to be brought to a version newer than its own.
    InvalidTargetVersion(500, "Invalid target version {version}") { version: String }
    /// A read-only field was assigned another value.
    ReadOnlyFieldError(500, "Cannot modify readonly field {field}") { field: String }
    /// An action on an object cannot be done.
    ObjectActionError(500, "Object action {action} failed because: {reason}") { action: String, reason: String }
}

impl IncompatibleObjectVersion {
    /// An object of `spec`'s name at `version`, which `spec` cannot read.
    pub fn of(spec: &ObjectSpec, version: Version) -> Self {
        Self {
            objname: spec.name.to_owned(),
            objver: version.to_string(),
            supported: spec.version_text.to_owned(),
        }
    }
}

impl IncompatibleObjectVersion {
    pub(crate) fn text(&self) -> String {
        nova_core::fault::FaultClass::message(self)
    }
}
