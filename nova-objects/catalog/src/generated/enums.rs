//! Nova's enums. Emitted by the catalogue's generator, not written by hand.

use nova_objects::object_enum;

object_enum! {
    /// The values of `HVSpec.arch`, `ImageMetaProps.hw_architecture`,
    /// `ImageMetaProps.hw_emulation_architecture`.
    pub enum Architecture {
        /// `alpha`.
        Alpha = "alpha",
        /// `armv6`.
        Armv6 = "armv6",
        /// `armv7l`.
        Armv7l = "armv7l",
        /// `armv7b`.
        Armv7b = "armv7b",
        /// `aarch64`.
        Aarch64 = "aarch64",
        /// `cris`.
        Cris = "cris",
        /// `i686`.
        I686 = "i686",
        /// `ia64`.
        Ia64 = "ia64",
        /// `lm32`.
        Lm32 = "lm32",
        /// `m68k`.
        M68k = "m68k",
        /// `microblaze`.
        Microblaze = "microblaze",
        /// `microblazeel`.
        Microblazeel = "microblazeel",
        /// `mips`.
        Mips = "mips",
        /// `mipsel`.
        Mipsel = "mipsel",
        /// `mips64`.
        Mips64 = "mips64",
        /// `mips64el`.
        Mips64el = "mips64el",
        /// `openrisc`.
        Openrisc = "openrisc",
        /// `parisc`.
        Parisc = "parisc",
        /// `parisc64`.
        Parisc64 = "parisc64",
        /// `ppc`.
        Ppc = "ppc",
        /// `ppcle`.
        Ppcle = "ppcle",
        /// `ppc64`.
        Ppc64 = "ppc64",
        /// `ppc64le`.
        Ppc64le = "ppc64le",
        /// `ppcemb`.
        Ppcemb = "ppcemb",
        /// `s390`.
        S390 = "s390",
        /// `s390x`.
        S390x = "s390x",
        /// `sh4`.
        Sh4 = "sh4",
        /// `sh4eb`.
        Sh4eb = "sh4eb",
        /// `sparc`.
        Sparc = "sparc",
        /// `sparc64`.
        Sparc64 = "sparc64",
        /// `unicore32`.
        Unicore32 = "unicore32",
        /// `x86_64`.
        X86_64 = "x86_64",
        /// `xtensa`.
        Xtensa = "xtensa",
        /// `xtensaeb`.
        Xtensaeb = "xtensaeb",
    }
}

object_enum! {
    /// The values of `BlockDeviceMapping.destination_type`.
    pub enum BlockDeviceDestinationType {
        /// `local`.
        Local = "local",
        /// `volume`.
        Volume = "volume",
    }
}

object_enum! {
    /// The values of `BlockDeviceMapping.encryption_format`, `ImageMetaProps.hw_ephemeral_encryption_format`.
    pub enum BlockDeviceEncryptionFormatType {
        /// `plain`.
        Plain = "plain",
        /// `luks`.
        Luks = "luks",
        /// `luksv2`.
        Luksv2 = "luksv2",
    }
}

object_enum! {
    /// The values of `BlockDeviceMapping.source_type`.
    pub enum BlockDeviceSourceType {
        /// `blank`.
        Blank = "blank",
        /// `image`.
        Image = "image",
        /// `snapshot`.
        Snapshot = "snapshot",
        /// `volume`.
        Volume = "volume",
    }
}

