//! What a machine shall be: plain values of this crate, made from a service's objects by its compute manager.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::host::Usage;

/// Everything a driver needs to make one machine.
///
/// A plain struct without hidden fields: whoever converts an object into one is stopped by the compiler when a field
/// is added. It holds no password, key or token, so drivers may keep it in clear.
///
/// # Example
/// ```
/// use nova_virt::MachineSpec;
/// # let uuid = uuid::Uuid::nil();
///
/// let spec = MachineSpec { vcpus: 2, memory_mb: 2048, root_gb: 20, ..MachineSpec::smallest(uuid, "node-1") };
/// assert_eq!(spec.usage().disk_gb, 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineSpec {
    /// The machine's identity, which is its instance's uuid.
    pub uuid: Uuid,
    /// The name for the hypervisor (`instance-0000002a`).
    pub name: String,
    /// The node that shall hold it.
    pub node: String,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mb: u64,
    /// The root disk in GiB; 0 means as large as the image.
    pub root_gb: u64,
    /// Additional empty disk space in GiB.
    pub ephemeral_gb: u64,
    /// Swap in MiB.
    pub swap_mb: u64,
    /// What the root disk is made from; `None` when the machine boots from one of `disks`.
    pub image: Option<ImageSpec>,
    /// Disks besides those that `root_gb`, `ephemeral_gb` and `swap_mb` make.
    pub disks: Vec<DiskSpec>,
    /// Network interfaces, in the guest's order.
    pub nics: Vec<NicSpec>,
    /// The instance's metadata.
    pub metadata: BTreeMap<String, String>,
    /// The flavor's extra specs (`hw:cpu_policy` and so on).
    pub extra_specs: BTreeMap<String, String>,
    /// Whether it runs once it is made.
    pub start: Start,
}

impl MachineSpec {
    /// One processor, 64 MiB, no disk, no network, running: what tests and struct updates begin with.
    pub fn smallest(uuid: Uuid, node: impl Into<String>) -> Self {
        Self {
            uuid,
            name: format!("instance-{}", uuid.simple()),
            node: node.into(),
            vcpus: 1,
            memory_mb: 64,
            root_gb: 0,
            ephemeral_gb: 0,
            swap_mb: 0,
            image: None,
            disks: Vec::new(),
            nics: Vec::new(),
            metadata: BTreeMap::new(),
            extra_specs: BTreeMap::new(),
            start: Start::Running,
        }
    }

    /// What the machine takes of its host, as placement counts it: swap is rounded up to whole GiB.
    pub fn usage(&self) -> Usage {
        Usage {
            vcpus: u64::from(self.vcpus),
            memory_mb: self.memory_mb,
            disk_gb: self.root_gb + self.ephemeral_gb + self.swap_mb.div_ceil(1024),
        }
    }
}

/// Whether a machine runs once it is made.
#[doc(alias = "power_on")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// It is started.
    #[default]
    Running,
    /// It is made and left off, as an evacuated machine is.
    Off,
}

/// An image as a local file: fetching it is the image cache's work, not the driver's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSpec {
    /// The image's id at the image service.
    pub id: String,
    /// Where its content is on this host.
    pub path: Option<PathBuf>,
    /// Its format as the image service *declares* it. It is never guessed from the content.
    pub format: DiskFormat,
    /// Image properties (`hw_disk_bus` and so on).
    pub properties: BTreeMap<String, String>,
}

/// How the bytes of a disk or image are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DiskFormat {
    /// Plain blocks.
    Raw,
    /// QEMU copy on write, version 2 or 3.
    Qcow2,
    /// An ISO 9660 file system, attached as a CD.
    Iso,
}

/// A disk that exists already, such as a connected volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskSpec {
    /// The volume's id, or another name that is unique within the machine.
    pub id: String,
    /// Its file or block device on this host.
    pub path: PathBuf,
    /// How its bytes are laid out.
    pub format: DiskFormat,
    /// The device name in the guest (`/dev/vdb`), if one was promised.
    pub device: Option<String>,
    /// The place in the boot order, lowest first; `None` is never booted from.
    pub boot_index: Option<u32>,
    /// Whether the guest may write.
    pub access: DiskAccess,
}

/// Whether a guest may write to a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskAccess {
    /// It may.
    #[default]
    ReadWrite,
    /// It may not.
    ReadOnly,
}

/// A network interface whose host side is, or will be, there under a known name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicSpec {
    /// The port's id at the network service.
    pub port: Uuid,
    /// The hardware address, as `52:54:00:12:34:56`.
    pub mac: String,
    /// The host's device that it is plugged into (a tap or a bridge); `None` for none.
    pub device: Option<String>,
    /// The largest packet in bytes; `None` leaves it to the hypervisor.
    pub mtu: Option<u32>,
}
