//! A compute node as a row.

use std::str::FromStr;

use nova_core::Fault;
use nova_objects::UnknownWord;
use nova_objects_catalog::{ComputeNode, HVSpec, PciDevicePoolList};
use sea_orm::ActiveValue::Set;

use crate::actions::store::{from_json, moment, narrow, to_json};
use crate::entity::compute_node::{ActiveModel, Model};
use crate::error::ActionError;

/// What one real CPU, mebibyte or gigabyte makes where nobody said: Nova's initial ratios.
const RATIOS: (f64, f64, f64) = (4.0, 1.0, 1.0);

/// A row in which all that must have a value has one.
pub(super) fn new() -> ActiveModel {
    ActiveModel {
        deleted: Set(0),
        vcpus: Set(0),
        memory_mb: Set(0),
        local_gb: Set(0),
        vcpus_used: Set(0),
        memory_mb_used: Set(0),
        local_gb_used: Set(0),
        hypervisor_type: Set(String::new()),
        hypervisor_version: Set(0),
        cpu_info: Set(String::new()),
        mapped: Set(Some(0)),
        ..Default::default()
    }
}

/// `row` with the changed fields.
pub(super) fn changed_columns(node: &ComputeNode, mut row: ActiveModel) -> Result<ActiveModel, ActionError> {
    let changes = node.changes();
    let changed = |name: &str| changes.contains(&name);
    macro_rules! numbers {
        ($($name:ident),*) => { $(
            if let Some(value) = node.$name.value().filter(|_| changed(stringify!($name))) {
                row.$name = Set(narrow(*value)?);
            }
        )* };
    }
    macro_rules! optional_numbers {
        ($($name:ident),*) => { $(
            if changed(stringify!($name)) {
                row.$name = Set(node.$name.present().copied().map(narrow).transpose()?);
            }
        )* };
    }
    macro_rules! texts {
        ($($name:ident),*) => { $(
            if changed(stringify!($name)) {
                row.$name = Set(node.$name.present().cloned());
            }
        )* };
    }
    macro_rules! ratios {
        ($($name:ident),*) => { $(
            if changed(stringify!($name)) {
                row.$name = Set(node.$name.value().copied());
            }
        )* };
    }
    numbers!(vcpus, memory_mb, local_gb, vcpus_used, memory_mb_used, local_gb_used, hypervisor_version);
    optional_numbers!(
        disk_available_least,
        free_ram_mb,
        free_disk_gb,
        current_workload,
        running_vms,
        service_id
    );
    texts!(hypervisor_hostname, host, metrics, numa_topology);
    ratios!(cpu_allocation_ratio, ram_allocation_ratio, disk_allocation_ratio);
    if let Some(mapped) = node.mapped.value().filter(|_| changed("mapped")) {
        row.mapped = Set(Some(narrow(*mapped)?));
    }
    if let Some(kind) = node.hypervisor_type.value().filter(|_| changed("hypervisor_type")) {
        row.hypervisor_type = Set(kind.clone());
    }
    if changed("cpu_info") {
        row.cpu_info = Set(node.cpu_info.present().cloned().unwrap_or_default());
    }
    if changed("host_ip") {
        row.host_ip = Set(node.host_ip.present().map(ToString::to_string));
    }
    if changed("uuid") {
        row.uuid = Set(node.uuid.value().map(ToString::to_string));
    }
    if changed("stats") {
        row.stats = Set(node.stats.present().map(|stats| to_json("stats", stats)).transpose()?);
    }
    if let Some(specs) = node.supported_hv_specs.value().filter(|_| changed("supported_hv_specs")) {
        let triples = specs.iter().map(triple).collect::<Result<Vec<_>, _>>()?;
        row.supported_instances = Set(Some(to_json("supported instances", &triples)?));
    }
    if changed("pci_device_pools") {
        let pools = node.pci_device_pools.present();
        row.pci_stats = Set(pools.map(|pools| to_json("PCI device pools", pools)).transpose()?);
    }
    Ok(row)
}

