//! What a notification says of an instance.

use std::collections::BTreeMap;

use nova_core::{Fault, Timestamp};
use nova_objects_catalog::{Flavor, Instance};
use serde::{Deserialize, Serialize};

/// An instance: the main fields of Nova's `InstancePayload`, under its names. What the teller had not loaded is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstancePayload {
    /// Its id; empty if the teller did not even have that.
    pub uuid: String,
    /// Whose it is.
    pub user_id: Option<String>,
    /// The project it belongs to.
    pub tenant_id: Option<String>,
    /// The request it came from.
    pub reservation_id: Option<String>,
    /// What users call it.
    pub display_name: Option<String>,
    /// What users say about it.
    pub display_description: Option<String>,
    /// What its machine calls itself.
    pub host_name: Option<String>,
    /// Where it is.
    pub host: Option<String>,
    /// The node there.
    pub node: Option<String>,
    /// The zone that was asked for.
    pub availability_zone: Option<String>,
    /// Its size.
    pub flavor: Option<FlavorPayload>,
    /// The image its disk began as.
    pub image_uuid: Option<String>,
    /// Its vm state.
    pub state: Option<String>,
    /// Its task state.
    pub task_state: Option<String>,
    /// The code of its power state.
    pub power_state: Option<i64>,
    /// How far a long task is, in percent.
    pub progress: Option<i64>,
    /// Whether somebody locked it.
    pub locked: Option<bool>,
    /// Users' own notes.
    pub metadata: BTreeMap<String, String>,
    /// When it was accepted.
    pub created_at: Option<Timestamp>,
    /// When it ran first.
    pub launched_at: Option<Timestamp>,
    /// When its machine was destroyed.
    pub terminated_at: Option<Timestamp>,
    /// Why it failed, if this is what the notification is about.
    pub fault: Option<FaultPayload>,
}

/// A size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlavorPayload {
    /// The id that users give.
    pub flavorid: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Virtual CPUs.
    pub vcpus: Option<i64>,
    /// MiB of memory.
    pub memory_mb: Option<i64>,
    /// GiB of the root disk.
    pub root_gb: Option<i64>,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FaultPayload {
    /// Its class.
    pub exception: String,
    /// Its message. It may name hosts: notifications are for operators.
    pub exception_message: String,
}

impl InstancePayload {
    /// What `instance` is now, and why something failed.
    pub fn of(instance: &Instance, fault: Option<&Fault>) -> Self {
        Self {
            uuid: instance.uuid.value().map(ToString::to_string).unwrap_or_default(),
            user_id: instance.user_id.present().cloned(),
            tenant_id: instance.project_id.present().cloned(),
            reservation_id: instance.reservation_id.present().cloned(),
            display_name: instance.display_name.present().cloned(),
            display_description: instance.display_description.present().cloned(),
            host_name: instance.hostname.present().cloned(),
            host: instance.host.present().cloned(),
            node: instance.node.present().cloned(),
            availability_zone: instance.availability_zone.present().cloned(),
            flavor: instance.flavor.value().map(FlavorPayload::of),
            image_uuid: instance.image_ref.present().cloned(),
            state: instance.vm_state.present().cloned(),
            task_state: instance.task_state.present().cloned(),
            power_state: instance.power_state.present().copied(),
            progress: instance.progress.present().copied(),
            locked: instance.locked.value().copied(),
            metadata: instance.metadata.value().cloned().unwrap_or_default(),
            created_at: instance.created_at.present().copied(),
            launched_at: instance.launched_at.present().copied(),
            terminated_at: instance.terminated_at.present().copied(),
            fault: fault.map(FaultPayload::of),
        }
    }
}

impl FlavorPayload {
    fn of(flavor: &Flavor) -> Self {
        Self {
            flavorid: flavor.flavorid.value().cloned(),
            name: flavor.name.present().cloned(),
            vcpus: flavor.vcpus.value().copied(),
            memory_mb: flavor.memory_mb.value().copied(),
            root_gb: flavor.root_gb.value().copied(),
        }
    }
}

impl FaultPayload {
    fn of(fault: &Fault) -> Self {
        Self { exception: fault.class().to_owned(), exception_message: fault.message().to_owned() }
    }
}
