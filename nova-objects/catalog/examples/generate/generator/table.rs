//! The choices that Nova's registry does not hold: which objects, what they are for, which have a hand-written step,
//! when a field came that no recording shows, which values are kept from view. To add an object, add a line to [`OBJECTS`].

/// One object of the catalogue.
pub(crate) struct Choice {
    /// Nova's name.
    pub(crate) name: &'static str,
    /// What it is, as a sentence.
    pub(crate) summary: &'static str,
    /// Whether going back to older versions has a step written by hand (`impl Convert`).
    pub(crate) converts: bool,
}

const fn object(name: &'static str, summary: &'static str) -> Choice {
    Choice { name, summary, converts: false }
}

const fn converting(name: &'static str, summary: &'static str) -> Choice {
    Choice { name, summary, converts: true }
}

/// The catalogue. Nested objects that are not here are carried verbatim.
pub(crate) const OBJECTS: &[Choice] = &[
    object(
        "BlockDeviceMapping",
        "A disk of an instance: where it comes from, where it goes, how it is attached.",
    ),
    object("BlockDeviceMappingList", "The disks of one or several instances."),
    object("BuildRequest", "A server that was accepted and has no record in a cell yet."),
    object("BuildRequestList", "Several accepted servers."),
    object("CellMapping", "A cell: its database and its message bus."),
    object("CellMappingList", "Several cells."),
    object("ComputeNode", "A hypervisor and what it has: a service may run several."),
    object("ComputeNodeList", "Several hypervisors."),
    object("Destination", "Where a request must go, or may not go."),
    object("EC2Ids", "The EC2 names of an instance and its images."),
    object("Flavor", "A size of instance users can ask for."),
    object("FlavorList", "Several flavors."),
    converting("HVSpec", "One kind of guest a hypervisor can run."),
    object("HostMapping", "Which cell a compute host is in."),
    object("HostMappingList", "The cells of several hosts."),
    object("ImageMeta", "What the image service knows of an image."),
    object(
        "ImageMetaProps",
        "What an image asks of the hypervisor. Every property is unset unless the image has it.",
    ),
    object("Instance", "A virtual machine: its record in a cell."),
    object("InstanceAction", "Something a user asked of an instance, by request id."),
    object("InstanceActionEvent", "One step of an action, on one host."),
    object("InstanceActionEventList", "The steps of an action."),
    object("InstanceActionList", "What was asked of an instance."),
    object(
        "InstanceExternalEvent",
        "News of an instance from another service, such as a port that is now plugged.",
    ),
    object("InstanceFault", "Why an instance is in error."),
    object("InstanceFaultList", "Several faults."),
    converting("InstanceGroup", "Servers that are to be kept together, or apart."),
    object("InstanceGroupList", "Several server groups."),
    object(
        "InstanceInfoCache",
        "What is known of an instance's network, so that nobody asks for every listing.",
    ),
    object("InstanceList", "Several instances."),
    object("InstanceMapping", "Which cell an instance is in."),
    object("InstanceMappingList", "The cells of several instances."),
    object("KeyPair", "A public key a user may put into instances."),
    object("KeyPairList", "Several keys."),
    object("Migration", "A move of an instance between hosts, or a resize on one."),
    object("MigrationList", "Several moves."),
    object("NUMATopologyLimits", "How far the NUMA nodes of a host may be filled for one request."),
    object("NetworkMetadata", "The physical networks a request needs."),
    object("NetworkRequest", "One network interface a new instance is to have."),
    object("NetworkRequestList", "The interfaces a new instance is to have."),
    object("PciDevice", "A device of a host that can be passed through."),
    object("PciDeviceList", "Several devices."),
    object("PciDevicePool", "Devices of one kind on a host."),
    object("PciDevicePoolList", "The pools of a host."),
    object("RequestGroup", "Resources that one provider is to give together."),
    object("RequestLevelParams", "What a placement request asks beside its groups."),
    object(
        "RequestSpec",
        "What a user asked for, as the scheduler needs it; kept for the life of the instance.",
    ),
    object("Resource", "A device of another kind, such as persistent memory, that an instance has."),
    object("ResourceList", "The devices of other kinds an instance has."),
    object("SchedulerLimits", "How far a host may be filled for one request."),
    object("SchedulerRetries", "Which hosts were tried and failed."),
    object("SecurityGroup", "A security group. Nova fills in the name only."),
    object("SecurityGroupList", "The security groups of an instance."),
    object("Selection", "A host the scheduler chose."),
    object("Service", "A daemon of the fleet: one binary on one host."),
    object("ServiceList", "Several daemons."),
    object("ShareMapping", "A share of the shared file system service that is attached to an instance."),
    object("ShareMappingList", "Several attached shares."),
    object("Tag", "A word users attached to an instance."),
    object("TagList", "The tags of an instance."),
    object("TrustedCerts", "The certificates an image's signature may be checked with."),
    object("VirtualInterface", "A network interface of an instance."),
    object("VirtualInterfaceList", "Several interfaces."),
];

