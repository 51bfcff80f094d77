//! `Tag` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Field, Meta, VersionedObject};

/// A word users attached to an instance.
#[doc(alias = "nova.objects.tag.Tag")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct Tag {
    /// The version it is at.
    pub meta: Meta,
    /// The instance.
    pub resource_id: Field<String>,
    /// The word.
    pub tag: Field<String>,
}
