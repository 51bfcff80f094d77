//! Disks and volumes.

nova_core::faults! {
    module "nova.exception";
    /// No such block device mapping.
    BDMNotFound(404, safe, "No Block Device Mapping with id {id}.") { id: String }
    /// No instance has the volume.
    VolumeBDMNotFound(404, safe, "No volume Block Device Mapping with id {volume_id}.") { volume_id: String }
    /// Several instances have the volume, and the request needs the only one.
    VolumeBDMIsMultiAttach(400, safe,
        "Block Device Mapping {volume_id} is a multi-attach volume and is not valid for this operation.")
        { volume_id: String }
    /// No such volume.
    VolumeNotFound(404, safe, "Volume {volume_id} could not be found.") { volume_id: String }
    /// The instance does not have that share.
    ShareNotFound(404, safe, "Share {share_id} could not be found.") { share_id: String }
    /// The volume cannot be used this way.
    InvalidVolume(400, safe, "Invalid volume: {reason}") { reason: String }
    /// The disks that were asked for make no sense.
    InvalidBDM(400, safe, "Block Device Mapping is Invalid.") {}
}
