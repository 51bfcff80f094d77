//! `InstanceInfoCache` 1.5. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::{JsonText, Uuid};
use nova_objects::{Field, Meta, VersionedObject};

/// What is known of an instance's network, so that nobody asks for every listing.
#[doc(alias = "nova.objects.instance_info_cache.InstanceInfoCache")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.5")]
pub struct InstanceInfoCache {
    /// The version it is at.
    pub meta: Meta,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// The network, as JSON text.
    pub network_info: Field<Option<JsonText>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
}