/// What can run, as Nova keeps it: architecture, hypervisor, mode.
fn triple(spec: &HVSpec) -> Result<Vec<String>, ActionError> {
    let words = || {
        let (arch, hv_type, vm_mode) = (spec.arch.get()?, spec.hv_type.get()?, spec.vm_mode.get()?);
        Ok::<_, nova_objects::Unset>(vec![arch.to_string(), hv_type.to_string(), vm_mode.to_string()])
    };
    Ok(words().map_err(Fault::from)?)
}

fn hv_spec(triple: &(String, String, String)) -> Result<HVSpec, ActionError> {
    let (arch, hv_type, vm_mode) = triple;
    let mut spec = HVSpec::empty();
    spec.arch.load(word::<nova_objects_catalog::Architecture>(arch)?);
    spec.hv_type.load(word::<nova_objects_catalog::HvType>(hv_type)?);
    spec.vm_mode.load(word::<nova_objects_catalog::VmMode>(vm_mode)?);
    Ok(spec)
}

fn word<T: FromStr<Err = UnknownWord>>(text: &str) -> Result<T, ActionError> {
    text.parse().map_err(|error| Fault::internal("reading what a hypervisor can run", &error).into())
}

fn hv_specs(text: Option<&str>) -> Result<Vec<HVSpec>, ActionError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let triples: Vec<(String, String, String)> = serde_json::from_str(text)
        .map_err(|error| Fault::internal("reading what a hypervisor can run", &error))?;
    triples.iter().map(hv_spec).collect()
}

/// The ratio in a column, where null and 0 say that nobody gave one.
fn ratio(column: Option<f64>, initial: f64) -> f64 {
    column.filter(|ratio| *ratio != 0.0).unwrap_or(initial)
}

pub(super) fn to_object(row: Model) -> Result<ComputeNode, ActionError> {
    let mut node = ComputeNode::empty();
    macro_rules! load {
        ($($name:ident),*) => { $( node.$name.load(row.$name); )* };
    }
    macro_rules! load_wide {
        ($($name:ident),*) => { $( node.$name.load(row.$name.map(i64::from)); )* };
    }
    node.supported_hv_specs.load(hv_specs(row.supported_instances.as_deref())?);
    node.pci_device_pools.load(Some(match row.pci_stats.as_deref() {
        Some(text) => from_json("PCI device pools", text)?,
        None => PciDevicePoolList::of(Vec::new()),
    }));
    node.stats.load(
        row.stats.as_deref().map(|text| from_json("stats", text)).transpose()?.or(Some(Default::default())),
    );
    load!(id, vcpus, memory_mb, local_gb, vcpus_used, memory_mb_used, local_gb_used, hypervisor_type);
    load!(hypervisor_version, hypervisor_hostname, host, metrics, numa_topology);
    load_wide!(disk_available_least, free_ram_mb, free_disk_gb, current_workload, running_vms, service_id);
    node.cpu_info.load(Some(row.cpu_info));
    node.host_ip.load(row.host_ip.and_then(|address| address.parse().ok()));
    if let Some(uuid) = row.uuid {
        node.uuid.load(uuid);
    }
    let (cpu, ram, disk) = RATIOS;
    node.cpu_allocation_ratio.load(ratio(row.cpu_allocation_ratio, cpu));
    node.ram_allocation_ratio.load(ratio(row.ram_allocation_ratio, ram));
    node.disk_allocation_ratio.load(ratio(row.disk_allocation_ratio, disk));
    node.mapped.load(row.mapped.unwrap_or(0));
    node.created_at.load(moment(row.created_at));
    node.updated_at.load(moment(row.updated_at));
    node.deleted_at.load(moment(row.deleted_at));
    node.deleted.load(row.deleted != 0);
    node.reset_changes();
    Ok(node)
}
