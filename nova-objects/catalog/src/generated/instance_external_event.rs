//! `InstanceExternalEvent` 1.5. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;

use nova_objects::types::Uuid;
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{ExternalEventName, ExternalEventStatus};

/// News of an instance from another service, such as a port that is now plugged.
#[doc(alias = "nova.objects.external_event.InstanceExternalEvent")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.5")]
pub struct InstanceExternalEvent {
    /// The version it is at.
    pub meta: Meta,
    /// More about the event.
    pub data: Field<BTreeMap<String, String>>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// What happened.
    pub name: Field<ExternalEventName>,
    /// How it ended.
    pub status: Field<ExternalEventStatus>,
    /// The port or volume it is about.
    pub tag: Field<Option<String>>,
}
