//! From Nova's objects to the driver's plain values.

use std::collections::BTreeMap;

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_neighbours::network::Vif;
use nova_objects_catalog::{Flavor, Instance};
use nova_virt::MachineSpec;
use nova_virt::spec::{DiskFormat, ImageSpec, NicSpec, Start};
use uuid::Uuid;

/// The machine that `instance` asks for, on `node`.
///
/// # Errors
/// The instance has no flavor loaded, or a size below zero, or an image id that is none.
pub(crate) fn machine_spec(instance: &Instance, node: &str, vifs: &[Vif]) -> Result<MachineSpec, Fault> {
    let flavor = instance.flavor.get().map_err(unset)?;
    let uuid = instance.uuid.get().map_err(unset)?;
    Ok(MachineSpec {
        uuid: parse(uuid.as_str(), "uuid")?,
        name: machine_name(instance),
        node: node.to_owned(),
        vcpus: size(flavor.vcpus.get().map_err(unset)?, "vcpus")?,
        memory_mb: size(flavor.memory_mb.get().map_err(unset)?, "memory_mb")?,
        root_gb: size(flavor.root_gb.value().unwrap_or(&0), "root_gb")?,
        ephemeral_gb: size(flavor.ephemeral_gb.value().unwrap_or(&0), "ephemeral_gb")?,
        swap_mb: size(flavor.swap.value().unwrap_or(&0), "swap")?,
        image: image(instance)?,
        disks: Vec::new(),
        nics: vifs.iter().map(nic).collect(),
        metadata: instance.metadata.value().cloned().unwrap_or_default(),
        extra_specs: extra_specs(flavor),
        start: Start::Running,
    })
}

/// Nova's `instance_name_template`, `instance-%08x` of the record's id.
fn machine_name(instance: &Instance) -> String {
    format!("instance-{:08x}", instance.id.value().copied().unwrap_or_default())
}

fn image(instance: &Instance) -> Result<Option<ImageSpec>, Fault> {
    let Some(id) = instance.image_ref.present().filter(|id| !id.is_empty()) else { return Ok(None) };
    parse(id, "image_ref")?;
    let system = instance.system_metadata.value();
    let of_image = system
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.strip_prefix("image_")?.to_owned(), value.clone()?)));
    let properties: BTreeMap<_, _> = of_image.collect();
    let format = match properties.get("disk_format").map(String::as_str) {
        Some("qcow2") => DiskFormat::Qcow2,
        Some("iso") => DiskFormat::Iso,
        _ => DiskFormat::Raw,
    };
    Ok(Some(ImageSpec { id: id.clone(), path: None, format, properties }))
}

fn nic(vif: &Vif) -> NicSpec {
    NicSpec { port: vif.id, mac: vif.address.clone(), device: None, mtu: None }
}

fn extra_specs(flavor: &Flavor) -> BTreeMap<String, String> {
    flavor.extra_specs.value().cloned().unwrap_or_default()
}

fn size<T: TryFrom<i64>>(value: &i64, field: &str) -> Result<T, Fault> {
    T::try_from(*value)
        .map_err(|_| ValueError { message: format!("a flavor's {field} cannot be {value}") }.into())
}

fn parse(text: &str, field: &str) -> Result<Uuid, Fault> {
    text.parse()
        .map_err(|_| ValueError { message: format!("an instance's {field} is not a uuid: {text:?}") }.into())
}

pub(crate) fn unset(unset: nova_objects::Unset) -> Fault {
    Fault::internal("reading an object", &unset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_objects_catalog::Flavor;

    fn instance() -> Instance {
        let mut flavor = Flavor::empty();
        flavor.vcpus.set(2);
        flavor.memory_mb.set(512);
        flavor.root_gb.set(5);
        let mut instance = Instance::empty();
        instance.id.set(26);
        instance.uuid.set("6f70656e-7374-4163-8b20-000000000001");
        instance.flavor.set(flavor);
        instance
    }

    #[test]
    fn a_machine_is_as_large_as_its_flavor_and_named_by_its_record() {
        let spec = machine_spec(&instance(), "node-1", &[]).unwrap();
        assert_eq!((spec.vcpus, spec.memory_mb, spec.root_gb, spec.ephemeral_gb), (2, 512, 5, 0));
        assert_eq!((&*spec.name, &*spec.node), ("instance-0000001a", "node-1"));
        assert!(spec.image.is_none());
    }

    #[test]
    fn the_images_properties_come_from_the_system_metadata() {
        let mut instance = instance();
        instance.image_ref.set(Some("70a599e0-31e7-49b7-b260-868f441e862b".to_owned()));
        let system = [("image_disk_format", "qcow2"), ("image_hw_disk_bus", "scsi"), ("other", "x")];
        let system = system.map(|(key, value)| (key.to_owned(), Some(value.to_owned())));
        instance.system_metadata.set(BTreeMap::from(system));
        let image = machine_spec(&instance, "n", &[]).unwrap().image.unwrap();
        assert_eq!(image.format, DiskFormat::Qcow2);
        assert_eq!(
            image.properties.keys().map(String::as_str).collect::<Vec<_>>(),
            ["disk_format", "hw_disk_bus"]
        );
    }

    #[test]
    fn what_cannot_be_a_machine_is_an_error_that_names_the_field() {
        let mut negative = instance();
        negative.flavor.nested_mut().unwrap().vcpus.set(-1);
        assert!(machine_spec(&negative, "n", &[]).unwrap_err().to_string().contains("vcpus"));
        let mut bad_image = instance();
        bad_image.image_ref.set(Some("../../etc/passwd".to_owned()));
        assert!(machine_spec(&bad_image, "n", &[]).unwrap_err().to_string().contains("image_ref"));
        assert!(machine_spec(&Instance::empty(), "n", &[]).unwrap_err().to_string().contains("flavor"));
    }
}
