//! Devices that instances are given: PCI devices, and resources of other kinds.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{PciDevice, PciDeviceList, ResourceList};

/// What a store does with [`PciDevice`] records.
#[remotable(PciDevice)]
pub trait PciDeviceActions {
    /// The device at that address of that hypervisor, or `PciDeviceNotFound`.
    async fn get_by_dev_addr(
        &self,
        cx: &RequestContext,
        compute_node_id: i64,
        dev_addr: &str,
    ) -> Result<PciDevice, Fault>;

    /// Writes the changed fields, or makes the record, or, when the status is `deleted`, removes it.
    async fn save(&self, cx: &RequestContext, device: &mut PciDevice) -> Result<(), Fault>;
}

/// What a store does with several [`PciDevice`] records.
#[remotable(PciDeviceList)]
pub trait PciDeviceListActions {
    /// The devices of that hypervisor.
    async fn get_by_compute_node(&self, cx: &RequestContext, node_id: i64) -> Result<PciDeviceList, Fault>;

    /// The devices that instance has.
    async fn get_by_instance_uuid(&self, cx: &RequestContext, uuid: &str) -> Result<PciDeviceList, Fault>;
}

/// What a store does with the [`Resource`](crate::Resource)s of an instance, which are kept with it.
#[remotable(ResourceList)]
pub trait ResourceListActions {
    /// The resources of that instance; `None` when it has none.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<Option<ResourceList>, Fault>;
}
