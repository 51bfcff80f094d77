//! What a request asks of placement.

use std::collections::BTreeSet;

use nova_neighbours::placement::{CandidateRequest, Resources, class};
use nova_objects::Unset;
use nova_objects_catalog::{ImageMeta, RequestSpec};

/// The trait of a host that takes no new instances.
pub(crate) const COMPUTE_STATUS_DISABLED: &str = "COMPUTE_STATUS_DISABLED";

/// Why a request cannot be put to placement.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DemandError {
    /// The flavor, or a size of it, is not there.
    #[error("the request does not say what it needs")]
    NotLoaded(#[from] Unset),
    /// An amount is not a whole number, or is negative.
    #[error("{key} is {value:?}, not an amount")]
    BadAmount {
        /// The extra spec, or the size of the flavor.
        key: String,
        /// What it says.
        value: String,
    },
    /// A trait is neither required nor forbidden.
    #[error("{key} is {value:?}, neither \"required\" nor \"forbidden\"")]
    BadTrait {
        /// The extra spec.
        key: String,
        /// What it says.
        value: String,
    },
    /// It asks for resources of several providers at once.
    #[error("{key} asks for a group of resources of its own, which this scheduler cannot give")]
    Granular {
        /// The extra spec.
        key: String,
    },
    /// It asks for nothing at all.
    #[error("the request asks for no resources")]
    Nothing,
}

/// What `spec` asks of one provider: the flavor's sizes, corrected by its `resources:` extra specs, and the traits
/// that flavor and image require or forbid. Hosts that take no new instances are always forbidden.
///
/// # Errors
/// See [`DemandError`]. Nova ignores extra specs that make no sense; here the request is refused, because a host
/// without the trait somebody meant to require is worse than none.
#[doc(alias = "resources_from_request_spec")]
pub fn candidate_request(spec: &RequestSpec, limit: usize) -> Result<CandidateRequest, DemandError> {
    let mut request = CandidateRequest { resources: sizes(spec)?, limit, ..CandidateRequest::default() };
    request.forbidden.insert(COMPUTE_STATUS_DISABLED.to_owned());
    for (key, value) in spec.flavor.get()?.extra_specs.value().into_iter().flatten() {
        if let Some(class) = of_request("resources", key)? {
            request.resources.insert(class.to_owned(), amount(key, value)?);
        } else if let Some(name) = of_request("trait", key)? {
            let traits = match value.as_str() {
                "required" => &mut request.required,
                "forbidden" => &mut request.forbidden,
                _ => return Err(DemandError::BadTrait { key: key.clone(), value: value.clone() }),
            };
            traits.insert(name.to_owned());
        }
    }
    request.required.extend(traits_of_image(spec.image.present()));
    request.resources.retain(|_, amount| *amount > 0);
    if request.resources.is_empty() { Err(DemandError::Nothing) } else { Ok(request) }
}

/// The sizes of the flavor. An instance that boots from a volume needs no root disk of the host.
fn sizes(spec: &RequestSpec) -> Result<Resources, DemandError> {
    let flavor = spec.flavor.get()?;
    let root = if spec.is_bfv.value() == Some(&true) { 0 } else { size("root_gb", *flavor.root_gb.get()?)? };
    let ephemeral = size("ephemeral_gb", flavor.ephemeral_gb.value().copied().unwrap_or(0))?;
    let swap = size("swap", flavor.swap.value().copied().unwrap_or(0))?;
    let disk = root.saturating_add(ephemeral).saturating_add(swap.div_ceil(1024));
    Ok(Resources::from([
        (class::VCPU.to_owned(), size("vcpus", *flavor.vcpus.get()?)?),
        (class::MEMORY_MB.to_owned(), size("memory_mb", *flavor.memory_mb.get()?)?),
        (class::DISK_GB.to_owned(), disk),
    ]))
}

fn size(key: &str, value: i64) -> Result<u64, DemandError> {
    u64::try_from(value).map_err(|_| DemandError::BadAmount { key: key.to_owned(), value: value.to_string() })
}

fn amount(key: &str, value: &str) -> Result<u64, DemandError> {
    value.trim().parse().map_err(|_| DemandError::BadAmount { key: key.to_owned(), value: value.to_owned() })
}

/// What stands after `<word>:` in an extra spec; none if it is about something else.
fn of_request<'a>(word: &str, key: &'a str) -> Result<Option<&'a str>, DemandError> {
    let Some((group, name)) = key.split_once(':') else { return Ok(None) };
    match group.strip_prefix(word) {
        Some("") => Ok(Some(name)),
        Some(suffix) if is_suffix(suffix) => Err(DemandError::Granular { key: key.to_owned() }),
        _ => Ok(None),
    }
}

