//! All objects at once. Emitted by the catalogue's generator, not written by hand.

use nova_objects::Registry;

use crate::generated::{
    BlockDeviceMapping, BlockDeviceMappingList, BuildRequest, BuildRequestList, CellMapping, CellMappingList,
    ComputeNode, ComputeNodeList, Destination, EC2Ids, Flavor, FlavorList, HVSpec, HostMapping,
    HostMappingList, ImageMeta, ImageMetaProps, Instance, InstanceAction, InstanceActionEvent,
    InstanceActionEventList, InstanceActionList, InstanceExternalEvent, InstanceFault, InstanceFaultList,
    InstanceGroup, InstanceGroupList, InstanceInfoCache, InstanceList, InstanceMapping, InstanceMappingList,
    KeyPair, KeyPairList, Migration, MigrationList, NUMATopologyLimits, NetworkMetadata, NetworkRequest,
    NetworkRequestList, PciDevice, PciDeviceList, PciDevicePool, PciDevicePoolList, RequestGroup,
    RequestLevelParams, RequestSpec, Resource, ResourceList, SchedulerLimits, SchedulerRetries,
    SecurityGroup, SecurityGroupList, Selection, Service, ServiceList, ShareMapping, ShareMappingList, Tag,
    TagList, TrustedCerts, VirtualInterface, VirtualInterfaceList,
};

/// Makes every object of the catalogue known to `registry`, so that it reads them and brings them down for older
/// peers. Objects that have actions there keep them.
pub fn with_catalogue(registry: Registry) -> Registry {
    registry
        .with_object::<BlockDeviceMapping>()
        .with_object::<BlockDeviceMappingList>()
        .with_object::<BuildRequest>()
        .with_object::<BuildRequestList>()
        .with_object::<CellMapping>()
        .with_object::<CellMappingList>()
        .with_object::<ComputeNode>()
        .with_object::<ComputeNodeList>()
        .with_object::<Destination>()
        .with_object::<EC2Ids>()
        .with_object::<Flavor>()
        .with_object::<FlavorList>()
        .with_object::<HVSpec>()
        .with_object::<HostMapping>()
        .with_object::<HostMappingList>()
        .with_object::<ImageMeta>()
        .with_object::<ImageMetaProps>()
        .with_object::<Instance>()
        .with_object::<InstanceAction>()
        .with_object::<InstanceActionEvent>()
        .with_object::<InstanceActionEventList>()
        .with_object::<InstanceActionList>()
        .with_object::<InstanceExternalEvent>()
        .with_object::<InstanceFault>()
        .with_object::<InstanceFaultList>()
        .with_object::<InstanceGroup>()
        .with_object::<InstanceGroupList>()
        .with_object::<InstanceInfoCache>()
        .with_object::<InstanceList>()
        .with_object::<InstanceMapping>()
        .with_object::<InstanceMappingList>()
        .with_object::<KeyPair>()
        .with_object::<KeyPairList>()
        .with_object::<Migration>()
        .with_object::<MigrationList>()
        .with_object::<NUMATopologyLimits>()
        .with_object::<NetworkMetadata>()
        .with_object::<NetworkRequest>()
        .with_object::<NetworkRequestList>()
        .with_object::<PciDevice>()
        .with_object::<PciDeviceList>()
        .with_object::<PciDevicePool>()
        .with_object::<PciDevicePoolList>()
        .with_object::<RequestGroup>()
        .with_object::<RequestLevelParams>()
        .with_object::<RequestSpec>()
        .with_object::<Resource>()
        .with_object::<ResourceList>()
        .with_object::<SchedulerLimits>()
        .with_object::<SchedulerRetries>()
        .with_object::<SecurityGroup>()
        .with_object::<SecurityGroupList>()
        .with_object::<Selection>()
        .with_object::<Service>()
        .with_object::<ServiceList>()
        .with_object::<ShareMapping>()
        .with_object::<ShareMappingList>()
        .with_object::<Tag>()
        .with_object::<TagList>()
        .with_object::<TrustedCerts>()
        .with_object::<VirtualInterface>()
        .with_object::<VirtualInterfaceList>()
}
