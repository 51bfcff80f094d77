//! `EC2Ids` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Meta, ReadOnly, VersionedObject};

/// The EC2 names of an instance and its images.
#[doc(alias = "nova.objects.ec2.EC2Ids")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct EC2Ids {
    /// The version it is at.
    pub meta: Meta,
    /// The EC2 name of the image.
    pub ami_id: ReadOnly<Option<String>>,
    /// The EC2 name of the instance.
    pub instance_id: ReadOnly<String>,
    /// The kernel image, for images without one.
    pub kernel_id: ReadOnly<Option<String>>,
    /// The ramdisk image, for images without one.
    pub ramdisk_id: ReadOnly<Option<String>>,
}