/// Whether it makes a group of its own of what stands behind it.
fn is_suffix(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn traits_of_image(image: Option<&ImageMeta>) -> BTreeSet<String> {
    let properties = image.and_then(ImageMeta::properties);
    properties.and_then(|it| it.traits_required.value()).into_iter().flatten().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::spec;

    fn resources(spec: &RequestSpec) -> Vec<(String, u64)> {
        candidate_request(spec, 0).unwrap().resources.into_iter().collect()
    }

    fn expect(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
        pairs.iter().map(|(class, amount)| ((*class).to_owned(), *amount)).collect()
    }

    fn with_extra(key: &str, value: &str) -> RequestSpec {
        let mut spec = spec(2, 512, 10);
        let flavor = spec.flavor.nested_mut().unwrap();
        flavor.extra_specs.update(|specs| specs.insert(key.to_owned(), value.to_owned())).unwrap();
        spec
    }

    #[test]
    fn a_flavor_asks_for_its_cpus_its_memory_and_all_its_disks_with_swap_rounded_up() {
        let mut spec = spec(2, 512, 10);
        let flavor = spec.flavor.nested_mut().unwrap();
        flavor.ephemeral_gb.set(5);
        flavor.swap.set(1025);
        assert_eq!(resources(&spec), expect(&[("DISK_GB", 17), ("MEMORY_MB", 512), ("VCPU", 2)]));
        spec.is_bfv.set(true);
        assert_eq!(resources(&spec), expect(&[("DISK_GB", 7), ("MEMORY_MB", 512), ("VCPU", 2)]));
    }

    #[test]
    fn extra_specs_override_add_and_take_away_resources() {
        let base = [("DISK_GB", 10), ("MEMORY_MB", 512), ("VCPU", 2)];
        assert_eq!(resources(&with_extra("resources:MEMORY_MB", "0")), expect(&[base[0], base[2]]));
        assert_eq!(resources(&with_extra("resources:VCPU", " 7 ")), expect(&[base[0], base[1], ("VCPU", 7)]));
        let custom = expect(&[("CUSTOM_GOLD", 1), base[0], base[1], base[2]]);
        assert_eq!(resources(&with_extra("resources:CUSTOM_GOLD", "1")), custom);
        assert_eq!(resources(&with_extra("hw:resources", "1")), expect(&base));
    }

    #[test]
    fn traits_of_flavor_and_image_are_required_or_forbidden_and_disabled_hosts_always_forbidden() {
        let mut spec = with_extra("trait:HW_CPU_X86_AVX", "required");
        let mut image = ImageMeta::empty();
        let mut properties = nova_objects_catalog::ImageMetaProps::empty();
        properties.traits_required.set(vec!["CUSTOM_TPM".to_owned()]);
        image.properties.set(properties);
        spec.image.set(image);
        let request = candidate_request(&spec, 5).unwrap();
        assert_eq!(request.required, BTreeSet::from(["CUSTOM_TPM".to_owned(), "HW_CPU_X86_AVX".to_owned()]));
        assert_eq!(request.forbidden, BTreeSet::from([COMPUTE_STATUS_DISABLED.to_owned()]));
        assert_eq!(request.limit, 5);
        let request = candidate_request(&with_extra("trait:CUSTOM_OLD", "forbidden"), 5).unwrap();
        assert!(request.forbidden.contains("CUSTOM_OLD"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_key() {
        for (key, value, text) in [
            ("resources:VCPU", "many", r#"resources:VCPU is "many", not an amount"#),
            ("trait:X", "maybe", r#"trait:X is "maybe", neither "required" nor "forbidden""#),
            (
                "resources1:VCPU",
                "1",
                "resources1:VCPU asks for a group of resources of its own, which this scheduler cannot give",
            ),
            (
                "trait_gpu:X",
                "required",
                "trait_gpu:X asks for a group of resources of its own, which this scheduler cannot give",
            ),
        ] {
            assert_eq!(candidate_request(&with_extra(key, value), 0).unwrap_err().to_string(), text);
        }
        assert_eq!(candidate_request(&spec(0, 0, 0), 0), Err(DemandError::Nothing));
        assert!(matches!(candidate_request(&RequestSpec::empty(), 0), Err(DemandError::NotLoaded(_))));
    }
}
