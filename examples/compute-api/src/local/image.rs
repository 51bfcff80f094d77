//! An image as records have it.

use nova_neighbours::image::ImageInfo;
use nova_objects::VersionedObject;
use nova_objects_catalog::{ImageMeta, ImageMetaProps};
use nova_rpcapi::operations::ImageFacts;
use serde_json::{Value, json};

/// What the record of an instance with a root disk of `root_gb` GiB says of its image, for as long as it has it.
pub(super) fn facts(image: &ImageInfo, root_gb: u64) -> ImageFacts {
    let own = [
        ("min_ram", image.min_ram.to_string()),
        ("min_disk", image.min_disk.max(root_gb).to_string()),
        ("disk_format", image.disk_format.clone()),
        ("container_format", image.container_format.clone()),
        ("base_image_ref", image.id.to_string()),
    ];
    let all = own.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(image.properties.clone());
    let property = |name: &str| image.properties.get(name).cloned();
    ImageFacts {
        image_ref: image.id.to_string(),
        properties: all.map(|(key, value)| (key, value.chars().take(255).collect())).collect(),
        architecture: property("architecture").or_else(|| property("hw_architecture")),
        os_type: property("os_type"),
        vm_mode: property("vm_mode").or_else(|| property("hw_vm_mode")),
        kernel_id: property("kernel_id").unwrap_or_default(),
        ramdisk_id: property("ramdisk_id").unwrap_or_default(),
        root_device_name: property("root_device_name"),
    }
}

/// The image as schedulers look at it.
pub(super) fn meta(image: &ImageInfo) -> ImageMeta {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut meta = ImageMeta::empty();
    meta.id.set(image.id);
    meta.name.set(image.name.clone());
    meta.status.set(image.status.clone());
    meta.disk_format.set(image.disk_format.clone());
    meta.container_format.set(image.container_format.clone());
    meta.size.set(number(image.size));
    meta.min_disk.set(number(image.min_disk));
    meta.min_ram.set(number(image.min_ram));
    if let Some(owner) = &image.owner {
        meta.owner.set(owner.clone());
    }
    meta.properties.set(Box::new(properties(image)));
    meta
}

/// The properties that Nova's object has. A value it would not take is logged and left out.
fn properties(image: &ImageInfo) -> ImageMetaProps {
    let known = |name: &str| ImageMetaProps::SPEC.fields.iter().any(|field| field.name == name);
    let mut kept = serde_json::Map::new();
    for (name, value) in image.properties.iter().filter(|(name, _)| known(name)) {
        let alone = serde_json::Map::from_iter([(name.clone(), json!(value))]);
        match properties_of(alone) {
            Ok(_) => drop(kept.insert(name.clone(), json!(value))),
            Err(error) => {
                tracing::warn!(image = %image.id, property = %name, %error, "an image property is left out")
            }
        }
    }
    properties_of(kept).unwrap_or_else(|_| ImageMetaProps::empty())
}

fn properties_of(data: serde_json::Map<String, Value>) -> Result<ImageMetaProps, serde_json::Error> {
    let spec = ImageMetaProps::SPEC;
    serde_json::from_value(json!({
        "nova_object.name": spec.name,
        "nova_object.namespace": spec.namespace,
        "nova_object.version": spec.version.to_string(),
        "nova_object.data": data,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn properties_of_an_image_reach_the_scheduler_and_odd_ones_do_not_stop_it() {
        let image: ImageInfo = serde_json::from_value(json!({"id": Uuid::from_u128(1), "name": "i", "properties":
            {"hw_disk_bus": "scsi", "hw_cpu_sockets": "2", "hw_vif_model": "carrier-pigeon", "colour": "red"}}))
        .unwrap();
        let properties = properties(&image);
        assert_eq!(properties.hw_disk_bus.value().map(|bus| bus.as_str()), Some("scsi"));
        assert_eq!(properties.hw_cpu_sockets.value(), Some(&2));
        assert!(!properties.hw_vif_model.is_set());
    }
}
