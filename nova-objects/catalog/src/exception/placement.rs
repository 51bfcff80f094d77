//! Resource providers and allocations.

nova_core::faults! {
    module "nova.exception";
    /// Somebody else changed the provider since it was read.
    ResourceProviderUpdateConflict(409,
        "A conflict was encountered attempting to update resource provider {uuid} (generation {generation}): {error}")
        { uuid: String, generation: i64, error: String }
    /// The provider could not be made.
    ResourceProviderCreationFailed(500, "Failed to create resource provider {name}") { name: String }
    /// The consumer's allocations could not be changed.
    AllocationUpdateFailed(500, "Failed to update allocations for consumer {consumer_uuid}. Error: {error}")
        { consumer_uuid: String, error: String }
    /// The consumer's allocations could not be removed.
    AllocationDeleteFailed(500, "Failed to delete allocations for consumer {consumer_uuid}. Error: {error}")
        { consumer_uuid: String, error: String }
    /// The consumer's allocations could not be read.
    ConsumerAllocationRetrievalFailed(500,
        "Failed to retrieve allocations for consumer {consumer_uuid}: {error}")
        { consumer_uuid: String, error: String }
}
