//! What the host has, told to its record and to placement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::placement::{self, Placement, PlacementError};
use nova_objects::Objects;
use nova_objects_catalog::exception::ComputeHostNotFound;
use nova_objects_catalog::{ComputeNode, HVSpec};
use nova_virt::{Driver, DriverError, HostResources, Inventory, ResourceClass};

use crate::options::ComputeOptions;

/// Why a host could not be reported.
#[derive(Debug)]
pub enum ReportError {
    /// The driver does not say what the host has.
    Driver(DriverError),
    /// Its record could not be read or written.
    Record(Fault),
    /// Placement did not take it.
    Placement(PlacementError),
}

impl std::fmt::Display for ReportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Driver(_) => "the driver does not say what the host has",
            Self::Record(_) => "the compute node record could not be read or written",
            Self::Placement(_) => "placement did not take what the host has",
        })
    }
}

impl std::error::Error for ReportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Driver(error) => Some(error),
            Self::Record(error) => Some(error),
            Self::Placement(error) => Some(error),
        }
    }
}

impl From<DriverError> for ReportError {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl From<Fault> for ReportError {
    fn from(fault: Fault) -> Self {
        Self::Record(fault)
    }
}

impl From<PlacementError> for ReportError {
    fn from(error: PlacementError) -> Self {
        Self::Placement(error)
    }
}

/// Tells the host's records and placement what the host has.
pub struct HostReport {
    pub(crate) env: Env,
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) objects: Objects,
    pub(crate) placement: Arc<dyn Placement>,
    pub(crate) options: Arc<ComputeOptions>,
}

impl HostReport {
    /// Reports every node of the host once.
    ///
    /// # Errors
    /// The first node that could not be reported.
    #[doc(alias = "update_available_resource")]
    pub async fn report(&self, cx: &RequestContext) -> Result<(), ReportError> {
        for node in self.driver.nodes().await? {
            let resources = self.driver.resources(&node).await?;
            let record = self.save_record(cx, &resources).await?;
            self.tell_placement(cx, &record, &resources).await?;
        }
        Ok(())
    }

    async fn save_record(
        &self,
        cx: &RequestContext,
        resources: &HostResources,
    ) -> Result<ComputeNode, Fault> {
        let found =
            ComputeNode::get_by_host_and_nodename(cx, &self.objects, &self.host, &resources.node).await;
        match found {
            Ok(mut record) => {
                self.fill(&mut record, resources);
                if !record.changes().is_empty() {
                    record.save(cx, &self.objects, None).await?;
                }
                Ok(record)
            }
            Err(fault) if fault.is::<ComputeHostNotFound>() => self.create_record(cx, resources).await,
            Err(fault) => Err(fault),
        }
    }

    async fn create_record(
        &self,
        cx: &RequestContext,
        resources: &HostResources,
    ) -> Result<ComputeNode, Fault> {
        let mut record = ComputeNode::empty();
        let uuid = resources.uuid.unwrap_or_else(|| self.env.new_id());
        let named = record.uuid.set(uuid.to_string());
        named.map_err(|error| Fault::internal("naming a compute node", &error))?;
        record.host.set(Some(self.host.clone()));
        record.hypervisor_hostname.set(Some(resources.node.clone()));
        self.fill(&mut record, resources);
        record.create(cx, &self.objects).await?;
        Ok(record)
    }

