//! What a host says of itself.

use std::collections::BTreeMap;

use nova_objects_catalog::{ComputeNode, HVSpec};
use serde::Deserialize;
use uuid::Uuid;

/// The record of a compute node, read once and shared by all requests that look at the host.
///
/// Free amounts in it are as old as the host's last report; [`HostState`](super::HostState) has fresh ones.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HostFacts {
    /// The compute node, which is also the resource provider in placement.
    pub uuid: Uuid,
    /// The name of the host.
    pub host: String,
    /// The name the hypervisor gives itself.
    pub node: String,
    /// The kind of hypervisor, for example `QEMU`.
    pub hypervisor_type: String,
    /// Its version as a number.
    pub hypervisor_version: i64,
    /// The kinds of guests it can run.
    pub supported: Vec<Supported>,
    /// The address of the host.
    pub host_ip: Option<String>,
    /// CPUs of the host.
    pub vcpus: i64,
    /// Virtual CPUs given away, as of the host's last report.
    pub vcpus_used: i64,
    /// Mebibytes of memory of the host.
    pub memory_mb: i64,
    /// Mebibytes of memory not given away, as of the host's last report.
    pub free_ram_mb: i64,
    /// Gigabytes of disk of the host.
    pub local_gb: i64,
    /// Mebibytes of disk not given away, as of the host's last report.
    pub free_disk_mb: i64,
    /// Mebibytes that would be free if every disk had grown to its full size.
    pub disk_available_least_mb: Option<i64>,
    /// How many virtual CPUs one CPU makes.
    pub cpu_allocation_ratio: f64,
    /// How much memory one real mebibyte makes.
    pub ram_allocation_ratio: f64,
    /// How much disk one real gigabyte makes.
    pub disk_allocation_ratio: f64,
    /// What the CPU is, as JSON text.
    pub cpu_info: Option<String>,
    /// Counts of what runs, and whatever else the host tells, by name.
    pub stats: BTreeMap<String, String>,
    /// Measurements, by name.
    pub metrics: BTreeMap<String, f64>,
}

/// One kind of guest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Supported {
    /// The architecture, for example `x86_64`.
    pub arch: String,
    /// The hypervisor, for example `kvm`.
    pub hv_type: String,
    /// How the guest runs, for example `hvm`.
    pub vm_mode: String,
}

/// Why the record of a host cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a compute node without {missing}")]
pub struct FactsError {
    /// The field that is not set.
    pub missing: &'static str,
}

impl HostFacts {
    /// What `node` says.
    ///
    /// # Errors
    /// Its uuid, its host or its name is missing: nobody could be sent there. Whatever else is missing counts as none.
    pub fn read(node: &ComputeNode) -> Result<Self, FactsError> {
        let uuid = node.uuid.value().and_then(|uuid| uuid.parse()).ok_or(FactsError { missing: "uuid" })?;
        let host = node.host.present().ok_or(FactsError { missing: "host" })?;
        let name = node.hypervisor_hostname.present().ok_or(FactsError { missing: "hypervisor_hostname" })?;
        let number = |value: Option<&i64>| value.copied().unwrap_or(0);
        let ratio = |value: Option<&f64>| value.copied().unwrap_or(1.0);
        Ok(Self {
            uuid,
            host: host.clone(),
            node: name.clone(),
            hypervisor_type: node.hypervisor_type.value().cloned().unwrap_or_default(),
            hypervisor_version: number(node.hypervisor_version.value()),
            supported: node.supported_hv_specs.value().into_iter().flatten().filter_map(supported).collect(),
            host_ip: node.host_ip.present().map(ToString::to_string),
            vcpus: number(node.vcpus.value()),
            vcpus_used: number(node.vcpus_used.value()),
            memory_mb: number(node.memory_mb.value()),
            free_ram_mb: number(node.free_ram_mb.present()),
            local_gb: number(node.local_gb.value()),
            free_disk_mb: number(node.free_disk_gb.present()).saturating_mul(1024),
            disk_available_least_mb: node.disk_available_least.present().map(|gb| gb.saturating_mul(1024)),
            cpu_allocation_ratio: ratio(node.cpu_allocation_ratio.value()),
            ram_allocation_ratio: ratio(node.ram_allocation_ratio.value()),
            disk_allocation_ratio: ratio(node.disk_allocation_ratio.value()),
            cpu_info: node.cpu_info.present().cloned(),
            stats: stats(node),
            metrics: metrics(node),
        })
    }

    /// A count among the stats; 0 when it is missing or no number.
    pub fn count(&self, name: &str) -> i64 {
        self.stats.get(name).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

fn supported(spec: &HVSpec) -> Option<Supported> {
    Some(Supported {
        arch: spec.arch.value()?.to_string(),
        hv_type: spec.hv_type.value()?.to_string(),
        vm_mode: spec.vm_mode.value()?.to_string(),
    })
}

fn stats(node: &ComputeNode) -> BTreeMap<String, String> {
    let stats = node.stats.present().into_iter().flatten();
    stats.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect()
}

/// The measurements that are numbers; a text that is none of ours has none.
fn metrics(node: &ComputeNode) -> BTreeMap<String, f64> {
    #[derive(Deserialize)]
    struct Metric {
        name: String,
        value: Option<f64>,
    }
    let text = node.metrics.present().map_or("[]", String::as_str);
    let metrics: Vec<Metric> = serde_json::from_str(text).unwrap_or_default();
    metrics.into_iter().filter_map(|metric| Some((metric.name, metric.value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::compute_node;

    #[test]
    fn a_record_is_read_with_its_stats_and_measurements() {
        let mut node = compute_node("n1");
        node.stats.load(BTreeMap::from([
            ("num_instances".to_owned(), Some("7".to_owned())),
            ("odd".to_owned(), Some("x".to_owned())),
        ]));
        node.metrics.load(Some(r#"[{"name": "cpu.percent", "value": 0.5, "source": "libvirt"}]"#.to_owned()));
        let facts = HostFacts::read(&node).unwrap();
        assert_eq!((facts.count("num_instances"), facts.count("odd"), facts.count("none")), (7, 0, 0));
        assert_eq!(facts.metrics["cpu.percent"], 0.5);
        assert_eq!(facts.supported[0].hv_type, "kvm");
    }

    #[test]
    fn a_record_nobody_could_be_sent_to_is_refused() {
        let mut node = compute_node("n1");
        node.host.load(None);
        assert_eq!(HostFacts::read(&node), Err(FactsError { missing: "host" }));
    }
}
