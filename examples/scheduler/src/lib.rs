//! The scheduler: asks placement who could, filters and weighs, and claims the best.
//!
//! [`SchedulerManager`] is the library, [`service`](service()) the service around it (`nova-scheduler`, topic
//! `scheduler`). For a request it
//!
//! 1. reckons what flavor and image ask for ([`candidate_request`]) and asks placement for hosts that have it free;
//! 2. makes a [`HostState`] of each, from its record, its service and what placement says is free;
//! 3. keeps those the request does not rule out, then those that pass the [filters](filter);
//! 4. puts the best first by the [weighers](weigher), claims it, and the next one if somebody was faster;
//!    (if the next best is barred because others of the instance's server group were faster, 3 again with where they are now);
//! 5. repeats 3 and 4 for each instance, with what the earlier ones took taken off;
//! 6. answers each host with its alternates, or gives everything back and answers `NoValidHost`.
//!
//! # Server groups
//! Where the members of a group are is asked of placement, which knows it with the first claim. The two filters and the two
//! soft weighers are Nova's; the claim names the group and its policy, and placement refuses what would break it, whether the
//! filters are enabled or not, and also on a host that an administrator forced. So of any number of requests at the same time
//! none breaks a policy.
//!
//! # Why a host, or none
//! What became of the hosts at each step is an [`ExplainReport`]: in the log, in the argument `explain` of the
//! `NoValidHost`, and from [`SchedulerManager::explain`] without claiming anything.
//!
//! # Write a filter
//! ```
//! use std::collections::BTreeMap;
//!
//! use nova_objects_catalog::RequestSpec;
//! use nova_scheduler::filter::{Filter, FilterRegistry};
//! use nova_scheduler::{ExplainReport, HostState, testing};
//!
//! /// Passes hosts in the rack that the user hints at.
//! struct RackFilter;
//!
//! impl Filter for RackFilter {
//!     fn name(&self) -> &str {
//!         "RackFilter"
//!     }
//!
//!     fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
//!         let Some(rack) = request.scheduler_hint("rack") else { return true };
//!         host.facts.stats.get("rack").is_some_and(|own| own == rack)
//!     }
//!
//!     fn once_per_request(&self) -> bool {
//!         true // a host does not change racks between two instances
//!     }
//! }
//!
//! // In a service: `SchedulerManager::builder(…).filter(RackFilter)`, and in nova.conf
//! // `[filter_scheduler] enabled_filters = ComputeFilter,RackFilter`. In a test:
//! let chain = FilterRegistry::default().with(RackFilter).enable(&["RackFilter".to_owned()])?;
//! let rack = BTreeMap::from([("rack".to_owned(), Some("r7".to_owned()))]);
//! let mut hosts = vec![
//!     testing::host_with("node-1", |node| node.stats.load(rack), &[], &[]),
//!     testing::host("node-2"),
//! ];
//! let mut request = testing::spec(1, 512, 10);
//! request.scheduler_hints.set(BTreeMap::from([("rack".to_owned(), vec!["r7".to_owned()])]));
//! let mut report = ExplainReport::default();
//! report.begin_round();
//! chain.apply(&mut hosts, &request, 0, &mut report);
//! assert_eq!(hosts.len(), 1);
//! assert_eq!(report.to_string(), "Filter results: ['RackFilter: (start: 2, end: 1)']");
//! # Ok::<(), nova_scheduler::UnknownName>(())
//! ```
//! A weigher is written the same way: see [`weigher::Weigher`].
//!
//! # What Nova does and this does not
//! * Filters and weighers of NUMA, PCI, aggregates, metrics and image properties. A request that asks for a NUMA topology,
//!   PCI devices, resources of ports, aggregates, or granular groups of resources is refused, not scheduled as if it had not
//!   asked.
//! * Moves within a host, moves between cells; there is one cell beside cell0.
//! * Request filters of Nova other than the one that forbids disabled hosts. An availability zone is compared with that of
//!   the host's service, or `default_availability_zone`.
//! * The fan-out casts of computes (`update_instance_info` and its kin): the filters that need them are not here. Python
//!   computes that send them are answered `NoSuchMethod`, which casts never hear.
//! * What the host itself says is free is used only where placement says nothing. Free memory and disk include what is
//!   over-committed, which in Nova only virtual CPUs do.

mod demand;
mod error;
mod explain;
pub mod filter;
mod host;
mod manager;
mod names;
mod options;
mod select;
mod service;
pub mod testing;
mod unsupported;
pub mod weigher;

pub use self::demand::{DemandError, candidate_request};
pub use self::error::SelectError;
pub use self::explain::{ExplainReport, Round, Step, Weighed};
pub use self::filter::{Filter, FilterRegistry};
pub use self::host::{FactsError, HostFacts, HostState, Supported};
pub use self::manager::{SchedulerBuilder, SchedulerManager, register_options};
pub use self::names::UnknownName;
pub use self::options::{FilterSchedulerOptions, SchedulerOptions, ZoneOptions};
pub use self::select::Selected;
pub use self::service::{SCHEDULER, SERVICE_VERSION, SchedulerParts, service};
pub use self::weigher::{Weigher, WeigherRegistry};
