//! `NetworkRequest` 1.3. Emitted by the catalogue's generator, not written by hand.

use std::net::IpAddr;

use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

/// One network interface a new instance is to have.
#[doc(alias = "nova.objects.network_request.NetworkRequest")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.3")]
pub struct NetworkRequest {
    /// The version it is at.
    pub meta: Meta,
    /// A fixed address the user asked for.
    pub address: Field<Option<IpAddr>>,
    /// The accelerator request behind the port.
    #[object(since = "1.3")]
    pub arq_uuid: Field<Option<Uuid>>,
    /// The accelerator profile of the port.
    #[object(since = "1.3")]
    pub device_profile: Field<Option<String>>,
    /// The network; `auto` and `none` are words of their own.
    pub network_id: Field<Option<String>>,
    /// The PCI request of the port.
    pub pci_request_id: Field<Option<Uuid>>,
    /// An existing port.
    pub port_id: Field<Option<Uuid>>,
    /// A word by which the guest finds the device.
    #[object(since = "1.2")]
    pub tag: Field<Option<String>>,
}
