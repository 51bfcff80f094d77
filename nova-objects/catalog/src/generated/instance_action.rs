//! `InstanceAction` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

/// Something a user asked of an instance, by request id.
#[doc(alias = "nova.objects.instance_action.InstanceAction")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct InstanceAction {
    /// The version it is at.
    pub meta: Meta,
    /// What was asked, for example `create`.
    pub action: Field<Option<String>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// When it ended; null while it runs.
    pub finish_time: Field<Option<Timestamp>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The instance.
    pub instance_uuid: Field<Option<Uuid>>,
    /// `Error` when the action failed, else null.
    pub message: Field<Option<String>>,
    /// The project it belongs to.
    pub project_id: Field<Option<String>>,
    /// The request that asked.
    pub request_id: Field<Option<String>>,
    /// When it began.
    pub start_time: Field<Option<Timestamp>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The user it belongs to.
    pub user_id: Field<Option<String>>,
}
