//! `InstanceGroup` 1.11. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;

use nova_core::Timestamp;
use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, ReadOnly, VersionedObject};

/// Servers that are to be kept together, or apart.
#[doc(alias = "nova.objects.instance_group.InstanceGroup")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.11", convert)]
pub struct InstanceGroup {
    /// The version it is at.
    pub meta: Meta,
    /// How the policy is to be read, such as `max_server_per_host`; numbers as texts.
    #[object(name = "_rules")]
    pub rules: Field<BTreeMap<String, String>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The hosts that members are on; filled in for each attempt to schedule.
    pub hosts: Field<Option<Vec<String>>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The uuids of the instances in it.
    pub members: Field<Option<Vec<String>>>,
    /// The name.
    pub name: Field<Option<String>>,
    /// The policy, as readers before 1.11 know it: a list of one.
    pub policies: ReadOnly<Option<Vec<String>>>,
    /// `affinity`, `anti-affinity`, `soft-affinity` or `soft-anti-affinity`.
    #[object(since = "1.11")]
    pub policy: Field<Option<String>>,
    /// The project it belongs to.
    pub project_id: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The user it belongs to.
    pub user_id: Field<Option<String>>,
    /// Its uuid.
    pub uuid: Field<Uuid>,
}
