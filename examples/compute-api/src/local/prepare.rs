//! The records of an accepted request, made before any transaction.

use nova_core::RequestContext;
use nova_core::operation::OperationId;
use nova_neighbours::image::ImageInfo;
use nova_objects::types::Members;
use nova_objects_catalog::{
    BlockDeviceDestinationType, BlockDeviceMapping, BlockDeviceMappingList, BlockDeviceSourceType,
    BlockDeviceType, BuildRequest, Flavor, Instance, InstanceGroup, InstanceInfoCache, InstanceMapping,
    NetworkRequest, NetworkRequestList, PowerState, RequestLevelParams, RequestSpec, SchedulerLimits,
    SecurityGroupList, TagList, TaskState, VmState,
};
use uuid::Uuid;

use super::image;
use crate::{CreateServer, NetworkChoice};

/// One server of a request: what is written about it.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) build_request: BuildRequest,
    pub(super) request_spec: RequestSpec,
    pub(super) mapping: InstanceMapping,
}

/// What the servers of one request have in common.
pub(super) struct Order<'a> {
    pub(super) cx: &'a RequestContext,
    pub(super) request: &'a CreateServer,
    pub(super) project: &'a str,
    pub(super) flavor: &'a Flavor,
    pub(super) image: &'a ImageInfo,
    pub(super) group: Option<&'a InstanceGroup>,
    pub(super) reservation_id: &'a str,
}

/// The id of the server with that number in the request with that key.
pub(super) fn keyed_id(key: OperationId, index: u32) -> Uuid {
    Uuid::new_v5(&key.0, &index.to_be_bytes())
}

impl Order<'_> {
    /// The records of the server `id`, which has number `index`.
    pub(super) fn prepare(&self, id: Uuid, index: u32) -> Prepared {
        Prepared {
            build_request: self.build_request(id, index),
            request_spec: self.request_spec(id),
            mapping: self.mapping(id),
        }
    }

    fn build_request(&self, id: Uuid, index: u32) -> BuildRequest {
        let mut request = BuildRequest::empty();
        request.instance_uuid.set(id);
        request.project_id.set(self.project);
        request.instance.set(Box::new(self.instance(id, index)));
        request.block_device_mappings.set(list_of_disks(self.root_disk(id)));
        request.tags.set(no_tags());
        request
    }

    fn instance(&self, id: Uuid, index: u32) -> Instance {
        let mut instance = Instance::empty();
        self.identify(&mut instance, id, index);
        self.size(&mut instance);
        self.lay_out(&mut instance, id);
        instance.vm_state.set(VmState::Building);
        instance.task_state.set(TaskState::Scheduling);
        instance.power_state.set(PowerState::NoState);
        instance.progress.set(0);
        instance.locked.set(false);
        instance.disable_terminate.set(false);
        instance.shutdown_terminate.set(false);
        instance.cleaned.set(false);
        instance.hidden.set(false);
        instance
    }

    fn identify(&self, instance: &mut Instance, id: Uuid, index: u32) {
        let name = self.name(index);
        instance.uuid.set(id);
        instance.project_id.set(self.project.to_owned());
        instance.user_id.set(self.user().to_owned());
        instance.reservation_id.set(self.reservation_id.to_owned());
        instance.launch_index.set(i64::from(index));
        instance.hostname.set(hostname(&name, id));
        instance.display_name.set(name);
        let description = self.request.description.clone();
        instance.display_description.set(description);
        instance.metadata.set(self.request.metadata.clone());
        instance.availability_zone.set(self.request.availability_zone.clone());
        instance.access_ip_v4.set(self.request.access_ip_v4);
        instance.access_ip_v6.set(self.request.access_ip_v6);
        instance.key_name.set(None);
        instance.key_data.set(None);
        instance.user_data.set(None);
        instance.tags.set(no_tags());
    }

    fn size(&self, instance: &mut Instance) {
        let number = |field: &nova_objects::Field<i64>| field.value().copied().unwrap_or(0);
        instance.flavor.set(self.flavor.clone());
        instance.old_flavor.set(None);
        instance.new_flavor.set(None);
        instance.instance_type_id.set(self.flavor.id.value().copied());
        instance.vcpus.set(number(&self.flavor.vcpus));
        instance.memory_mb.set(number(&self.flavor.memory_mb));
        instance.root_gb.set(number(&self.flavor.root_gb));
        instance.ephemeral_gb.set(number(&self.flavor.ephemeral_gb));
    }

    fn lay_out(&self, instance: &mut Instance, id: Uuid) {
        image::facts(self.image, self.root_gb()).apply(instance);
        instance.auto_disk_config.set(false);
        instance.config_drive.set(String::new());
        instance.info_cache.set(Some(InstanceInfoCache::of_instance(&id.to_string())));
        instance.security_groups.set(SecurityGroupList::of(Vec::new()));
    }

    fn root_gb(&self) -> u64 {
        self.flavor.root_gb.value().and_then(|root| u64::try_from(*root).ok()).unwrap_or(0)
    }

    fn root_disk(&self, id: Uuid) -> BlockDeviceMapping {
        let mut disk = BlockDeviceMapping::empty();
        disk.instance_uuid.set(id);
        disk.source_type.set(Some(BlockDeviceSourceType::Image));
        disk.destination_type.set(Some(BlockDeviceDestinationType::Local));
        disk.device_type.set(Some(BlockDeviceType::Disk));
        disk.image_id.set(self.image.id.to_string());
        disk.boot_index.set(0);
        disk.delete_on_termination.set(true);
        disk.no_device.set(false);
        disk
    }

    fn request_spec(&self, id: Uuid) -> RequestSpec {
        let mut spec = RequestSpec::empty();
        spec.instance_uuid.set(id);
        spec.project_id.set(self.project.to_owned());
        spec.user_id.set(self.user().to_owned());
        spec.num_instances.set(i64::from(self.request.max_count));
        spec.flavor.set(self.flavor.clone());
        spec.image.set(Some(image::meta(self.image)));
        spec.availability_zone.set(self.request.availability_zone.clone());
        spec.scheduler_hints.set(self.request.hints.clone());
        spec.requested_networks.set(networks(&self.request.networks));
        spec.is_bfv.set(false);
        spec.limits.set(Some(no_limits()));
        spec.request_level_params.set(RequestLevelParams::empty());
        spec.security_groups.set(SecurityGroupList::of(Vec::new()));
        spec.ignore_hosts.set(None);
        spec.force_hosts.set(None);
        spec.force_nodes.set(None);
        spec.instance_group.set(self.group.cloned());
        spec.numa_topology.set(None);
        spec.pci_requests.set(None);
        spec.retry.set(None);
        spec
    }

    fn mapping(&self, id: Uuid) -> InstanceMapping {
        let mut mapping = InstanceMapping::empty();
        mapping.instance_uuid.set(id);
        mapping.project_id.set(self.project);
        mapping.user_id.set(self.user());
        mapping.cell_mapping.set(None);
        mapping.queued_for_delete.set(false);
        mapping
    }

    fn user(&self) -> &str {
        self.cx.user_id().unwrap_or_default()
    }

    /// One server has the name that was asked for; of several, each has its number too.
    fn name(&self, index: u32) -> String {
        match self.request.max_count {
            1 => self.request.name.clone(),
            _ => numbered(&self.request.name, index + 1),
        }
    }
}

