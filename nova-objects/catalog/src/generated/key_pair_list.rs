//! `KeyPairList` 1.3. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::KeyPair;

/// Several keys.
#[doc(alias = "nova.objects.keypair.KeyPairList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.3")]
pub struct KeyPairList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<KeyPair>>,
}
