//! `InstanceFault` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

/// Why an instance is in error.
#[doc(alias = "nova.objects.instance_fault.InstanceFault")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct InstanceFault {
    /// The version it is at.
    pub meta: Meta,
    /// The HTTP status.
    pub code: Field<i64>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The traceback, for administrators.
    pub details: Field<Option<String>>,
    /// The host's name.
    pub host: Field<Option<String>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// A sentence for users.
    pub message: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
}
