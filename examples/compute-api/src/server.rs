//! Servers as callers see them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use nova_core::{Fault, Timestamp};
use nova_objects_catalog::{Instance, InstanceFault, PowerState, TaskState, VmState};
use serde_json::Value;
use uuid::Uuid;

use crate::{ApiError, Flavor, ServerStatus};

/// A server, as it was when it was looked at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Server {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The name the machine has for itself.
    pub hostname: Option<String>,
    /// The project it belongs to.
    pub project_id: String,
    /// The user who asked for it.
    pub user_id: String,
    /// The id of the request it came from.
    pub reservation_id: Option<String>,
    /// Its number among the servers of the request, from 0.
    pub launch_index: u32,
    /// Its state in one word.
    pub status: ServerStatus,
    /// The state it rests in; `None` for one this code does not know.
    pub vm_state: Option<VmState>,
    /// What is being done with it.
    pub task_state: Option<TaskState>,
    /// What the hypervisor last said.
    pub power_state: PowerState,
    /// How far it is, in percent.
    pub progress: u8,
    /// Why it is in error.
    pub fault: Option<ServerFault>,
    /// The host it is on.
    pub host: Option<String>,
    /// The hypervisor it is on.
    pub node: Option<String>,
    /// Its name in the hypervisor, once it has a record in a cell.
    pub instance_name: Option<String>,
    /// The availability zone.
    pub availability_zone: Option<String>,
    /// Its size, as it was when the server was made.
    pub flavor: Flavor,
    /// The image its disk began as.
    pub image: Option<Uuid>,
    /// The caller's own notes.
    pub metadata: BTreeMap<String, String>,
    /// Its addresses, by the name of the network.
    pub addresses: BTreeMap<String, Vec<Address>>,
    /// The IPv4 address users are told.
    pub access_ip_v4: Option<Ipv4Addr>,
    /// The IPv6 address users are told.
    pub access_ip_v6: Option<Ipv6Addr>,
    /// The name of the key pair it was given.
    pub key_name: Option<String>,
    /// Whether somebody locked it.
    pub locked: bool,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its record last changed.
    pub updated_at: Option<Timestamp>,
    /// When it first ran.
    pub launched_at: Option<Timestamp>,
    /// When it was ended.
    pub terminated_at: Option<Timestamp>,
}

/// Why a server is in error.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFault {
    /// As an HTTP status.
    pub code: u16,
    /// What users are told.
    pub message: String,
    /// More, for administrators.
    pub details: Option<String>,
    /// When.
    pub created_at: Option<Timestamp>,
}

/// One address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The interface it is on.
    pub mac: Option<String>,
}

impl Server {
    /// Whether something is going on that will end by itself.
    pub fn is_busy(&self) -> bool {
        self.task_state.is_some() || !self.status.is_resting()
    }

    /// A server from its record.
    pub(crate) fn of(instance: &Instance) -> Result<Self, ApiError> {
        let uuid = instance.uuid.get().map_err(Fault::from)?;
        let id = uuid.parse().ok_or_else(|| {
            let what = format!("the record {uuid} has no uuid");
            Fault::from(nova_core::fault::InternalError { message: what })
        })?;
        let vm_state = word(id, instance.vm_state.present());
        let task_state = word(id, instance.task_state.present());
        let number = |field: &nova_objects::Field<Option<i64>>| field.present().copied().unwrap_or(0);
        Ok(Self {
            id,
            name: instance.shown_name().to_owned(),
            description: instance.display_description.present().cloned(),
            hostname: instance.hostname.present().cloned(),
            project_id: instance.project_id.present().cloned().unwrap_or_default(),
            user_id: instance.user_id.present().cloned().unwrap_or_default(),
            reservation_id: instance.reservation_id.present().cloned(),
            launch_index: u32::try_from(number(&instance.launch_index)).unwrap_or(0),
            status: ServerStatus::of(vm_state, task_state),
            vm_state,
            task_state,
            power_state: PowerState::from_code(number(&instance.power_state)).unwrap_or(PowerState::NoState),
            progress: u8::try_from(number(&instance.progress).clamp(0, 100)).unwrap_or(0),
            fault: instance.fault.present().map(ServerFault::of),
            host: instance.host.present().cloned(),
            node: instance.node.present().cloned(),
            instance_name: instance.id.value().map(|id| format!("instance-{id:08x}")),
            availability_zone: instance.availability_zone.present().cloned(),
            flavor: instance.flavor.value().map_or_else(|| sizes(instance), Flavor::of),
            image: instance.image_ref.present().and_then(|image| Uuid::try_parse(image).ok()),
            metadata: instance.metadata.value().cloned().unwrap_or_default(),
            addresses: addresses(instance),
            access_ip_v4: instance.access_ip_v4.present().copied(),
            access_ip_v6: instance.access_ip_v6.present().copied(),
            key_name: instance.key_name.present().cloned(),
            locked: instance.locked.value().copied().unwrap_or(false),
            created_at: instance.created_at.present().copied().unwrap_or(Timestamp::UNIX_EPOCH),
            updated_at: instance.updated_at.present().copied(),
            launched_at: instance.launched_at.present().copied(),
            terminated_at: instance.terminated_at.present().copied(),
        })
    }

