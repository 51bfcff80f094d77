//! What is read beside the row of an instance.

use std::collections::BTreeMap;

use nova_core::Fault;
use nova_objects::VersionedObject;
use nova_objects_catalog::exception::ObjectActionError;
use nova_objects_catalog::{Instance, PciDeviceList, SecurityGroupList, Service, ServiceList, TagList};

use super::{extra, metadata};
use crate::actions::{instance_fault, instance_info_cache, service};
use crate::error::ActionError;
use crate::tx::Tx;

/// Fields that are read only if asked for, beside those of `instance_extra`.
const OTHERS: &[&str] = &[
    "metadata",
    "system_metadata",
    "info_cache",
    "fault",
    "services",
    "security_groups",
    "pci_devices",
    "tags",
];

/// As many instances as are asked for at once.
const BATCH: usize = 1000;

/// Fields that are to be read beside the row's own.
#[derive(Clone, Debug, Default)]
pub(super) struct Attrs(Vec<&'static str>);

impl Attrs {
    /// What an action calls `expected_attrs`. Fields that have columns are welcome, and come anyway.
    pub(super) fn parse(names: &[impl AsRef<str>]) -> Result<Self, Fault> {
        let mut known = Vec::new();
        for name in names {
            let name = name.as_ref();
            match optional().find(|known| *known == name) {
                Some(name) => known.push(name),
                None if is_column(name) => {}
                None => return Err(unknown(name)),
            }
        }
        if known.contains(&"old_flavor") || known.contains(&"new_flavor") {
            known.push("flavor");
        }
        Ok(Self(known))
    }

    /// What comes along when nothing is said.
    pub(super) fn usual() -> Self {
        Self(vec!["info_cache", "security_groups"])
    }

    /// Those of `names`, or what comes along.
    pub(super) fn or_usual(names: Option<&[String]>) -> Result<Self, Fault> {
        names.map_or_else(|| Ok(Self::usual()), Self::parse)
    }

    /// Those of `names`, or nothing.
    pub(super) fn or_none(names: Option<&[String]>) -> Result<Self, Fault> {
        Self::parse(names.unwrap_or_default())
    }

    /// Those that `instance` has.
    pub(super) fn of(instance: &Instance) -> Self {
        let set: BTreeMap<_, _> = [
            ("metadata", instance.metadata.is_set()),
            ("system_metadata", instance.system_metadata.is_set()),
            ("info_cache", instance.info_cache.is_set()),
            ("fault", instance.fault.is_set()),
            ("services", instance.services.is_set()),
            ("security_groups", instance.security_groups.is_set()),
            ("pci_devices", instance.pci_devices.is_set()),
            ("tags", instance.tags.is_set()),
            ("flavor", instance.flavor.is_set()),
            ("numa_topology", instance.numa_topology.is_set()),
            ("pci_requests", instance.pci_requests.is_set()),
            ("vcpu_model", instance.vcpu_model.is_set()),
            ("migration_context", instance.migration_context.is_set()),
            ("keypairs", instance.keypairs.is_set()),
            ("device_metadata", instance.device_metadata.is_set()),
            ("trusted_certs", instance.trusted_certs.is_set()),
            ("resources", instance.resources.is_set()),
        ]
        .into();
        Self(optional().filter(|name| set.get(name) == Some(&true)).collect())
    }

    /// Loads them into `instances`.
    pub(super) async fn load(&self, tx: &Tx, instances: &mut [Instance]) -> Result<(), ActionError> {
        for batch in instances.chunks_mut(BATCH) {
            self.load_batch(tx, batch).await?;
        }
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    async fn load_batch(&self, tx: &Tx, instances: &mut [Instance]) -> Result<(), ActionError> {
        if self.0.is_empty() || instances.is_empty() {
            return Ok(());
        }
        let uuids: Vec<String> = instances.iter().map(uuid_of).collect();
        self.load_extra(tx, instances, &uuids).await?;
        self.load_metadata(tx, instances, &uuids).await?;
        self.load_objects(tx, instances, &uuids).await?;
        self.load_services(tx, instances).await?;
        self.load_nothing(instances);
        Ok(())
    }

    async fn load_extra(
        &self,
        tx: &Tx,
        instances: &mut [Instance],
        uuids: &[String],
    ) -> Result<(), ActionError> {
        if !self.0.iter().any(|name| extra::FIELDS.contains(name)) {
            return Ok(());
        }
        let rows = extra::rows_of(tx, uuids).await?;
        let rows: BTreeMap<_, _> = rows.iter().map(|row| (row.instance_uuid.as_str(), row)).collect();
        for (instance, uuid) in instances.iter_mut().zip(uuids) {
            extra::load(instance, rows.get(uuid.as_str()).copied(), &self.0)?;
        }
        Ok(())
    }

    async fn load_metadata(
        &self,
        tx: &Tx,
        instances: &mut [Instance],
        uuids: &[String],
    ) -> Result<(), ActionError> {
        if self.has("metadata") {
            let mut all = metadata::read(tx, uuids).await?;
            for (instance, uuid) in instances.iter_mut().zip(uuids) {
                instance.metadata.load(all.remove(uuid).unwrap_or_default());
            }
        }
        if self.has("system_metadata") {
            let mut all = metadata::read_system(tx, uuids).await?;
            for (instance, uuid) in instances.iter_mut().zip(uuids) {
                instance.system_metadata.load(all.remove(uuid).unwrap_or_default());
            }
        }
        Ok(())
    }

    async fn load_objects(
        &self,
        tx: &Tx,
        instances: &mut [Instance],
        uuids: &[String],
    ) -> Result<(), ActionError> {
        if self.has("info_cache") {
            let mut all = instance_info_cache::of_instances(tx, uuids).await?;
            for (instance, uuid) in instances.iter_mut().zip(uuids) {
                instance.info_cache.load(all.remove(uuid));
            }
        }
        if self.has("fault") {
            let mut all = instance_fault::latest_of(tx, uuids).await?;
            for (instance, uuid) in instances.iter_mut().zip(uuids) {
                instance.fault.load(all.remove(uuid));
            }
        }
        Ok(())
    }

    /// The compute service of each instance's host.
    async fn load_services(&self, tx: &Tx, instances: &mut [Instance]) -> Result<(), ActionError> {
        if !self.has("services") {
            return Ok(());
        }
        let mut known = BTreeMap::new();
        for instance in instances {
            let host = instance.host.present().cloned();
            if !known.contains_key(&host) {
                known.insert(host.clone(), compute_service(tx, host.as_deref()).await?);
            }
            instance.services.load(ServiceList::of(known.get(&host).cloned().unwrap_or_default()));
        }
        Ok(())
    }

    /// What no table of ours holds.
    fn load_nothing(&self, instances: &mut [Instance]) {
        for instance in instances {
            if self.has("security_groups") {
                instance.security_groups.load(SecurityGroupList::of(Vec::new()));
            }
            if self.has("pci_devices") {
                instance.pci_devices.load(Some(PciDeviceList::of(Vec::new())));
            }
            if self.has("tags") {
                instance.tags.load(TagList::of(Vec::new()));
            }
        }
    }
}

async fn compute_service(tx: &Tx, host: Option<&str>) -> Result<Vec<Service>, ActionError> {
    let services = service::of_host_in(tx, host).await?;
    let is_compute = |service: &&Service| service.binary.present().is_some_and(|name| name == "nova-compute");
    Ok(services.members().iter().filter(is_compute).cloned().collect())
}

fn optional() -> impl Iterator<Item = &'static str> {
    extra::FIELDS.iter().chain(OTHERS).copied()
}

fn is_column(name: &str) -> bool {
    name != "ec2_ids" && Instance::SPEC.fields.iter().any(|field| field.name == name)
}

fn unknown(name: &str) -> Fault {
    let reason = format!("attribute {name} not supported by the store");
    ObjectActionError { action: "obj_load_attr".to_owned(), reason }.into()
}

fn uuid_of(instance: &Instance) -> String {
    instance.uuid.value().map(ToString::to_string).unwrap_or_default()
}
