//! `CellMapping` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::{SensitiveString, Uuid};
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

/// A cell: its database and its message bus.
#[doc(alias = "nova.objects.cell_mapping.CellMapping")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct CellMapping {
    /// The version it is at.
    pub meta: Meta,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// The URL of the cell's database: it may hold a password.
    pub database_connection: Field<SensitiveString>,
    /// Whether no new work may go to it.
    #[object(since = "1.1", default = false)]
    pub disabled: Field<bool>,
    /// The database's number for it.
    pub id: ReadOnly<i64>,
    /// The name.
    pub name: Field<Option<String>>,
    /// The URL of the cell's message bus: it may hold a password.
    pub transport_url: Field<SensitiveString>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Its uuid.
    pub uuid: Field<Uuid>,
}
