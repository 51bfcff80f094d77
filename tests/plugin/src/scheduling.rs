//! Where servers go: a filter and a weigher.

use nova_objects_catalog::RequestSpec;
use nova_scheduler::{Filter, HostState, Weigher};

/// Passes hosts of the rack that the user hints at; the names of hosts begin with their rack's.
pub struct RackFilter;

impl Filter for RackFilter {
    fn name(&self) -> &str {
        "RackFilter"
    }

    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
        let Some(rack) = request.scheduler_hint("rack") else { return true };
        host.facts.host.split_once('-').is_some_and(|(own, _)| own == rack)
    }
}

/// Prefers hosts that take less power.
pub struct Efficient;

impl Weigher for Efficient {
    fn name(&self) -> &str {
        "Efficient"
    }

    fn weight(&self, host: &HostState, _: &RequestSpec) -> f64 {
        let watts = if host.facts.host.ends_with("-b") { 5.0 } else { 9.0 };
        if host.facts.hypervisor_type == "shelf" { watts - 2.0 } else { watts }
    }

    fn multiplier(&self) -> f64 {
        -10.0
    }
}
