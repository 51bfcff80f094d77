//! What is about nothing in particular.

nova_core::faults! {
    module "nova.exception";
    /// Something is not there.
    NotFound(404, "Resource could not be found.") {}
    /// The request makes no sense.
    Invalid(400, "Bad Request - Invalid Parameters") {}
    /// A value of the request makes no sense.
    InvalidInput(400, safe, "Invalid input received: {reason}") { reason: String }
    /// A listing was to be sorted by something it cannot be sorted by.
    InvalidSortKey(400, safe, "Sort key supplied is invalid.") {}
    /// A listing was to go on after something that is not in it.
    MarkerNotFound(404, safe, "Marker {marker} could not be found.") { marker: String }
    /// The caller may not do this.
    Forbidden(403, safe, "Forbidden") {}
    /// A rule of the policy says the caller may not do this.
    PolicyNotAuthorized(403, safe, "Policy doesn't allow {action} to be performed.") { action: String }
    /// A record with the same identity is there already.
    DuplicateRecord(500, "Unable to create duplicate record for {target}") { target: String }
    /// An action on an object cannot be done, for example a second `create`.
    ObjectActionError(500, "Object action {action} failed because: {reason}") { action: String, reason: String }
    /// No such move.
    MigrationNotFound(404, safe, "Migration {migration_id} could not be found.") { migration_id: String }
    /// The hypervisor has no device at that address.
    PciDeviceNotFound(404, "PCI Device {node_id}:{address} not found.") { node_id: i64, address: String }
    /// The user has a key of that name already.
    KeyPairExists(500, safe, "Key pair '{key_name}' already exists.") { key_name: String }
    /// The user has no key of that name.
    KeypairNotFound(404, safe, "Keypair {name} not found for user {user_id}") { name: String, user_id: String }
}
