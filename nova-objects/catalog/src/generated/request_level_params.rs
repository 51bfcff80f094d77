//! `RequestLevelParams` 1.1. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeSet;

use nova_objects::{Field, Meta, VersionedObject};

/// What a placement request asks beside its groups.
#[doc(alias = "nova.objects.request_spec.RequestLevelParams")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct RequestLevelParams {
    /// The version it is at.
    pub meta: Meta,
    /// Traits the root provider may not have.
    #[object(default = BTreeSet::<String>::new())]
    pub root_forbidden: Field<BTreeSet<String>>,
    /// Traits the root provider must have.
    #[object(default = BTreeSet::<String>::new())]
    pub root_required: Field<BTreeSet<String>>,
    /// Groups whose providers must be in one subtree.
    #[object(since = "1.1", default = Vec::<Vec<String>>::new())]
    pub same_subtree: Field<Vec<Vec<String>>>,
}
