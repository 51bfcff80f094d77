//! `VirtualInterface` 1.3. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

/// A network interface of an instance.
#[doc(alias = "nova.objects.virtual_interface.VirtualInterface")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.3")]
pub struct VirtualInterface {
    /// The version it is at.
    pub meta: Meta,
    /// The MAC address; after it, behind a slash, the port.
    pub address: Field<Option<String>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// Of no use since nova-network went.
    pub network_id: Field<i64>,
    /// A word by which the guest finds the device.
    pub tag: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The port.
    pub uuid: Field<Uuid>,
}
