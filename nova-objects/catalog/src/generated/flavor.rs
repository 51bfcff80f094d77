//! `Flavor` 1.2. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;

use nova_core::Timestamp;
use nova_objects::{Field, Meta, VersionedObject};

/// A size of instance users can ask for.
#[doc(alias = "nova.objects.flavor.Flavor")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct Flavor {
    /// The version it is at.
    pub meta: Meta,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// A description.
    #[object(since = "1.2")]
    pub description: Field<Option<String>>,
    /// Whether it cannot be used any more.
    pub disabled: Field<bool>,
    /// Gigabytes of ephemeral disk.
    pub ephemeral_gb: Field<i64>,
    /// What the flavor asks for beside sizes.
    pub extra_specs: Field<BTreeMap<String, String>>,
    /// The id users know, which is any text.
    pub flavorid: Field<String>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// Whether every project may use it.
    pub is_public: Field<bool>,
    /// Mebibytes of memory.
    pub memory_mb: Field<i64>,
    /// The name.
    pub name: Field<Option<String>>,
    /// The projects that may use it, if it is not public.
    pub projects: Field<Vec<String>>,
    /// Gigabytes of root disk.
    pub root_gb: Field<i64>,
    /// The share of the network.
    #[object(default = 1.0)]
    pub rxtx_factor: Field<Option<f64>>,
    /// Mebibytes of swap.
    pub swap: Field<i64>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The share of CPU time.
    pub vcpu_weight: Field<Option<i64>>,
    /// Virtual CPUs.
    pub vcpus: Field<i64>,
}
