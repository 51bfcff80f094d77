//! `SecurityGroup` 1.2. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

/// A security group. Nova fills in the name only.
#[doc(alias = "nova.objects.security_group.SecurityGroup")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.2")]
pub struct SecurityGroup {
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
    pub description: Field<String>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The name.
    pub name: Field<String>,
    /// The project it belongs to.
    pub project_id: Field<String>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The user it belongs to.
    pub user_id: Field<String>,
    /// Its uuid.
    #[object(since = "1.2")]
    pub uuid: Field<Uuid>,
}