object_enum! {
    /// The values of `BlockDeviceMapping.device_type`, `ImageMetaProps.hw_rescue_device`.
    pub enum BlockDeviceType {
        /// `cdrom`.
        Cdrom = "cdrom",
        /// `disk`.
        Disk = "disk",
        /// `floppy`.
        Floppy = "floppy",
        /// `fs`.
        Fs = "fs",
        /// `lun`.
        Lun = "lun",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.img_config_drive`.
    pub enum ConfigDrivePolicy {
        /// `optional`.
        Optional = "optional",
        /// `mandatory`.
        Mandatory = "mandatory",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_cpu_policy`.
    pub enum CpuAllocationPolicy {
        /// `dedicated`.
        Dedicated = "dedicated",
        /// `shared`.
        Shared = "shared",
        /// `mixed`.
        Mixed = "mixed",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_cpu_thread_policy`.
    pub enum CpuThreadAllocationPolicy {
        /// `prefer`.
        Prefer = "prefer",
        /// `isolate`.
        Isolate = "isolate",
        /// `require`.
        Require = "require",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_cdrom_bus`, `ImageMetaProps.hw_disk_bus`,
    /// `ImageMetaProps.hw_floppy_bus`, `ImageMetaProps.hw_rescue_bus`.
    pub enum DiskBus {
        /// `fdc`.
        Fdc = "fdc",
        /// `ide`.
        Ide = "ide",
        /// `sata`.
        Sata = "sata",
        /// `scsi`.
        Scsi = "scsi",
        /// `usb`.
        Usb = "usb",
        /// `virtio`.
        Virtio = "virtio",
        /// `xen`.
        Xen = "xen",
        /// `lxc`.
        Lxc = "lxc",
        /// `uml`.
        Uml = "uml",
    }
}

object_enum! {
    /// The values of `InstanceExternalEvent.name`.
    pub enum ExternalEventName {
        /// `network-changed`.
        NetworkChanged = "network-changed",
        /// `network-vif-plugged`.
        NetworkVifPlugged = "network-vif-plugged",
        /// `network-vif-unplugged`.
        NetworkVifUnplugged = "network-vif-unplugged",
        /// `network-vif-deleted`.
        NetworkVifDeleted = "network-vif-deleted",
        /// `volume-extended`.
        VolumeExtended = "volume-extended",
        /// `power-update`.
        PowerUpdate = "power-update",
        /// `accelerator-request-bound`.
        AcceleratorRequestBound = "accelerator-request-bound",
        /// `volume-reimaged`.
        VolumeReimaged = "volume-reimaged",
    }
}

object_enum! {
    /// The values of `InstanceExternalEvent.status`.
    pub enum ExternalEventStatus {
        /// `failed`.
        Failed = "failed",
        /// `completed`.
        Completed = "completed",
        /// `in-progress`.
        InProgress = "in-progress",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_firmware_type`.
    pub enum FirmwareType {
        /// `uefi`.
        Uefi = "uefi",
        /// `bios`.
        Bios = "bios",
    }
}

object_enum! {
    /// The values of `HVSpec.hv_type`, `ImageMetaProps.img_hv_type`.
    pub enum HvType {
        /// `baremetal`.
        Baremetal = "baremetal",
        /// `bhyve`.
        Bhyve = "bhyve",
        /// `docker`.
        Docker = "docker",
        /// `fake`.
        Fake = "fake",
        /// `hyperv`.
        Hyperv = "hyperv",
        /// `ironic`.
        Ironic = "ironic",
        /// `kqemu`.
        Kqemu = "kqemu",
        /// `kvm`.
        Kvm = "kvm",
        /// `lxc`.
        Lxc = "lxc",
        /// `lxd`.
        Lxd = "lxd",
        /// `openvz`.
        Openvz = "openvz",
        /// `parallels`.
        Parallels = "parallels",
        /// `phyp`.
        Phyp = "phyp",
        /// `qemu`.
        Qemu = "qemu",
        /// `test`.
        Test = "test",
        /// `uml`.
        Uml = "uml",
        /// `vbox`.
        Vbox = "vbox",
        /// `vz`.
        Vz = "vz",
        /// `vmware`.
        Vmware = "vmware",
        /// `xen`.
        Xen = "xen",
        /// `zvm`.
        Zvm = "zvm",
        /// `prsm`.
        Prsm = "prsm",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.img_signature_hash_method`.
    pub enum ImageSignatureHashType {
        /// `SHA-224`.
        Sha224 = "SHA-224",
        /// `SHA-256`.
        Sha256 = "SHA-256",
        /// `SHA-384`.
        Sha384 = "SHA-384",
        /// `SHA-512`.
        Sha512 = "SHA-512",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.img_signature_key_type`.
    pub enum ImageSignatureKeyType {
        /// `DSA`.
        Dsa = "DSA",
        /// `ECC_SECP384R1`.
        EccSecp384r1 = "ECC_SECP384R1",
        /// `ECC_SECP521R1`.
        EccSecp521r1 = "ECC_SECP521R1",
        /// `ECC_SECT409K1`.
        EccSect409k1 = "ECC_SECT409K1",
        /// `ECC_SECT409R1`.
        EccSect409r1 = "ECC_SECT409R1",
        /// `ECC_SECT571K1`.
        EccSect571k1 = "ECC_SECT571K1",
        /// `ECC_SECT571R1`.
        EccSect571r1 = "ECC_SECT571R1",
        /// `RSA-PSS`.
        RsaPss = "RSA-PSS",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_input_bus`.
    pub enum InputBus {
        /// `usb`.
        Usb = "usb",
        /// `virtio`.
        Virtio = "virtio",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_maxphysaddr_mode`.
    pub enum MaxPhysAddrMode {
        /// `passthrough`.
        Passthrough = "passthrough",
        /// `emulate`.
        Emulate = "emulate",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_mem_encryption_model`.
    pub enum MemEncryptionModel {
        /// `amd-sev`.
        AmdSev = "amd-sev",
        /// `amd-sev-es`.
        AmdSevEs = "amd-sev-es",
        /// `amd-sev-snp`.
        AmdSevSnp = "amd-sev-snp",
        /// `intel-tdx`.
        IntelTdx = "intel-tdx",
    }
}

object_enum! {
    /// The values of `Migration.migration_type`.
    pub enum MigrationType {
        /// `migration`.
        Migration = "migration",
        /// `resize`.
        Resize = "resize",
        /// `live-migration`.
        LiveMigration = "live-migration",
        /// `evacuation`.
        Evacuation = "evacuation",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.os_type`.
    pub enum OsType {
        /// `linux`.
        Linux = "linux",
        /// `windows`.
        Windows = "windows",
    }
}

object_enum! {
    /// The values of `PciDevice.status`.
    pub enum PciDeviceStatus {
        /// `available`.
        Available = "available",
        /// `claimed`.
        Claimed = "claimed",
        /// `allocated`.
        Allocated = "allocated",
        /// `removed`.
        Removed = "removed",
        /// `deleted`.
        Deleted = "deleted",
        /// `unavailable`.
        Unavailable = "unavailable",
        /// `unclaimable`.
        Unclaimable = "unclaimable",
    }
}

object_enum! {
    /// The values of `PciDevice.dev_type`.
    pub enum PciDeviceType {
        /// `type-PCI`.
        TypePci = "type-PCI",
        /// `type-PF`.
        TypePf = "type-PF",
        /// `type-VF`.
        TypeVf = "type-VF",
        /// `vdpa`.
        Vdpa = "vdpa",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_pci_numa_affinity_policy`.
    pub enum PciNumaAffinityPolicy {
        /// `required`.
        Required = "required",
        /// `legacy`.
        Legacy = "legacy",
        /// `preferred`.
        Preferred = "preferred",
        /// `socket`.
        Socket = "socket",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_pointer_model`.
    pub enum PointerModel {
        /// `usbtablet`.
        Usbtablet = "usbtablet",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_rng_model`.
    pub enum RngModel {
        /// `virtio`.
        Virtio = "virtio",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_scsi_model`.
    pub enum ScsiModel {
        /// `buslogic`.
        Buslogic = "buslogic",
        /// `ibmvscsi`.
        Ibmvscsi = "ibmvscsi",
        /// `lsilogic`.
        Lsilogic = "lsilogic",
        /// `lsisas1068`.
        Lsisas1068 = "lsisas1068",
        /// `lsisas1078`.
        Lsisas1078 = "lsisas1078",
        /// `virtio-scsi`.
        VirtioScsi = "virtio-scsi",
        /// `vmpvscsi`.
        Vmpvscsi = "vmpvscsi",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.os_secure_boot`.
    pub enum SecureBoot {
        /// `required`.
        Required = "required",
        /// `disabled`.
        Disabled = "disabled",
        /// `optional`.
        Optional = "optional",
    }
}

object_enum! {
    /// The values of `ShareMapping.share_proto`.
    pub enum ShareMappingProto {
        /// `NFS`.
        Nfs = "NFS",
        /// `CEPHFS`.
        Cephfs = "CEPHFS",
    }
}

object_enum! {
    /// The values of `ShareMapping.status`.
    pub enum ShareMappingStatus {
        /// `attaching`.
        Attaching = "attaching",
        /// `detaching`.
        Detaching = "detaching",
        /// `active`.
        Active = "active",
        /// `inactive`.
        Inactive = "inactive",
        /// `error`.
        Error = "error",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_sound_model`.
    pub enum SoundModel {
        /// `sb16`.
        Sb16 = "sb16",
        /// `es1370`.
        Es1370 = "es1370",
        /// `pcspk`.
        Pcspk = "pcspk",
        /// `ac97`.
        Ac97 = "ac97",
        /// `ich6`.
        Ich6 = "ich6",
        /// `ich9`.
        Ich9 = "ich9",
        /// `usb`.
        Usb = "usb",
        /// `virtio`.
        Virtio = "virtio",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_tpm_model`.
    pub enum TpmModel {
        /// `tpm-tis`.
        TpmTis = "tpm-tis",
        /// `tpm-crb`.
        TpmCrb = "tpm-crb",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_tpm_version`.
    pub enum TpmVersion {
        /// `1.2`.
        V1_2 = "1.2",
        /// `2.0`.
        V2_0 = "2.0",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_usb_model`.
    pub enum UsbControllerModel {
        /// `none`.
        None = "none",
        /// `nec-xhci`.
        NecXhci = "nec-xhci",
        /// `qemu-xhci`.
        QemuXhci = "qemu-xhci",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_video_model`.
    pub enum VideoModel {
        /// `cirrus`.
        Cirrus = "cirrus",
        /// `qxl`.
        Qxl = "qxl",
        /// `vga`.
        Vga = "vga",
        /// `vmvga`.
        Vmvga = "vmvga",
        /// `xen`.
        Xen = "xen",
        /// `virtio`.
        Virtio = "virtio",
        /// `gop`.
        Gop = "gop",
        /// `none`.
        None = "none",
        /// `bochs`.
        Bochs = "bochs",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_vif_model`.
    pub enum VifModel {
        /// `virtio`.
        Virtio = "virtio",
        /// `ne2k_pci`.
        Ne2kPci = "ne2k_pci",
        /// `pcnet`.
        Pcnet = "pcnet",
        /// `rtl8139`.
        Rtl8139 = "rtl8139",
        /// `e1000`.
        E1000 = "e1000",
        /// `e1000e`.
        E1000e = "e1000e",
        /// `netfront`.
        Netfront = "netfront",
        /// `spapr-vlan`.
        SpaprVlan = "spapr-vlan",
        /// `lan9118`.
        Lan9118 = "lan9118",
        /// `sriov`.
        Sriov = "sriov",
        /// `vmxnet`.
        Vmxnet = "vmxnet",
        /// `vmxnet3`.
        Vmxnet3 = "vmxnet3",
        /// `igb`.
        Igb = "igb",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_viommu_model`.
    pub enum ViommuModel {
        /// `intel`.
        Intel = "intel",
        /// `smmuv3`.
        Smmuv3 = "smmuv3",
        /// `virtio`.
        Virtio = "virtio",
        /// `auto`.
        Auto = "auto",
    }
}

object_enum! {
    /// The values of `HVSpec.vm_mode`, `ImageMetaProps.hw_vm_mode`.
    pub enum VmMode {
        /// `hvm`.
        Hvm = "hvm",
        /// `xen`.
        Xen = "xen",
        /// `uml`.
        Uml = "uml",
        /// `exe`.
        Exe = "exe",
    }
}

object_enum! {
    /// The values of `ImageMetaProps.hw_watchdog_action`.
    pub enum WatchdogAction {
        /// `none`.
        None = "none",
        /// `pause`.
        Pause = "pause",
        /// `poweroff`.
        Poweroff = "poweroff",
        /// `reset`.
        Reset = "reset",
        /// `disabled`.
        Disabled = "disabled",
    }
}
