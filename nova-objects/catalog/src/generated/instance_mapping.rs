//! `InstanceMapping` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

use crate::generated::CellMapping;

/// Which cell an instance is in.
#[doc(alias = "nova.objects.instance_mapping.InstanceMapping")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct InstanceMapping {
    /// The version it is at.
    pub meta: Meta,
    /// The cell; null while none was chosen.
    pub cell_mapping: Field<Option<CellMapping>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// The database's number for it.
    pub id: ReadOnly<i64>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// The project it belongs to.
    pub project_id: Field<String>,
    /// Whether it is deleted, or about to be.
    #[object(since = "1.1", default = false)]
    pub queued_for_delete: Field<bool>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The user it belongs to.
    #[object(since = "1.2")]
    pub user_id: Field<String>,
}
