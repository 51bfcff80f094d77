//! `InstanceFaultList` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::InstanceFault;

/// Several faults.
#[doc(alias = "nova.objects.instance_fault.InstanceFaultList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct InstanceFaultList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<InstanceFault>>,
}
