//! `Migration` 1.8. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::MigrationType;

/// A move of an instance between hosts, or a resize on one.
#[doc(alias = "nova.objects.migration.Migration")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.8")]
pub struct Migration {
    /// The version it is at.
    pub meta: Meta,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether it goes to another cell.
    #[object(since = "1.6", default = false)]
    pub cross_cell_move: Field<bool>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The host it goes to.
    pub dest_compute: Field<Option<String>>,
    /// The id of the compute node it goes to.
    #[object(since = "1.8")]
    pub dest_compute_id: Field<Option<i64>>,
    /// The address of the host it goes to.
    pub dest_host: Field<Option<String>>,
    /// The hypervisor it goes to.
    pub dest_node: Field<Option<String>>,
    /// Bytes of disk that were moved.
    #[object(since = "1.4")]
    pub disk_processed: Field<Option<i64>>,
    /// Bytes of disk that are still to be moved.
    #[object(since = "1.4")]
    pub disk_remaining: Field<Option<i64>>,
    /// Bytes of disk.
    #[object(since = "1.4")]
    pub disk_total: Field<Option<i64>>,
    /// Whether listings leave it out.
    #[object(since = "1.2", default = false)]
    pub hidden: Field<bool>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The instance.
    pub instance_uuid: Field<Option<String>>,
    /// Bytes of memory that were moved.
    #[object(since = "1.4")]
    pub memory_processed: Field<Option<i64>>,
    /// Bytes of memory that are still to be moved.
    #[object(since = "1.4")]
    pub memory_remaining: Field<Option<i64>>,
    /// Bytes of memory.
    #[object(since = "1.4")]
    pub memory_total: Field<Option<i64>>,
    /// What kind of move it is.
    #[object(since = "1.2")]
    pub migration_type: Field<MigrationType>,
    /// The id of the flavor it is to have.
    pub new_instance_type_id: Field<Option<i64>>,
    /// The id of the flavor it had.
    pub old_instance_type_id: Field<Option<i64>>,
    /// The project it belongs to.
    #[object(since = "1.7")]
    pub project_id: Field<Option<String>>,
    /// The host it comes from.
    pub source_compute: Field<Option<String>>,
    /// The hypervisor it comes from.
    pub source_node: Field<Option<String>>,
    /// How far it is, for example `migrating`.
    pub status: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The user it belongs to.
    #[object(since = "1.7")]
    pub user_id: Field<Option<String>>,
    /// Its uuid, which is also the consumer of the source's allocations in placement.
    #[object(since = "1.5")]
    pub uuid: Field<Uuid>,
}