    /// Sets what differs; what is as it was stays unchanged, so that a host at rest writes nothing.
    fn fill(&self, record: &mut ComputeNode, resources: &HostResources) {
        let total = |class: ResourceClass| as_i64(resources.total(&class));
        let (vcpus, memory, disk) =
            (total(ResourceClass::VCPU), total(ResourceClass::MEMORY_MB), total(ResourceClass::DISK_GB));
        let used = &resources.used;
        set(&mut record.vcpus, vcpus);
        set(&mut record.memory_mb, memory);
        set(&mut record.local_gb, disk);
        set(&mut record.vcpus_used, as_i64(used.vcpus));
        set(&mut record.memory_mb_used, as_i64(used.memory_mb));
        set(&mut record.local_gb_used, as_i64(used.disk_gb));
        set(&mut record.free_ram_mb, Some(memory.saturating_sub(as_i64(used.memory_mb))));
        set(&mut record.free_disk_gb, Some(disk.saturating_sub(as_i64(used.disk_gb))));
        set(&mut record.running_vms, Some(i64::from(resources.running)));
        set(&mut record.current_workload, Some(0));
        set(&mut record.disk_available_least, resources.disk_available_least);
        set(&mut record.hypervisor_type, resources.hypervisor_type.clone());
        set(&mut record.hypervisor_version, i64::from(resources.hypervisor_version));
        set(&mut record.host_ip, resources.host_ip);
        set(&mut record.cpu_info, serde_json::to_string(&resources.cpu).ok());
        set(&mut record.cpu_allocation_ratio, self.options.cpu_allocation_ratio);
        set(&mut record.ram_allocation_ratio, self.options.ram_allocation_ratio);
        set(&mut record.disk_allocation_ratio, self.options.disk_allocation_ratio);
        set(&mut record.supported_hv_specs, supported(resources));
    }

    async fn tell_placement(
        &self,
        cx: &RequestContext,
        record: &ComputeNode,
        resources: &HostResources,
    ) -> Result<(), ReportError> {
        let uuid = record.uuid.get().map_err(crate::spec::unset)?;
        let id =
            uuid.as_str().parse().map_err(|error| Fault::internal("the uuid of a compute node", &error))?;
        let inventories = self.inventories(resources);
        let traits: BTreeSet<_> = resources.traits.iter().map(ToString::to_string).collect();
        // Another report or an operator may change it meanwhile: read again, tell again.
        for _ in 0..3 {
            let provider = self.placement.ensure_provider(cx, id, &resources.node).await?;
            match self.placement.set_provider(cx, id, provider.generation, &inventories, &traits).await {
                Err(PlacementError::ConcurrentUpdate { .. }) => {}
                told => return Ok(told.map(drop)?),
            }
        }
        Err(Fault::new("nova.exception", "ResourceProviderUpdateConflict", "the provider keeps changing")
            .into())
    }

    fn inventories(&self, resources: &HostResources) -> BTreeMap<String, placement::Inventory> {
        let told = resources
            .inventories
            .iter()
            .map(|(class, inventory)| (class.to_string(), self.inventory(class, inventory)));
        told.collect()
    }

    /// The driver knows what there is; the operator says what is kept back and how often the rest is given away.
    fn inventory(&self, class: &ResourceClass, driver: &Inventory) -> placement::Inventory {
        let options = &self.options;
        let (kept, ratio) = if *class == ResourceClass::VCPU {
            (options.reserved_host_cpus, options.cpu_allocation_ratio)
        } else if *class == ResourceClass::MEMORY_MB {
            (options.reserved_host_memory_mb, options.ram_allocation_ratio)
        } else if *class == ResourceClass::DISK_GB {
            (options.reserved_host_disk_mb.div_ceil(1024), options.disk_allocation_ratio)
        } else {
            (0, 1.0)
        };
        placement::Inventory {
            total: driver.total,
            reserved: driver.reserved.max(kept).min(driver.total),
            min_unit: driver.min_unit,
            max_unit: driver.max_unit,
            step_size: driver.step_size,
            allocation_ratio: driver.allocation_ratio.unwrap_or(ratio),
        }
    }
}

fn set<T: PartialEq>(field: &mut nova_objects::Field<T>, value: T) {
    if field.value() != Some(&value) {
        field.set(value);
    }
}

fn as_i64(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn supported(resources: &HostResources) -> Vec<HVSpec> {
    let spec = |guest: &nova_virt::host::GuestKind| {
        let mut spec = HVSpec::empty();
        // A word Nova does not know cannot be in a record; the filter would never match it either.
        spec.arch.set(guest.arch.parse::<nova_objects_catalog::Architecture>().ok()?);
        spec.hv_type.set(guest.hypervisor.parse::<nova_objects_catalog::HvType>().ok()?);
        spec.vm_mode.set(guest.vm_mode.parse::<nova_objects_catalog::VmMode>().ok()?);
        spec.reset_changes();
        Some(spec)
    };
    resources.guests.iter().filter_map(spec).collect()
}

impl std::fmt::Debug for HostReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostReport").field("host", &self.host).finish_non_exhaustive()
    }
}
