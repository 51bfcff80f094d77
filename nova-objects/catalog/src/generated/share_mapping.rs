//! `ShareMapping` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::{SensitiveString, Uuid};
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

use crate::generated::{ShareMappingProto, ShareMappingStatus};

/// A share of the shared file system service that is attached to an instance.
#[doc(alias = "nova.objects.share_mapping.ShareMapping")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct ShareMapping {
    /// The version it is at.
    pub meta: Meta,
    /// The key the host mounts it with.
    pub access_key: Field<Option<SensitiveString>>,
    /// Who the share service lets in.
    pub access_to: Field<Option<String>>,
    /// How the share service tells who it is.
    pub access_type: Field<Option<String>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Where the host mounts it from.
    pub export_location: Field<String>,
    /// The database's number for it.
    pub id: ReadOnly<i64>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// The share.
    pub share_id: Field<Uuid>,
    /// The protocol of the share.
    pub share_proto: Field<ShareMappingProto>,
    /// Whether it is attached.
    pub status: Field<ShareMappingStatus>,
    /// The name by which the guest mounts it.
    pub tag: Field<String>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Its uuid.
    pub uuid: Field<Uuid>,
}
