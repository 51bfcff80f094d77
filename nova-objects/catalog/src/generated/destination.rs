//! `Destination` 1.4. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeSet;

use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::CellMapping;

/// Where a request must go, or may not go.
#[doc(alias = "nova.objects.request_spec.Destination")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.4")]
pub struct Destination {
    /// The version it is at.
    pub meta: Meta,
    /// Aggregates to choose from: each entry is a comma-separated list of uuids, one of which must match.
    #[object(since = "1.2", default = None::<Vec<String>>)]
    pub aggregates: Field<Option<Vec<String>>>,
    /// Whether another cell will do.
    #[object(since = "1.3", default = false)]
    pub allow_cross_cell_move: Field<bool>,
    /// The cell to stay in.
    #[object(since = "1.1")]
    pub cell: Field<Option<CellMapping>>,
    /// Aggregates the provider may not be in.
    #[object(since = "1.4", default = None::<BTreeSet<String>>)]
    pub forbidden_aggregates: Field<Option<BTreeSet<String>>>,
    /// The host to go to.
    pub host: Field<String>,
    /// The hypervisor to go to.
    pub node: Field<Option<String>>,
}
