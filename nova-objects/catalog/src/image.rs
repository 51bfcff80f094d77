//! Images, as the image service describes them.

use crate::{ImageMeta, ImageMetaProps};

impl ImageMeta {
    /// What the image asks of the hypervisor, if that is known.
    ///
    /// # Example
    /// ```
    /// use nova_objects_catalog::{DiskBus, ImageMeta, ImageMetaProps};
    ///
    /// let mut properties = ImageMetaProps::empty();
    /// properties.hw_disk_bus.set(DiskBus::Scsi);
    /// let mut image = ImageMeta::empty();
    /// image.properties.set(properties);
    /// let bus = image.properties().and_then(|properties| properties.hw_disk_bus.value());
    /// assert_eq!(bus, Some(&DiskBus::Scsi));
    /// ```
    pub fn properties(&self) -> Option<&ImageMetaProps> {
        self.properties.value().map(Box::as_ref)
    }

    /// Whether instances can be booted from it now.
    pub fn is_active(&self) -> bool {
        self.status.value().is_some_and(|status| status == "active")
    }

    /// Gigabytes of disk it needs; 0 when it does not say.
    pub fn min_disk_gb(&self) -> i64 {
        self.min_disk.value().copied().unwrap_or(0)
    }

    /// Mebibytes of memory it needs; 0 when it does not say.
    pub fn min_ram_mb(&self) -> i64 {
        self.min_ram.value().copied().unwrap_or(0)
    }
}
