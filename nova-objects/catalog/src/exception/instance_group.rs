//! Server groups.

nova_core::faults! {
    module "nova.exception";
    /// No such server group.
    InstanceGroupNotFound(404, safe, "Instance group {group_uuid} could not be found.") { group_uuid: String }
    /// A server group of that uuid is there already.
    InstanceGroupIdExists(500, safe, "Instance group {group_uuid} already exists.") { group_uuid: String }
}
