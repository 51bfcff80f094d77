//! Flavors as microversion 2.1 shows them.

use nova_compute_api::Flavor;
use serde_json::{Value, json};

use crate::links::Base;

/// An entry of the short list.
pub(super) fn short(flavor: &Flavor, base: &Base) -> Value {
    json!({"id": flavor.id, "name": flavor.name, "links": base.of("flavors", &flavor.id)})
}

/// Everything.
pub(super) fn full(flavor: &Flavor, base: &Base) -> Value {
    json!({
        "id": flavor.id,
        "name": flavor.name,
        "ram": flavor.memory_mb,
        "disk": flavor.root_gb,
        "vcpus": flavor.vcpus,
        "swap": swap(flavor),
        "rxtx_factor": flavor.rxtx_factor,
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral_gb,
        "OS-FLV-DISABLED:disabled": flavor.disabled,
        "os-flavor-access:is_public": flavor.is_public,
        "links": base.of("flavors", &flavor.id),
    })
}

/// No swap is an empty text in this version.
fn swap(flavor: &Flavor) -> Value {
    if flavor.swap_mb == 0 { json!("") } else { json!(flavor.swap_mb) }
}
