//! `RequestGroup` 1.3. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

/// Resources that one provider is to give together.
#[doc(alias = "nova.objects.request_spec.RequestGroup")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.3")]
pub struct RequestGroup {
    /// The version it is at.
    pub meta: Meta,
    /// Aggregates the provider must be in: all outer entries, one of each inner list.
    #[object(default = Vec::<Vec<String>>::new())]
    pub aggregates: Field<Vec<Vec<String>>>,
    /// Aggregates the provider may not be in.
    #[object(since = "1.3", default = BTreeSet::<String>::new())]
    pub forbidden_aggregates: Field<BTreeSet<String>>,
    /// Traits the provider may not have.
    #[object(default = BTreeSet::<String>::new())]
    pub forbidden_traits: Field<BTreeSet<String>>,
    /// The provider whose tree it must be in.
    #[object(since = "1.2", default = None::<Uuid>)]
    pub in_tree: Field<Option<Uuid>>,
    /// The providers that were chosen for it.
    #[object(since = "1.1", default = Vec::<Uuid>::new())]
    pub provider_uuids: Field<Vec<Uuid>>,
    /// The port or device that asks.
    #[object(since = "1.1", default = None::<String>)]
    pub requester_id: Field<Option<String>>,
    /// Traits the provider must have.
    #[object(default = BTreeSet::<String>::new())]
    pub required_traits: Field<BTreeSet<String>>,
    /// How much of each resource class.
    #[object(default = BTreeMap::<String, i64>::new())]
    pub resources: Field<BTreeMap<String, i64>>,
    /// Whether one provider must give all of it.
    #[object(default = true)]
    pub use_same_provider: Field<bool>,
}
