//! `HostMapping` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

use crate::generated::CellMapping;

/// Which cell a compute host is in.
#[doc(alias = "nova.objects.host_mapping.HostMapping")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct HostMapping {
    /// The version it is at.
    pub meta: Meta,
    /// The cell.
    pub cell_mapping: Field<CellMapping>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// The host's name.
    pub host: Field<String>,
    /// The database's number for it.
    pub id: ReadOnly<i64>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
}
