//! Hosts that can run the image.

use nova_objects_catalog::{ImageMeta, ImageMetaProps, RequestSpec};

use super::{Filter, version};
use crate::host::{HostState, Supported};

/// Passes hosts that support one kind of guest with all the image asks for: `hw_architecture`, `img_hv_type`,
/// `hw_vm_mode`, and then also `img_hv_requested_version`. An image that asks for none of the first three runs anywhere.
///
/// `hw_emulation_architecture` is not looked at.
#[derive(Clone, Debug)]
pub struct ImagePropertiesFilter {
    default_architecture: Option<String>,
}

/// What an image asks for.
struct Wanted<'a> {
    arch: Option<&'a str>,
    hv_type: Option<&'a str>,
    vm_mode: Option<&'a str>,
}

impl ImagePropertiesFilter {
    /// The filter; images that do not say their architecture have this one.
    pub fn new(default_architecture: Option<String>) -> Self {
        Self { default_architecture }
    }

    fn wanted<'a>(&'a self, image: Option<&ImageMetaProps>) -> Wanted<'a> {
        let arch = image.and_then(|image| image.hw_architecture.value()).map(|arch| arch.as_str());
        Wanted {
            arch: arch.or(self.default_architecture.as_deref()),
            hv_type: image.and_then(|image| image.img_hv_type.value()).map(|hv_type| hv_type.as_str()),
            vm_mode: image.and_then(|image| image.hw_vm_mode.value()).map(|vm_mode| vm_mode.as_str()),
        }
    }
}

impl Wanted<'_> {
    fn anything(&self) -> bool {
        self.arch.is_none() && self.hv_type.is_none() && self.vm_mode.is_none()
    }

    fn met_by(&self, guest: &Supported) -> bool {
        let same = |wanted: Option<&str>, has: &str| wanted.is_none_or(|wanted| wanted == has);
        same(self.arch, &guest.arch)
            && same(self.hv_type, &guest.hv_type)
            && same(self.vm_mode, &guest.vm_mode)
    }
}

impl Filter for ImagePropertiesFilter {
    fn name(&self) -> &str {
        "ImagePropertiesFilter"
    }

    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
        let image = request.image.present().and_then(ImageMeta::properties);
        let wanted = self.wanted(image);
        wanted.anything()
            || host.facts.supported.iter().any(|guest| wanted.met_by(guest)) && new_enough(host, image)
    }

    fn once_per_request(&self) -> bool {
        true
    }

    fn on_rebuild(&self) -> bool {
        true
    }
}

/// A hypervisor that does not say its version is new enough.
fn new_enough(host: &HostState, image: Option<&ImageMetaProps>) -> bool {
    let demanded = image.and_then(|image| image.img_hv_requested_version.value());
    match (host.facts.hypervisor_version, demanded) {
        (0, _) | (_, None) => true,
        (number, Some(demanded)) => version::met(number, demanded),
    }
}

#[cfg(test)]
mod tests {
    use nova_objects_catalog::{Architecture, HvType, VmMode};

    use super::*;
    use crate::testing::{host, host_with, spec};

    fn request(ask: impl FnOnce(&mut ImageMetaProps)) -> RequestSpec {
        let mut properties = ImageMetaProps::empty();
        ask(&mut properties);
        let mut image = ImageMeta::empty();
        image.properties.set(properties);
        let mut request = spec(1, 1, 1);
        request.image.set(image);
        request
    }

    #[test]
    fn a_host_does_if_one_kind_of_guest_has_all_the_image_asks_for() {
        type Ask = fn(&mut ImageMetaProps);
        let asks: [(&str, Ask, bool); 9] = [
            ("nothing", |_| {}, true),
            ("its architecture", |it| it.hw_architecture.set(Architecture::X86_64), true),
            ("another architecture", |it| it.hw_architecture.set(Architecture::Aarch64), false),
            ("its hypervisor", |it| it.img_hv_type.set(HvType::Kvm), true),
            ("another hypervisor", |it| it.img_hv_type.set(HvType::Xen), false),
            ("another mode", |it| it.hw_vm_mode.set(VmMode::Xen), false),
            (
                "parts of two guests",
                |it| {
                    it.hw_architecture.set(Architecture::I686);
                    it.img_hv_type.set(HvType::Kvm);
                },
                false,
            ),
            (
                "a version it has",
                |it| {
                    it.img_hv_type.set(HvType::Kvm);
                    it.img_hv_requested_version.set(">=6.0");
                },
                true,
            ),
            (
                "a version it does not have",
                |it| {
                    it.img_hv_type.set(HvType::Kvm);
                    it.img_hv_requested_version.set(">=8.0");
                },
                false,
            ),
        ];
        for (what, ask, passes) in asks {
            let filter = ImagePropertiesFilter::new(None);
            assert_eq!(filter.passes(&host("n"), &request(ask)), passes, "an image that asks for {what}");
        }
    }

    #[test]
    fn a_request_without_an_image_runs_anywhere_and_a_silent_host_takes_only_that() {
        let silent = host_with("n", |node| node.supported_hv_specs.load(vec![]), &[], &[]);
        let filter = ImagePropertiesFilter::new(None);
        assert!(filter.passes(&silent, &spec(1, 1, 1)));
        assert!(!filter.passes(&silent, &request(|it| it.img_hv_type.set(HvType::Kvm))));
    }

    #[test]
    fn an_image_without_an_architecture_has_the_configured_one() {
        let filter = ImagePropertiesFilter::new(Some("aarch64".to_owned()));
        assert!(!filter.passes(&host("n"), &request(|_| {})));
        assert!(filter.passes(&host("n"), &request(|it| it.hw_architecture.set(Architecture::X86_64))));
    }
}
