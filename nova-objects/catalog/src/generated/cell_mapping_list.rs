//! `CellMappingList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::CellMapping;

/// Several cells.
#[doc(alias = "nova.objects.cell_mapping.CellMappingList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct CellMappingList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<CellMapping>>,
}
