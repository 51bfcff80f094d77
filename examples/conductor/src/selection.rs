//! What the scheduler selected, as a claim that can be made again.

use std::collections::BTreeMap;

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_neighbours::placement::{Claim, GroupClaim, Resources};
use nova_objects_catalog::{Instance, Selection};
use serde::Deserialize;
use uuid::Uuid;

/// Nova's allocation request, as it is in a selection.
#[derive(Deserialize)]
struct AllocationRequest {
    allocations: BTreeMap<Uuid, OfProvider>,
}

#[derive(Deserialize)]
struct OfProvider {
    resources: Resources,
}

/// The claim of what `selection` was promised, for `instance`, whose consumer is at `generation`, and which is in `group`.
///
/// # Errors
/// The selection carries no allocation request, or one that is none.
pub(crate) fn claim(
    selection: &Selection,
    instance: &Instance,
    generation: Option<i64>,
    group: Option<GroupClaim>,
) -> Result<Claim, Fault> {
    let text = selection.allocation_request.present().ok_or_else(|| bad("is not there"))?;
    let request: AllocationRequest = serde_json::from_str(text).map_err(|error| bad(&error.to_string()))?;
    let uuid = instance.uuid.get().map_err(unset)?;
    Ok(Claim {
        consumer: uuid.as_str().parse().map_err(|_| bad("is for an instance whose uuid is none"))?,
        consumer_generation: generation,
        project_id: instance.project_id.present().cloned().unwrap_or_default(),
        user_id: instance.user_id.present().cloned().unwrap_or_default(),
        resources: request.allocations.into_iter().map(|(id, provider)| (id, provider.resources)).collect(),
        group,
    })
}

/// The host that was selected.
///
/// # Errors
/// The selection names none.
pub(crate) fn host(selection: &Selection) -> Result<&str, Fault> {
    selection.service_host.get().map(String::as_str).map_err(unset)
}

pub(crate) fn unset(unset: nova_objects::Unset) -> Fault {
    Fault::internal("reading an object", &unset)
}

fn bad(why: &str) -> Fault {
    ValueError { message: format!("the allocation request of a selection {why}") }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(request: Option<&str>) -> Selection {
        let mut selection = Selection::empty();
        selection.allocation_request.set(request.map(str::to_owned));
        selection
    }

    fn instance() -> Instance {
        let mut instance = Instance::empty();
        instance.uuid.set("6f70656e-7374-4163-8b20-000000000001");
        instance
    }

    #[test]
    fn a_claim_is_what_the_allocation_request_says() {
        let request = r#"{"allocations": {"6f70656e-7374-4163-8b20-000000000002":
            {"resources": {"VCPU": 2, "MEMORY_MB": 64}}}, "mappings": {}}"#;
        let claim = claim(&selection(Some(request)), &instance(), Some(7), None).unwrap();
        let (provider, resources) = claim.resources.first_key_value().unwrap();
        assert_eq!(provider.as_u128() & 0xff, 2);
        assert_eq!(resources["VCPU"], 2);
        assert_eq!(claim.consumer_generation, Some(7));
    }

    #[test]
    fn a_selection_without_a_readable_request_is_an_error_and_no_panic() {
        for request in [None, Some(""), Some("[]"), Some(r#"{"allocations": {"x": {}}}"#)] {
            assert!(claim(&selection(request), &instance(), None, None).is_err(), "{request:?}");
        }
    }
}
