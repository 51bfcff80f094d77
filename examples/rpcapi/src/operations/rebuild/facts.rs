//! What an instance's record says of its image.

use std::collections::BTreeMap;

use nova_objects_catalog::Instance;
use serde::{Deserialize, Serialize};

/// The prefix of an image's properties in the system metadata.
const PREFIX: &str = "image_";

/// The fields of an instance that come from its image: they change together.
///
/// # Example
/// ```
/// use nova_objects_catalog::Instance;
/// use nova_rpcapi::operations::ImageFacts;
///
/// let mut instance = Instance::empty();
/// instance.image_ref.set(Some("a".to_owned()));
/// let former = ImageFacts::of(&instance);
/// instance.image_ref.set(Some("b".to_owned()));
/// former.apply(&mut instance);
/// assert_eq!(instance.image_ref.present().map(String::as_str), Some("a"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// The image's id.
    pub image_ref: String,
    /// Its properties, without `image_`.
    pub properties: BTreeMap<String, String>,
    /// The processor it is for.
    pub architecture: Option<String>,
    /// The kind of guest.
    pub os_type: Option<String>,
    /// How it is virtualised.
    pub vm_mode: Option<String>,
    /// A kernel beside it.
    pub kernel_id: String,
    /// An initial file system beside it.
    pub ramdisk_id: String,
    /// The name of its disk in the guest.
    pub root_device_name: Option<String>,
}

impl ImageFacts {
    /// What `instance`, whose system metadata is loaded, says.
    pub fn of(instance: &Instance) -> Self {
        let properties = instance.image_properties().into_iter();
        Self {
            image_ref: instance.image_ref.present().cloned().unwrap_or_default(),
            properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            architecture: instance.architecture.present().cloned(),
            os_type: instance.os_type.present().cloned(),
            vm_mode: instance.vm_mode.present().cloned(),
            kernel_id: instance.kernel_id.present().cloned().unwrap_or_default(),
            ramdisk_id: instance.ramdisk_id.present().cloned().unwrap_or_default(),
            root_device_name: instance.root_device_name.present().cloned(),
        }
    }

    /// Lets `instance` say this. Its system metadata besides the image's properties stays.
    pub fn apply(&self, instance: &mut Instance) {
        let other = instance.system_metadata.value().cloned().unwrap_or_default().into_iter();
        let own = self.properties.iter().map(|(key, value)| (format!("{PREFIX}{key}"), Some(value.clone())));
        let system = other.filter(|(key, _)| !key.starts_with(PREFIX)).chain(own);
        instance.system_metadata.set(system.collect::<BTreeMap<_, _>>());
        instance.image_ref.set(self.image_ref.clone());
        instance.architecture.set(self.architecture.clone());
        instance.os_type.set(self.os_type.clone());
        instance.vm_mode.set(self.vm_mode.clone());
        instance.kernel_id.set(self.kernel_id.clone());
        instance.ramdisk_id.set(self.ramdisk_id.clone());
        instance.root_device_name.set(self.root_device_name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_image_takes_its_own_properties_along_and_leaves_the_rest() {
        let mut instance = Instance::empty();
        let system = [("image_hw_disk_bus", "scsi"), ("image_os_distro", "x"), ("boot_roles", "member")];
        let system = system.map(|(key, value)| (key.to_owned(), Some(value.to_owned())));
        instance.system_metadata.set(BTreeMap::from(system));
        let former = ImageFacts::of(&instance);
        let next = ImageFacts {
            image_ref: "b".to_owned(),
            properties: BTreeMap::from([("os_distro".to_owned(), "y".to_owned())]),
            ..ImageFacts::default()
        };
        next.apply(&mut instance);
        assert_eq!(instance.image_properties(), BTreeMap::from([("os_distro", "y")]));
        assert!(instance.system_metadata.value().is_some_and(|all| all.contains_key("boot_roles")));
        former.apply(&mut instance);
        assert_eq!(ImageFacts::of(&instance), former);
    }
}
