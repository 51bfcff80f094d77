//! What a host can do, by the names that extra specs use.

use serde_json::{Value, json};

use super::HostState;

impl HostState {
    /// What the host says under a name: one of its attributes, or else one of its stats.
    ///
    /// # Example
    /// ```
    /// # use nova_scheduler::testing;
    /// let host = testing::host("node-1");
    /// assert_eq!(host.capability(&["hypervisor_type"]), Some("QEMU".into()));
    /// assert_eq!(host.capability(&["cpu_info", "arch"]), Some("x86_64".into()));
    /// assert_eq!(host.capability(&["colour"]), None);
    /// ```
    pub fn capability(&self, path: &[&str]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let found = self.attribute(first).or_else(|| self.facts.stats.get(*first).map(|text| json!(text)))?;
        rest.iter().try_fold(found, |value, key| inner(value, key)).filter(|value| !value.is_null())
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        let facts = &self.facts;
        let value = match name {
            "host" => json!(facts.host),
            "nodename" | "hypervisor_hostname" => json!(facts.node),
            "uuid" => json!(facts.uuid.to_string()),
            "host_ip" => json!(facts.host_ip),
            "hypervisor_type" => json!(facts.hypervisor_type),
            "hypervisor_version" => json!(facts.hypervisor_version),
            "cpu_info" => json!(facts.cpu_info),
            "total_usable_ram_mb" => json!(facts.memory_mb),
            "total_usable_disk_gb" => json!(facts.local_gb),
            "free_ram_mb" => json!(self.free_ram_mb),
            "free_disk_mb" => json!(self.free_disk_mb),
            "vcpus_total" => json!(facts.vcpus),
            "vcpus_used" => json!(self.vcpus_used),
            "cpu_allocation_ratio" => json!(facts.cpu_allocation_ratio),
            "ram_allocation_ratio" => json!(facts.ram_allocation_ratio),
            "disk_allocation_ratio" => json!(facts.disk_allocation_ratio),
            "num_io_ops" => json!(self.num_io_ops),
            "num_instances" => json!(self.num_instances),
            "failed_builds" => json!(self.failed_builds()),
            _ => return None,
        };
        Some(value).filter(|value| !value.is_null())
    }
}

/// What a value has under a key; a text is read as JSON first.
fn inner(value: Value, key: &str) -> Option<Value> {
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).ok()?,
        value => value,
    };
    value.get(key).cloned()
}
