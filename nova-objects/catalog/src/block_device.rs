//! Block device mappings: the disks of an instance.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{BlockDeviceDestinationType, BlockDeviceMapping, BlockDeviceMappingList, BlockDeviceSourceType};

/// What a store does with [`BlockDeviceMapping`] records.
#[remotable(BlockDeviceMapping)]
pub trait BlockDeviceMappingActions {
    /// The only mapping of that volume: `VolumeBDMNotFound` when there is none, `VolumeBDMIsMultiAttach` when there are
    /// several.
    async fn get_by_volume(
        &self,
        cx: &RequestContext,
        volume_id: &str,
        expected_attrs: Option<&[String]>,
    ) -> Result<BlockDeviceMapping, Fault>;

    /// The mapping of that volume to that instance, or `VolumeBDMNotFound`.
    async fn get_by_volume_and_instance(
        &self,
        cx: &RequestContext,
        volume_id: &str,
        instance_uuid: &str,
        expected_attrs: Option<&[String]>,
    ) -> Result<BlockDeviceMapping, Fault>;

    /// Makes the record; one that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, mapping: &mut BlockDeviceMapping) -> Result<(), Fault>;

    /// Writes the changed fields of the record of the same instance and device name (or volume, image, swap), or makes
    /// it, in one transaction.
    async fn update_or_create(
        &self,
        cx: &RequestContext,
        mapping: &mut BlockDeviceMapping,
    ) -> Result<(), Fault>;

    /// Writes the changed fields. `BDMNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, mapping: &mut BlockDeviceMapping) -> Result<(), Fault>;

    /// Soft-deletes the record and unsets the object's id; without one it is an `ObjectActionError`.
    async fn destroy(&self, cx: &RequestContext, mapping: &mut BlockDeviceMapping) -> Result<(), Fault>;
}

/// What a store does with several [`BlockDeviceMapping`] records.
#[remotable(BlockDeviceMappingList)]
pub trait BlockDeviceMappingListActions {
    /// The disks of that instance.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        use_slave: Option<bool>,
    ) -> Result<BlockDeviceMappingList, Fault>;

    /// The disks of these instances.
    async fn get_by_instance_uuids(
        &self,
        cx: &RequestContext,
        instance_uuids: &[String],
        use_slave: Option<bool>,
    ) -> Result<BlockDeviceMappingList, Fault>;

    /// Every mapping of that volume; `VolumeBDMNotFound` when there is none.
    async fn get_by_volume(
        &self,
        cx: &RequestContext,
        volume_id: &str,
        use_slave: Option<bool>,
    ) -> Result<BlockDeviceMappingList, Fault>;
}

impl BlockDeviceMapping {
    /// Whether it boots.
    pub fn is_root(&self) -> bool {
        self.boot_index.present() == Some(&0)
    }

    /// Whether it is a volume of the volume service.
    pub fn is_volume(&self) -> bool {
        self.destination_type.present() == Some(&BlockDeviceDestinationType::Volume)
    }

    /// Whether it is swap: a blank local disk with that format.
    pub fn is_swap(&self) -> bool {
        let blank = self.source_type.present() == Some(&BlockDeviceSourceType::Blank);
        let local = self.destination_type.present() == Some(&BlockDeviceDestinationType::Local);
        blank && local && self.guest_format.present().is_some_and(|format| format == "swap")
    }
}

impl BlockDeviceMappingList {
    /// The disk that boots.
    pub fn root(&self) -> Option<&BlockDeviceMapping> {
        self.members().iter().find(|mapping| mapping.is_root())
    }

    /// The disks by instance.
    pub fn by_instance(&self) -> BTreeMap<&str, Vec<&BlockDeviceMapping>> {
        let mut disks: BTreeMap<&str, Vec<&BlockDeviceMapping>> = BTreeMap::new();
        for disk in self.members() {
            if let Some(instance) = disk.instance_uuid.value() {
                disks.entry(instance.as_str()).or_default().push(disk);
            }
        }
        disks
    }
}
