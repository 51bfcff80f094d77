//! Which hosts will do.

mod capabilities;
mod group;
mod image;
mod operator;
mod simple;
mod version;

use std::fmt;
use std::sync::Arc;

use nova_objects_catalog::RequestSpec;

pub use self::capabilities::ComputeCapabilitiesFilter;
pub use self::group::{ServerGroupAffinityFilter, ServerGroupAntiAffinityFilter};
pub use self::image::ImagePropertiesFilter;
pub use self::simple::{AllHostsFilter, ComputeFilter};

use crate::explain::ExplainReport;
use crate::host::HostState;
use crate::names::{Names, UnknownName};
use crate::options::FilterSchedulerOptions;
use crate::select::is_check;

/// Says of each host whether it will do for a request.
///
/// The scheduler asks for every host that passed the filters before, from several requests at the same time; an answer
/// depends on nothing but the host and the request, and comes at once. A filter that cannot tell says no. The request's
/// flavor is loaded; anything else may be missing.
///
/// See [the crate](crate#write-a-filter) for an example.
#[doc(alias = "nova.scheduler.filters.BaseHostFilter")]
pub trait Filter: Send + Sync + 'static {
    /// The name in the configuration and in reports; Nova's class name where it is one of Nova's.
    fn name(&self) -> &str;

    /// Whether `host` will do.
    #[doc(alias = "host_passes")]
    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool;

    /// Whether the answer stays the same when an instance was placed. Of several instances in one request, such a
    /// filter is asked for the first only.
    #[doc(alias = "run_filter_once_per_request")]
    fn once_per_request(&self) -> bool {
        false
    }

    /// Whether it is asked for an instance that is made anew from another image on its host: then it looks at the image.
    #[doc(alias = "RUN_ON_REBUILD")]
    fn on_rebuild(&self) -> bool {
        false
    }
}

/// One filter for several schedulers.
impl<F: Filter + ?Sized> Filter for Arc<F> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn passes(&self, host: &HostState, request: &RequestSpec) -> bool {
        (**self).passes(host, request)
    }

    fn once_per_request(&self) -> bool {
        (**self).once_per_request()
    }

    fn on_rebuild(&self) -> bool {
        (**self).on_rebuild()
    }
}

/// The filters there are, by name.
///
/// # Example
/// ```
/// use nova_scheduler::filter::{AllHostsFilter, FilterRegistry};
///
/// let registry = FilterRegistry::default().with(AllHostsFilter);
/// assert!(registry.enable(&["AllHostsFilter".to_owned()]).is_ok());
/// let refused = registry.enable(&["AllHostFilter".to_owned()]).unwrap_err();
/// assert_eq!(refused.to_string(), r#"there is no filter "AllHostFilter"; did you mean AllHostsFilter?"#);
/// ```
#[derive(Debug)]
pub struct FilterRegistry(Names<dyn Filter>);

impl Default for FilterRegistry {
    fn default() -> Self {
        Self(Names::of("filter"))
    }
}

impl FilterRegistry {
    /// Those of Nova's filters that are built in.
    pub fn nova(options: &FilterSchedulerOptions) -> Self {
        let architecture = options.image_properties_default_architecture.clone();
        Self::default()
            .with(ComputeFilter)
            .with(ComputeCapabilitiesFilter)
            .with(ImagePropertiesFilter::new(architecture))
            .with(ServerGroupAntiAffinityFilter)
            .with(ServerGroupAffinityFilter)
            .with(AllHostsFilter)
    }

    /// Adds a filter. One of the same name is replaced.
    pub fn with(mut self, filter: impl Filter) -> Self {
        let name = filter.name().to_owned();
        self.0.insert(&name, Arc::new(filter));
        self
    }

    /// The names, in the order of registration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }

    /// The filters of these names, in that order.
    ///
    /// # Errors
    /// A name that nothing has.
    pub fn enable(&self, names: &[String]) -> Result<FilterChain, UnknownName> {
        self.0.find(names).map(FilterChain)
    }
}

/// Filters, one after the other.
pub struct FilterChain(Vec<Arc<dyn Filter>>);

impl FilterChain {
    /// Keeps of `hosts` those that pass all filters, and notes in `report` what each filter left. `round` is the number
    /// of instances of the request that were placed already. Of a rebuild only those count that say so. A filter that leaves no host is the last one asked.
    pub fn apply(
        &self,
        hosts: &mut Vec<HostState>,
        request: &RequestSpec,
        round: usize,
        report: &mut ExplainReport,
    ) {
        let rebuild = is_check(request);
        let asked = |filter: &&Arc<dyn Filter>| {
            (round == 0 || !filter.once_per_request()) && (!rebuild || filter.on_rebuild())
        };
        for filter in self.0.iter().filter(asked) {
            if hosts.is_empty() {
                return;
            }
            keep(hosts, filter.name().to_owned(), report, |host| filter.passes(host, request));
        }
    }
}

/// Keeps the hosts that pass and notes the others.
pub(crate) fn keep(
    hosts: &mut Vec<HostState>,
    step: impl Into<std::borrow::Cow<'static, str>>,
    report: &mut ExplainReport,
    mut passes: impl FnMut(&HostState) -> bool,
) {
    let start = hosts.len();
    let rejected = hosts.extract_if(.., |host| !passes(host));
    report.step(step, start, rejected.map(|host| host.facts.host.clone()));
}

impl fmt::Debug for FilterChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|filter| filter.name())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{host, host_with, spec};

    /// Passes hosts with room for another instance.
    struct AtMost(i64);

    impl Filter for AtMost {
        fn name(&self) -> &str {
            "AtMost"
        }
        fn passes(&self, host: &HostState, _: &RequestSpec) -> bool {
            host.num_instances < self.0
        }
    }

    fn chain(registry: &FilterRegistry, names: &[&str]) -> FilterChain {
        registry.enable(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_filter_that_leaves_no_host_is_the_last_asked_and_named_in_the_report() {
        let registry = FilterRegistry::default().with(AtMost(0)).with(AllHostsFilter).with(ComputeFilter);
        let mut report = ExplainReport::default();
        report.begin_round();
        let mut down = host("b");
        down.up = false;
        let mut hosts = vec![host("a"), down, host("c")];
        chain(&registry, &["ComputeFilter", "AtMost", "AllHostsFilter"]).apply(
            &mut hosts,
            &spec(1, 1, 1),
            0,
            &mut report,
        );
        assert!(hosts.is_empty());
        assert_eq!(
            report.to_string(),
            "Filter results: ['ComputeFilter: (start: 3, end: 2)', 'AtMost: (start: 2, end: 0)']"
        );
        assert_eq!(report.rounds[0].steps[0].rejected, ["b"]);
        assert_eq!(report.killer(), Some("AtMost"));
    }

    #[test]
    fn a_filter_that_runs_once_per_request_is_not_asked_for_the_second_instance() {
        let registry = FilterRegistry::default().with(AtMost(1)).with(ComputeFilter);
        let chain = chain(&registry, &["ComputeFilter", "AtMost"]);
        let mut report = ExplainReport::default();
        report.begin_round();
        let mut taken = host_with("a", |_| {}, &[], &[]);
        taken.consume();
        let mut hosts = vec![taken, host("b")];
        chain.apply(&mut hosts, &spec(1, 1, 1), 1, &mut report);
        assert_eq!(report.to_string(), "Filter results: ['AtMost: (start: 2, end: 1)']");
        assert_eq!(hosts[0].facts.host, "b");
    }
}
