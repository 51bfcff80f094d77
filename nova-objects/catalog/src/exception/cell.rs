//! Mappings to cells, and what is kept outside of them.

nova_core::faults! {
    module "nova.exception";
    /// The host is in no cell.
    HostMappingNotFound(400, safe, "Host '{name}' is not mapped to any cell") { name: String }
    /// The instance has no mapping at all.
    InstanceMappingNotFound(404, safe, "Instance {uuid} has no mapping to a cell.") { uuid: String }
    /// No such cell.
    CellMappingNotFound(404, safe, "Cell {uuid} has no mapping.") { uuid: String }
    /// The server is not waiting to be built: it was built, or deleted before.
    BuildRequestNotFound(404, safe, "BuildRequest not found for instance {uuid}") { uuid: String }
    /// Nobody kept what was asked for.
    RequestSpecNotFound(404, safe, "RequestSpec not found for instance {instance_uuid}") { instance_uuid: String }
}
