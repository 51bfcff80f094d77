//! `MigrationList` 1.5. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::Migration;

/// Several moves.
#[doc(alias = "nova.objects.migration.MigrationList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.5")]
pub struct MigrationList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<Migration>>,
}