/// Object, field, the version that brought it: what no recording shows and Nova's own history does.
///
/// Most properties of images came with a version that is not certain to us, or are kept at older versions by Nova;
/// those are sent to every reader, which ignores the names it does not know.
pub(crate) const SINCE: &[(&str, &str, &str)] = &[
    ("BuildRequest", "block_device_mappings", "1.1"),
    ("BuildRequest", "tags", "1.3"),
    ("Destination", "cell", "1.1"),
    ("Destination", "aggregates", "1.2"),
    ("Destination", "allow_cross_cell_move", "1.3"),
    ("Destination", "forbidden_aggregates", "1.4"),
    ("ImageMetaProps", "hw_emulation_architecture", "1.31"),
    ("ImageMetaProps", "hw_ephemeral_encryption", "1.32"),
    ("ImageMetaProps", "hw_ephemeral_encryption_format", "1.32"),
    ("ImageMetaProps", "hw_ephemeral_encryption_secret_uuid", "1.37"),
    ("ImageMetaProps", "hw_firmware_stateless", "1.38"),
    ("ImageMetaProps", "hw_input_bus", "1.29"),
    ("ImageMetaProps", "hw_locked_memory", "1.33"),
    ("ImageMetaProps", "hw_maxphysaddr_bits", "1.36"),
    ("ImageMetaProps", "hw_maxphysaddr_mode", "1.36"),
    ("ImageMetaProps", "hw_mem_encryption", "1.24"),
    ("ImageMetaProps", "hw_pci_numa_affinity_policy", "1.25"),
    ("ImageMetaProps", "hw_pmu", "1.23"),
    ("ImageMetaProps", "hw_pointer_model", "1.14"),
    ("ImageMetaProps", "hw_rescue_bus", "1.15"),
    ("ImageMetaProps", "hw_rescue_device", "1.15"),
    ("ImageMetaProps", "hw_time_hpet", "1.21"),
    ("ImageMetaProps", "hw_tpm_model", "1.27"),
    ("ImageMetaProps", "hw_tpm_version", "1.27"),
    ("ImageMetaProps", "hw_viommu_model", "1.34"),
    ("ImageMetaProps", "hw_virtio_packed_ring", "1.35"),
    ("ImageMetaProps", "img_hide_hypervisor_id", "1.19"),
    ("ImageMetaProps", "traits_required", "1.20"),
    ("Migration", "dest_compute_id", "1.8"),
    ("NUMATopologyLimits", "network_metadata", "1.1"),
    ("NetworkRequest", "tag", "1.2"),
    ("NetworkRequest", "arq_uuid", "1.3"),
    ("NetworkRequest", "device_profile", "1.3"),
    ("PciDevicePool", "numa_node", "1.1"),
    ("RequestGroup", "requester_id", "1.1"),
    ("RequestGroup", "provider_uuids", "1.1"),
    ("RequestGroup", "in_tree", "1.2"),
    ("RequestGroup", "forbidden_aggregates", "1.3"),
    ("RequestLevelParams", "same_subtree", "1.1"),
    ("SecurityGroup", "uuid", "1.2"),
];

/// Texts to Nova that hold, or may hold, a secret: hidden in `Debug` here, the same on the wire.
pub(crate) const SECRETS: &[(&str, &str)] = &[
    ("CellMapping", "database_connection"),
    ("CellMapping", "transport_url"),
    ("Instance", "user_data"),
    ("ShareMapping", "access_key"),
];

/// Objects that are large beside those that hold them, and are held in a `Box`.
pub(crate) const BOXED: &[&str] = &["ImageMetaProps", "Instance"];
