//! `HVSpec` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{Architecture, HvType, VmMode};

/// One kind of guest a hypervisor can run.
#[doc(alias = "nova.objects.hv_spec.HVSpec")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2", convert)]
pub struct HVSpec {
    /// The version it is at.
    pub meta: Meta,
    /// The architecture.
    pub arch: Field<Architecture>,
    /// The hypervisor.
    pub hv_type: Field<HvType>,
    /// How the guest runs, for example `hvm`.
    pub vm_mode: Field<VmMode>,
}
