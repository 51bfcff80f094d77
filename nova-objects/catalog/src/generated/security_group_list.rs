//! `SecurityGroupList` 1.1. Emitted by the catalogue's generator, not written by hand.

use nova_objects::types::Members;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::SecurityGroup;

/// The security groups of an instance.
#[doc(alias = "nova.objects.security_group.SecurityGroupList")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.1")]
pub struct SecurityGroupList {
    /// The version it is at.
    pub meta: Meta,
    /// The members.
    pub objects: Field<Members<SecurityGroup>>,
}
