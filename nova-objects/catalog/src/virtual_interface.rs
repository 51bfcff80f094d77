//! Virtual interfaces: the network interfaces of instances.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{VirtualInterface, VirtualInterfaceList};

/// What a store does with [`VirtualInterface`] records.
#[remotable(VirtualInterface)]
pub trait VirtualInterfaceActions {
    /// The interface of that port; `None` when there is none.
    async fn get_by_uuid(
        &self,
        cx: &RequestContext,
        vif_uuid: &str,
    ) -> Result<Option<VirtualInterface>, Fault>;

    /// Makes the record; one that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, interface: &mut VirtualInterface) -> Result<(), Fault>;

    /// Writes the changed fields.
    async fn save(&self, cx: &RequestContext, interface: &mut VirtualInterface) -> Result<(), Fault>;

    /// Removes the record.
    async fn destroy(&self, cx: &RequestContext, interface: &mut VirtualInterface) -> Result<(), Fault>;

    /// Removes the records of that instance, if there are any: part of every delete.
    async fn delete_by_instance_uuid(&self, cx: &RequestContext, instance_uuid: &str) -> Result<(), Fault>;
}

/// What a store does with several [`VirtualInterface`] records.
#[remotable(VirtualInterfaceList)]
pub trait VirtualInterfaceListActions {
    /// The interfaces of that instance.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        use_slave: Option<bool>,
    ) -> Result<VirtualInterfaceList, Fault>;
}
