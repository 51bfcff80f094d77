//! `BuildRequest` 1.3. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{BlockDeviceMappingList, Instance, TagList};

/// A server that was accepted and has no record in a cell yet.
#[doc(alias = "nova.objects.build_request.BuildRequest")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.3")]
pub struct BuildRequest {
    /// The version it is at.
    pub meta: Meta,
    /// The disks it is to have.
    #[object(since = "1.1")]
    pub block_device_mappings: Field<BlockDeviceMappingList>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The instance.
    pub instance: Field<Box<Instance>>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// The project it belongs to.
    pub project_id: Field<String>,
    /// Words.
    #[object(since = "1.3")]
    pub tags: Field<TagList>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
}
