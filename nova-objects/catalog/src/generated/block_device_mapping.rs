//! `BlockDeviceMapping` 1.21. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::{SensitiveString, Uuid};
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::{
    BlockDeviceDestinationType, BlockDeviceEncryptionFormatType, BlockDeviceSourceType, BlockDeviceType,
    Instance,
};

/// A disk of an instance: where it comes from, where it goes, how it is attached.
#[doc(alias = "nova.objects.block_device.BlockDeviceMapping")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.21")]
pub struct BlockDeviceMapping {
    /// The version it is at.
    pub meta: Meta,
    /// The attachment in the volume service; null for an old-style attachment.
    #[object(since = "1.18")]
    pub attachment_id: Field<Option<Uuid>>,
    /// Its place in the boot order; 0 boots, -1 and null never do.
    pub boot_index: Field<Option<i64>>,
    /// How to reach the volume, as JSON text: it may hold passwords.
    pub connection_info: Field<Option<SensitiveString>>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Whether the volume goes when the instance does.
    #[object(default = false)]
    pub delete_on_termination: Field<bool>,
    /// Whether the record is soft-deleted.
    #[object(default = false)]
    pub deleted: Field<bool>,
    /// When the record was soft-deleted.
    pub deleted_at: Field<Option<Timestamp>>,
    /// Where the disk is: on the host or in the volume service.
    pub destination_type: Field<Option<BlockDeviceDestinationType>>,
    /// The device name, for example `/dev/vda`.
    pub device_name: Field<Option<String>>,
    /// What the guest sees.
    pub device_type: Field<Option<BlockDeviceType>>,
    /// The bus the guest sees it on.
    pub disk_bus: Field<Option<String>>,
    /// Whether the disk is encrypted on the host.
    #[object(since = "1.21", default = false)]
    pub encrypted: Field<bool>,
    /// The format of the encryption.
    #[object(since = "1.21")]
    pub encryption_format: Field<Option<BlockDeviceEncryptionFormatType>>,
    /// Options of the encryption, as JSON text.
    #[object(since = "1.21")]
    pub encryption_options: Field<Option<String>>,
    /// The key manager's secret.
    #[object(since = "1.21")]
    pub encryption_secret_uuid: Field<Option<Uuid>>,
    /// The file system, or `swap`.
    pub guest_format: Field<Option<String>>,
    /// The database's number for it.
    pub id: Field<i64>,
    /// The image it is filled from.
    pub image_id: Field<Option<String>>,
    /// The instance.
    pub instance: Field<Option<Box<Instance>>>,
    /// The instance.
    pub instance_uuid: Field<Uuid>,
    /// Whether it says that a disk of the image is to be left out.
    #[object(default = false)]
    pub no_device: Field<bool>,
    /// The volume snapshot it is filled from.
    pub snapshot_id: Field<Option<String>>,
    /// What the disk is filled from.
    pub source_type: Field<Option<BlockDeviceSourceType>>,
    /// A word by which the guest finds the device.
    #[object(since = "1.17")]
    pub tag: Field<Option<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Its uuid.
    #[object(since = "1.19")]
    pub uuid: Field<Uuid>,
    /// The volume.
    pub volume_id: Field<Option<String>>,
    /// Gibibytes of the volume.
    pub volume_size: Field<Option<i64>>,
    /// The volume type of a volume that is to be made.
    #[object(since = "1.20")]
    pub volume_type: Field<Option<String>>,
}