    /// The same, accepted at that moment: the record in a cell is younger than the server.
    pub(crate) fn accepted(mut self, at: Option<Timestamp>) -> Self {
        self.created_at = at.unwrap_or(self.created_at);
        self
    }
}

impl ServerFault {
    fn of(fault: &InstanceFault) -> Self {
        let code = fault.code.value().and_then(|code| u16::try_from(*code).ok());
        Self {
            code: code.unwrap_or(500),
            message: fault.message.present().cloned().unwrap_or_default(),
            details: fault.details.present().cloned().filter(|details| !details.is_empty()),
            created_at: fault.created_at.present().copied(),
        }
    }
}

/// A state; one that this code does not know is logged and shown as none.
fn word<T: FromStr>(id: Uuid, text: Option<&String>) -> Option<T> {
    let text = text?;
    let word = text.parse().ok();
    if word.is_none() {
        tracing::warn!(server = %id, state = %text, "a state that this version does not know");
    }
    word
}

/// What is known of the size of a server whose flavor is not recorded.
fn sizes(instance: &Instance) -> Flavor {
    let mut flavor = nova_objects_catalog::Flavor::empty();
    let number = |field: &nova_objects::Field<Option<i64>>| field.present().copied().unwrap_or(0);
    flavor.vcpus.load(number(&instance.vcpus));
    flavor.memory_mb.load(number(&instance.memory_mb));
    flavor.root_gb.load(number(&instance.root_gb));
    flavor.ephemeral_gb.load(number(&instance.ephemeral_gb));
    Flavor::of(&flavor)
}

/// The addresses in the cache of Nova's network model.
fn addresses(instance: &Instance) -> BTreeMap<String, Vec<Address>> {
    let mut found: BTreeMap<String, Vec<Address>> = BTreeMap::new();
    let interfaces =
        instance.info_cache.present().and_then(|cache| cache.interfaces().ok()).unwrap_or_default();
    for interface in &interfaces {
        let network = interface["network"]["label"].as_str().unwrap_or("network");
        let mac = interface["address"].as_str().map(str::to_owned);
        let subnets = interface["network"]["subnets"].as_array().into_iter().flatten();
        let ips = subnets.flat_map(|subnet| subnet["ips"].as_array().into_iter().flatten());
        for ip in ips.filter_map(ip_of) {
            found.entry(network.to_owned()).or_default().push(Address { ip, mac: mac.clone() });
        }
    }
    found
}

fn ip_of(ip: &Value) -> Option<IpAddr> {
    ip["address"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_objects_catalog::InstanceInfoCache;
    use serde_json::json;

    fn instance() -> Instance {
        let mut instance = Instance::empty();
        instance.uuid.set("0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a76");
        instance.vm_state.set(VmState::Active);
        instance.task_state.set(None);
        instance
    }

    #[test]
    fn a_record_with_the_least_of_fields_is_a_server() {
        let server = Server::of(&instance()).unwrap();
        assert_eq!(server.name, "0b7a1d9e-6b1c-4f5e-9d3a-2f1e0c9b8a76");
        assert_eq!((server.status, server.is_busy()), (ServerStatus::Active, false));
    }

    #[test]
    fn a_state_of_a_newer_nova_is_unknown_and_no_error() {
        let mut instance = instance();
        instance.vm_state.set("hibernating".to_owned());
        assert_eq!(Server::of(&instance).unwrap().status, ServerStatus::Unknown);
    }

    #[test]
    fn addresses_are_read_from_novas_network_model() {
        let mut cache = InstanceInfoCache::of_instance("x");
        let subnet = json!({"ips": [{"address": "10.0.0.5", "version": 4}, {"address": "bad"}]});
        let vif = json!({"address": "fa:16:3e:00:00:01", "network": {"label": "blue", "subnets": [subnet]}});
        cache.set_interfaces(&[vif, json!("odd")]).unwrap();
        let mut instance = instance();
        instance.info_cache.set(Some(cache));
        let server = Server::of(&instance).unwrap();
        let expected = Address { ip: [10, 0, 0, 5].into(), mac: Some("fa:16:3e:00:00:01".into()) };
        assert_eq!(server.addresses["blue"], [expected]);
    }
}
