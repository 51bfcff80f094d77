//! `InstanceActionEvent` 1.4. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::{Field, Meta, VersionedObject};

/// One step of an action, on one host.
#[doc(alias = "nova.objects.instance_action.InstanceActionEvent")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.4")]
pub struct InstanceActionEvent {
    /// The version it is at.
    pub meta: Meta,
    /// The action it belongs to.
    pub action_id: Field<Option<i64>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// A sentence for users on what went wrong.
    #[object(since = "1.4")]
    pub details: Field<Option<String>>,
    /// The step, for example `compute__do_build_and_run_instance`.
    pub event: Field<Option<String>>,
    /// When it ended; null while it runs.
    pub finish_time: Field<Option<Timestamp>>,
    /// The host's name.
    #[object(since = "1.2")]
    pub host: Field<Option<String>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// `Success` or `Error`; null while it runs.
    pub result: Field<Option<String>>,
    /// When it began.
    pub start_time: Field<Option<Timestamp>>,
    /// Where it failed, for administrators.
    pub traceback: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
}
