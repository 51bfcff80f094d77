//! The body of a request for a flavor, as microversion 2.1 has it.

use nova_compute_api::CreateFlavor;
use serde::Deserialize;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    flavor: FlavorBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlavorBody {
    name: String,
    id: Option<String>,
    ram: u64,
    vcpus: u32,
    disk: u64,
    swap: Option<u64>,
    #[serde(rename = "OS-FLV-EXT-DATA:ephemeral")]
    ephemeral: Option<u64>,
    rxtx_factor: Option<f64>,
    #[serde(rename = "os-flavor-access:is_public")]
    is_public: Option<bool>,
}

impl CreateBody {
    pub(super) fn into_request(self) -> CreateFlavor {
        let FlavorBody { name, id, ram, vcpus, disk, swap, ephemeral, rxtx_factor, is_public } = self.flavor;
        let mut request = CreateFlavor::new(name, vcpus, ram, disk);
        request.id = id.filter(|id| id != "auto");
        request.swap_mb = swap.unwrap_or(0);
        request.ephemeral_gb = ephemeral.unwrap_or(0);
        request.rxtx_factor = rxtx_factor.unwrap_or(1.0);
        request.is_public = is_public.unwrap_or(true);
        request
    }
}