/// `name-number`, still no longer than a name may be.
fn numbered(name: &str, number: u32) -> String {
    let number = format!("-{number}");
    name.chars().take(255 - number.len()).chain(number.chars()).collect()
}

/// What a machine can call itself: letters, digits and hyphens of the name, 63 at most.
fn hostname(name: &str, id: Uuid) -> String {
    let fitting = |c: char| match c {
        ' ' | '_' | '.' => Some('-'),
        c if c.is_ascii_alphanumeric() || c == '-' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    let fit: String = name.chars().filter_map(fitting).collect();
    let fit: String = fit.trim_matches('-').chars().take(63).collect();
    let fit = fit.trim_end_matches('-');
    if fit.is_empty() { format!("server-{id}") } else { fit.to_owned() }
}

fn list_of_disks(disk: BlockDeviceMapping) -> BlockDeviceMappingList {
    let mut disks = BlockDeviceMappingList::empty();
    disks.objects.set(Members(vec![disk]));
    disks
}

fn no_tags() -> TagList {
    TagList::of(Vec::new())
}

fn no_limits() -> SchedulerLimits {
    let mut limits = SchedulerLimits::empty();
    limits.disk_gb.set(None);
    limits.memory_mb.set(None);
    limits.vcpu.set(None);
    limits.numa_topology.set(None);
    limits
}

fn networks(choice: &NetworkChoice) -> NetworkRequestList {
    let wanted: &[Uuid] = match choice {
        NetworkChoice::Only(networks) => networks,
        NetworkChoice::Any | NetworkChoice::None => &[],
    };
    let requests = wanted.iter().map(|network| {
        let mut request = NetworkRequest::empty();
        request.network_id.set(network.to_string());
        request
    });
    NetworkRequestList::of(requests.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_never_makes_a_name_too_long() {
        assert_eq!(numbered("web", 12), "web-12");
        assert_eq!(numbered(&"ä".repeat(255), 7).chars().count(), 255);
    }

    #[test]
    fn a_machine_gets_a_name_that_dns_would_take() {
        let id = Uuid::from_u128(1);
        assert_eq!(hostname("My Web_Server.1", id), "my-web-server-1");
        assert_eq!(hostname("--ä--", id), format!("server-{id}"));
        assert_eq!(hostname(&"x-".repeat(100), id).len(), 63);
    }

    #[test]
    fn ids_of_a_key_are_the_same_each_time() {
        let key = OperationId(Uuid::from_u128(5));
        assert_eq!(keyed_id(key, 1), keyed_id(key, 1));
        assert_ne!(keyed_id(key, 0), keyed_id(key, 1));
    }
}
