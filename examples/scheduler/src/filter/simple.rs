//! Filters of one line.

use nova_objects_catalog::RequestSpec;

use super::Filter;
use crate::host::HostState;

/// Passes hosts whose service works and takes new instances.
#[derive(Clone, Copy, Debug)]
pub struct ComputeFilter;

impl Filter for ComputeFilter {
    fn name(&self) -> &str {
        "ComputeFilter"
    }

    fn passes(&self, host: &HostState, _: &RequestSpec) -> bool {
        host.up && !host.disabled
    }

    fn once_per_request(&self) -> bool {
        true
    }
}

/// Passes every host.
#[derive(Clone, Copy, Debug)]
pub struct AllHostsFilter;

impl Filter for AllHostsFilter {
    fn name(&self) -> &str {
        "AllHostsFilter"
    }

    fn passes(&self, _: &HostState, _: &RequestSpec) -> bool {
        true
    }

    fn once_per_request(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{host, spec};

    #[test]
    fn a_host_that_is_down_or_disabled_does_not_do() {
        for (up, disabled, expected) in
            [(true, false, true), (true, true, false), (false, false, false), (false, true, false)]
        {
            let mut host = host("n");
            (host.up, host.disabled) = (up, disabled);
            assert_eq!(ComputeFilter.passes(&host, &spec(1, 1, 1)), expected, "up {up}, disabled {disabled}");
            assert!(AllHostsFilter.passes(&host, &spec(1, 1, 1)));
        }
    }
}
