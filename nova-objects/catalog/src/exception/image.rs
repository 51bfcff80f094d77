//! Images.

nova_core::faults! {
    module "nova.exception";
    /// No such image.
    ImageNotFound(404, safe, "Image {image_id} could not be found.") { image_id: String }
    /// The image is not ready, or not any more.
    ImageNotActive(500, safe, "Image {image_id} is not active.") { image_id: String }
    /// The image service refuses this caller.
    ImageNotAuthorized(500, safe, "Not authorized for image {image_id}.") { image_id: String }
    /// The image cannot be booted.
    ImageUnacceptable(400, safe, "Image {image_id} is unacceptable: {reason}") { image_id: String, reason: String }
}
