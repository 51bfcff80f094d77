//! `ImageMeta` 1.8. Emitted by the catalogue's generator, not written by hand.

use nova_core::Timestamp;
use nova_objects::types::{FlexibleBool, Uuid};
use nova_objects::{Field, Meta, VersionedObject};

use crate::generated::ImageMetaProps;

/// What the image service knows of an image.
#[doc(alias = "nova.objects.image_meta.ImageMeta")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.8")]
pub struct ImageMeta {
    /// The version it is at.
    pub meta: Meta,
    /// The MD5 of the image's bytes.
    pub checksum: Field<String>,
    /// The container format, for example `bare`.
    pub container_format: Field<String>,
    /// When the record was made.
    pub created_at: Field<Option<Timestamp>>,
    /// Where the image's bytes are, for those who can read them there.
    pub direct_url: Field<String>,
    /// The disk format, for example `qcow2`.
    pub disk_format: Field<String>,
    /// The image.
    pub id: Field<Uuid>,
    /// Gigabytes of disk it needs.
    pub min_disk: Field<i64>,
    /// Mebibytes of memory it needs.
    pub min_ram: Field<i64>,
    /// The name.
    pub name: Field<String>,
    /// The project that owns it.
    pub owner: Field<String>,
    /// What it asks of the hypervisor.
    pub properties: Field<Box<ImageMetaProps>>,
    /// Whether it cannot be deleted.
    pub protected: Field<FlexibleBool>,
    /// Bytes.
    pub size: Field<i64>,
    /// The state, for example `active`.
    pub status: Field<String>,
    /// Words.
    pub tags: Field<Vec<String>>,
    /// When the record was last changed.
    pub updated_at: Field<Option<Timestamp>>,
    /// Bytes of the disk in it.
    pub virtual_size: Field<i64>,
    /// Who may see it.
    pub visibility: Field<String>,
}
