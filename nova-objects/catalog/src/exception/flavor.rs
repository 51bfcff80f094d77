//! Flavors.

nova_core::faults! {
    module "nova.exception";
    /// No such flavor.
    FlavorNotFound(404, safe, "Flavor {flavor_id} could not be found.") { flavor_id: String }
    /// No flavor of that name.
    FlavorNotFoundByName(404, safe, "Flavor with name {flavor_name} could not be found.") { flavor_name: String }
    /// A flavor of that name is there already.
    FlavorExists(500, safe, "Flavor with name {name} already exists.") { name: String }
    /// A flavor of that id is there already.
    FlavorIdExists(500, safe, "Flavor with ID {flavor_id} already exists.") { flavor_id: String }
    /// The project may use the flavor already.
    FlavorAccessExists(500, safe, "Flavor access already exists for flavor {flavor_id} and project {project_id} combination.")
        { flavor_id: String, project_id: String }
    /// The project was not among those that may use the flavor.
    FlavorAccessNotFound(404, safe, "Flavor access not found for {flavor_id} / {project_id} combination.")
        { flavor_id: String, project_id: String }
    /// The flavor has no extra spec of that key.
    FlavorExtraSpecsNotFound(404, safe, "Flavor {flavor_id} has no extra specs with key {extra_specs_key}.")
        { flavor_id: String, extra_specs_key: String }
    /// The image needs a bigger disk.
    FlavorDiskSmallerThanMinDisk(400, safe,
        "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is {flavor_size} \
         bytes, minimum size is {image_min_disk} bytes.") { flavor_size: i64, image_min_disk: i64 }
    /// The image does not fit on the disk.
    FlavorDiskSmallerThanImage(400, safe,
        "Flavor's disk is too small for requested image. Flavor disk is {flavor_size} bytes, image is {image_size} \
         bytes.") { flavor_size: i64, image_size: i64 }
    /// The image needs more memory.
    FlavorMemoryTooSmall(400, safe, "Flavor's memory is too small for requested image.") {}
}
