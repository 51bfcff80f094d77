//! `KeyPair` 1.4. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::{Field, Meta, VersionedObject};

/// A public key a user may put into instances.
#[doc(alias = "nova.objects.keypair.KeyPair")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.4")]
pub struct KeyPair {
    /// The version it is at.
    pub meta: Meta,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// The fingerprint of the key.
    pub fingerprint: Field<Option<String>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The name.
    pub name: Field<String>,
    /// The key.
    pub public_key: Field<Option<String>>,
    /// `ssh` or `x509`.
    #[object(since = "1.2")]
    pub r#type: Field<String>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// The user it belongs to.
    pub user_id: Field<Option<String>>,
}
