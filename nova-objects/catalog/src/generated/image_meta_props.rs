//! `ImageMetaProps` 1.44. Emitted by the catalogue's generator, not written by hand.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use nova_objects::types::{FlexibleBool, Uuid};
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{
    Architecture, BlockDeviceEncryptionFormatType, BlockDeviceType, ConfigDrivePolicy, CpuAllocationPolicy,
    CpuThreadAllocationPolicy, DiskBus, FirmwareType, HvType, ImageSignatureHashType, ImageSignatureKeyType,
    InputBus, MaxPhysAddrMode, MemEncryptionModel, OsType, PciNumaAffinityPolicy, PointerModel, RngModel,
    ScsiModel, SecureBoot, SoundModel, TpmModel, TpmVersion, UsbControllerModel, VideoModel, VifModel,
    ViommuModel, VmMode, WatchdogAction,
};

/// What an image asks of the hypervisor. Every property is unset unless the image has it.
#[doc(alias = "nova.objects.image_meta.ImageMetaProps")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.44")]
pub struct ImageMetaProps {
    /// The version it is at.
    pub meta: Meta,
    /// The property `hw_architecture` of the image.
    pub hw_architecture: Field<Architecture>,
    /// The property `hw_auto_disk_config` of the image.
    pub hw_auto_disk_config: Field<String>,
    /// The property `hw_boot_menu` of the image.
    pub hw_boot_menu: Field<FlexibleBool>,
    /// The property `hw_cdrom_bus` of the image.
    pub hw_cdrom_bus: Field<DiskBus>,
    /// The property `hw_cpu_cores` of the image.
    pub hw_cpu_cores: Field<i64>,
    /// The property `hw_cpu_max_cores` of the image.
    pub hw_cpu_max_cores: Field<i64>,
    /// The property `hw_cpu_max_sockets` of the image.
    pub hw_cpu_max_sockets: Field<i64>,
    /// The property `hw_cpu_max_threads` of the image.
    pub hw_cpu_max_threads: Field<i64>,
    /// The property `hw_cpu_policy` of the image.
    pub hw_cpu_policy: Field<CpuAllocationPolicy>,
    /// The property `hw_cpu_realtime_mask` of the image.
    pub hw_cpu_realtime_mask: Field<String>,
    /// The property `hw_cpu_sockets` of the image.
    pub hw_cpu_sockets: Field<i64>,
    /// The property `hw_cpu_thread_policy` of the image.
    pub hw_cpu_thread_policy: Field<CpuThreadAllocationPolicy>,
    /// The property `hw_cpu_threads` of the image.
    pub hw_cpu_threads: Field<i64>,
    /// The property `hw_device_id` of the image.
    pub hw_device_id: Field<i64>,
    /// The property `hw_disk_bus` of the image.
    pub hw_disk_bus: Field<DiskBus>,
    /// The property `hw_disk_type` of the image.
    pub hw_disk_type: Field<String>,
    /// The property `hw_emulation_architecture` of the image.
    #[object(since = "1.31")]
    pub hw_emulation_architecture: Field<Architecture>,
    /// The property `hw_ephemeral_encryption` of the image.
    #[object(since = "1.32")]
    pub hw_ephemeral_encryption: Field<FlexibleBool>,
    /// The property `hw_ephemeral_encryption_format` of the image.
    #[object(since = "1.32")]
    pub hw_ephemeral_encryption_format: Field<BlockDeviceEncryptionFormatType>,
    /// The property `hw_ephemeral_encryption_secret_uuid` of the image.
    #[object(since = "1.37")]
    pub hw_ephemeral_encryption_secret_uuid: Field<Uuid>,
    /// The property `hw_firmware_stateless` of the image.
    #[object(since = "1.38")]
    pub hw_firmware_stateless: Field<FlexibleBool>,
    /// The property `hw_firmware_type` of the image.
    pub hw_firmware_type: Field<FirmwareType>,
    /// The property `hw_floppy_bus` of the image.
    pub hw_floppy_bus: Field<DiskBus>,
    /// The property `hw_input_bus` of the image.
    #[object(since = "1.29")]
    pub hw_input_bus: Field<InputBus>,
    /// The property `hw_ipxe_boot` of the image.
    pub hw_ipxe_boot: Field<FlexibleBool>,
    /// The property `hw_locked_memory` of the image.
    #[object(since = "1.33")]
    pub hw_locked_memory: Field<FlexibleBool>,
    /// The property `hw_machine_type` of the image.
    pub hw_machine_type: Field<String>,
    /// The property `hw_maxphysaddr_bits` of the image.
    #[object(since = "1.36")]
    pub hw_maxphysaddr_bits: Field<i64>,
    /// The property `hw_maxphysaddr_mode` of the image.
    #[object(since = "1.36")]
    pub hw_maxphysaddr_mode: Field<MaxPhysAddrMode>,
    /// The property `hw_mem_encryption` of the image.
    #[object(since = "1.24")]
    pub hw_mem_encryption: Field<FlexibleBool>,
    /// The property `hw_mem_encryption_model` of the image.
    pub hw_mem_encryption_model: Field<MemEncryptionModel>,
    /// The property `hw_mem_page_size` of the image.
    pub hw_mem_page_size: Field<String>,
    /// The property `hw_numa_cpus` of the image.
    pub hw_numa_cpus: Field<Vec<BTreeSet<i64>>>,
    /// The property `hw_numa_mem` of the image.
    pub hw_numa_mem: Field<Vec<i64>>,
    /// The property `hw_numa_nodes` of the image.
    pub hw_numa_nodes: Field<i64>,
    /// The property `hw_pci_numa_affinity_policy` of the image.
    #[object(since = "1.25")]
    pub hw_pci_numa_affinity_policy: Field<PciNumaAffinityPolicy>,
    /// The property `hw_pmu` of the image.
    #[object(since = "1.23")]
    pub hw_pmu: Field<FlexibleBool>,
    /// The property `hw_pointer_model` of the image.
    #[object(since = "1.14")]
    pub hw_pointer_model: Field<PointerModel>,
    /// The property `hw_qemu_guest_agent` of the image.
    pub hw_qemu_guest_agent: Field<FlexibleBool>,
    /// The property `hw_redirected_usb_ports` of the image.
    pub hw_redirected_usb_ports: Field<i64>,
    /// The property `hw_rescue_bus` of the image.
    #[object(since = "1.15")]
    pub hw_rescue_bus: Field<DiskBus>,
    /// The property `hw_rescue_device` of the image.
    #[object(since = "1.15")]
    pub hw_rescue_device: Field<BlockDeviceType>,
    /// The property `hw_rng_model` of the image.
    pub hw_rng_model: Field<RngModel>,
    /// The property `hw_scsi_model` of the image.
    pub hw_scsi_model: Field<ScsiModel>,
    /// The property `hw_serial_port_count` of the image.
    pub hw_serial_port_count: Field<i64>,
    /// The property `hw_sound_model` of the image.
    pub hw_sound_model: Field<SoundModel>,
    /// The property `hw_time_hpet` of the image.
    #[object(since = "1.21")]
    pub hw_time_hpet: Field<FlexibleBool>,
    /// The property `hw_tpm_model` of the image.
    #[object(since = "1.27")]
    pub hw_tpm_model: Field<TpmModel>,
    /// The property `hw_tpm_version` of the image.
    #[object(since = "1.27")]
    pub hw_tpm_version: Field<TpmVersion>,
    /// The property `hw_usb_model` of the image.
    pub hw_usb_model: Field<UsbControllerModel>,
    /// The property `hw_video_model` of the image.
    pub hw_video_model: Field<VideoModel>,
    /// The property `hw_video_ram` of the image.
    pub hw_video_ram: Field<i64>,
    /// The property `hw_vif_model` of the image.
    pub hw_vif_model: Field<VifModel>,
    /// The property `hw_vif_multiqueue_enabled` of the image.
    pub hw_vif_multiqueue_enabled: Field<FlexibleBool>,
    /// The property `hw_viommu_model` of the image.
    #[object(since = "1.34")]
    pub hw_viommu_model: Field<ViommuModel>,
    /// The property `hw_virtio_packed_ring` of the image.
    #[object(since = "1.35")]
    pub hw_virtio_packed_ring: Field<FlexibleBool>,
    /// The property `hw_vm_mode` of the image.
    pub hw_vm_mode: Field<VmMode>,
    /// The property `hw_watchdog_action` of the image.
    pub hw_watchdog_action: Field<WatchdogAction>,
    /// The property `img_bdm_v2` of the image.
    pub img_bdm_v2: Field<FlexibleBool>,
    /// The property `img_bittorrent` of the image.
    pub img_bittorrent: Field<FlexibleBool>,
    /// The property `img_block_device_mapping` of the image.
    pub img_block_device_mapping: Field<Vec<BTreeMap<String, Option<String>>>>,
    /// The property `img_cache_in_nova` of the image.
    pub img_cache_in_nova: Field<FlexibleBool>,
    /// The property `img_compression_level` of the image.
    pub img_compression_level: Field<i64>,
    /// The property `img_config_drive` of the image.
    pub img_config_drive: Field<ConfigDrivePolicy>,
    /// The property `img_hide_hypervisor_id` of the image.
    #[object(since = "1.19")]
    pub img_hide_hypervisor_id: Field<FlexibleBool>,
    /// The property `img_hv_requested_version` of the image.
    pub img_hv_requested_version: Field<String>,
    /// The property `img_hv_type` of the image.
    pub img_hv_type: Field<HvType>,
    /// The property `img_linked_clone` of the image.
    pub img_linked_clone: Field<FlexibleBool>,
    /// The property `img_mappings` of the image.
    pub img_mappings: Field<Vec<BTreeMap<String, Option<String>>>>,
    /// The property `img_owner_id` of the image.
    pub img_owner_id: Field<String>,
    /// The property `img_root_device_name` of the image.
    pub img_root_device_name: Field<String>,
    /// The property `img_signature` of the image.
    pub img_signature: Field<String>,
    /// The property `img_signature_certificate_uuid` of the image.
    pub img_signature_certificate_uuid: Field<Uuid>,
    /// The property `img_signature_hash_method` of the image.
    pub img_signature_hash_method: Field<ImageSignatureHashType>,
    /// The property `img_signature_key_type` of the image.
    pub img_signature_key_type: Field<ImageSignatureKeyType>,
    /// The property `img_use_agent` of the image.
    pub img_use_agent: Field<FlexibleBool>,
    /// The property `img_version` of the image.
    pub img_version: Field<i64>,
    /// The property `os_admin_user` of the image.
    pub os_admin_user: Field<String>,
    /// The property `os_command_line` of the image.
    pub os_command_line: Field<String>,
    /// The property `os_distro` of the image.
    pub os_distro: Field<String>,
    /// The property `os_require_quiesce` of the image.
    pub os_require_quiesce: Field<FlexibleBool>,
    /// The property `os_secure_boot` of the image.
    pub os_secure_boot: Field<SecureBoot>,
    /// The property `os_skip_agent_inject_files_at_boot` of the image.
    pub os_skip_agent_inject_files_at_boot: Field<FlexibleBool>,
    /// The property `os_skip_agent_inject_ssh` of the image.
    pub os_skip_agent_inject_ssh: Field<FlexibleBool>,
    /// The property `os_type` of the image.
    pub os_type: Field<OsType>,
    /// The property `traits_required` of the image.
    #[object(since = "1.20")]
    pub traits_required: Field<Vec<String>>,
}
