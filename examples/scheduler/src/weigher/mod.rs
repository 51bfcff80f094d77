//! Which host is best.

mod group;
mod nova;

use std::fmt;
use std::sync::Arc;

use nova_objects_catalog::RequestSpec;

pub use self::nova::HostWeigher;

use self::group::ServerGroupWeigher;

use crate::host::HostState;
use crate::names::{Names, UnknownName};
use crate::options::FilterSchedulerOptions;

/// What stands for all weighers in the configuration.
const ALL: &str = "all_weighers";

/// Gives each host a number; more is better, unless the multiplier is negative.
///
/// The numbers of all hosts are brought into 0 to 1, multiplied, and added up over all weighers, so that a weigher can
/// use any unit. The scheduler asks for every host that passed the filters, from several requests at the same time; an
/// answer depends on nothing but the host and the request, and comes at once. A number that is not finite counts as 0.
///
/// # Example: prefer hosts whose name is short
/// ```
/// use nova_objects_catalog::RequestSpec;
/// use nova_scheduler::HostState;
/// use nova_scheduler::weigher::{Weigher, WeigherRegistry};
///
/// struct ShortName;
///
/// impl Weigher for ShortName {
///     fn name(&self) -> &str { "ShortName" }
///     fn weight(&self, host: &HostState, _request: &RequestSpec) -> f64 { host.facts.host.len() as f64 }
///     fn multiplier(&self) -> f64 { -1.0 }
/// }
///
/// let chain = WeigherRegistry::default().with(ShortName).enable(&["ShortName".to_owned()])?;
/// # let mut hosts = vec![nova_scheduler::testing::host("node-10"), nova_scheduler::testing::host("node-1")];
/// let weights = chain.order(&mut hosts, &RequestSpec::empty());
/// assert_eq!(hosts[0].facts.host, "node-1");
/// assert_eq!(weights, [0.0, -1.0]);
/// # Ok::<(), nova_scheduler::UnknownName>(())
/// ```
#[doc(alias = "nova.scheduler.weights.BaseHostWeigher")]
pub trait Weigher: Send + Sync + 'static {
    /// The name in the configuration; Nova's class name where it is one of Nova's.
    fn name(&self) -> &str;

    /// The number of `host`.
    #[doc(alias = "_weigh_object")]
    fn weight(&self, host: &HostState, request: &RequestSpec) -> f64;

    /// How much the weigher counts.
    #[doc(alias = "weight_multiplier")]
    fn multiplier(&self) -> f64 {
        1.0
    }

    /// What counts as 0 and as 1. Without, the least and the greatest number of the hosts at hand.
    fn bounds(&self) -> Bounds {
        Bounds::default()
    }
}

/// One weigher for several schedulers.
impl<W: Weigher + ?Sized> Weigher for Arc<W> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn weight(&self, host: &HostState, request: &RequestSpec) -> f64 {
        (**self).weight(host, request)
    }

    fn multiplier(&self) -> f64 {
        (**self).multiplier()
    }

    fn bounds(&self) -> Bounds {
        (**self).bounds()
    }
}

/// The numbers that count as 0 and as 1; what lies beyond is brought back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The least number.
    #[doc(alias = "minval")]
    pub min: Option<f64>,
    /// The greatest number.
    #[doc(alias = "maxval")]
    pub max: Option<f64>,
}

/// The weighers there are, by name.
#[derive(Debug)]
pub struct WeigherRegistry(Names<dyn Weigher>);

impl Default for WeigherRegistry {
    fn default() -> Self {
        Self(Names::of("weigher"))
    }
}

impl WeigherRegistry {
    /// Those of Nova's weighers that are built in.
    pub fn nova(options: &FilterSchedulerOptions) -> Self {
        nova::all(options)
            .into_iter()
            .fold(Self::default(), Self::with)
            .with(ServerGroupWeigher::soft_affinity(options.soft_affinity_weight_multiplier))
            .with(ServerGroupWeigher::soft_anti_affinity(options.soft_anti_affinity_weight_multiplier))
    }

    /// Adds a weigher. One of the same name is replaced.
    pub fn with(mut self, weigher: impl Weigher) -> Self {
        let name = weigher.name().to_owned();
        self.0.insert(&name, Arc::new(weigher));
        self
    }

    /// The names, in the order of registration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }

    /// The weighers of these names; `nova.scheduler.weights.all_weighers` stands for all.
    ///
    /// # Errors
    /// A name that nothing has.
    pub fn enable(&self, names: &[String]) -> Result<WeigherChain, UnknownName> {
        if names.iter().any(|name| name.rsplit('.').next() == Some(ALL)) {
            return Ok(WeigherChain(self.0.all()));
        }
        self.0.find(names).map(WeigherChain)
    }
}

/// Weighers that are added up.
pub struct WeigherChain(Vec<Arc<dyn Weigher>>);

impl WeigherChain {
    /// Puts the best host first and gives the weights in the new order. Hosts that weigh the same keep their order; a
    /// single host is not weighed.
    #[doc(alias = "get_weighed_objects")]
    pub fn order(&self, hosts: &mut Vec<HostState>, request: &RequestSpec) -> Vec<f64> {
        if hosts.len() < 2 {
            return vec![0.0; hosts.len()];
        }
        let mut weighed: Vec<_> = self.totals(hosts, request).into_iter().zip(hosts.drain(..)).collect();
        weighed.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        let (weights, best): (Vec<_>, Vec<_>) = weighed.into_iter().unzip();
        *hosts = best;
        weights
    }

    fn totals(&self, hosts: &[HostState], request: &RequestSpec) -> Vec<f64> {
        let mut totals = vec![0.0; hosts.len()];
        for weigher in &self.0 {
            let weights = hosts.iter().map(|host| weigher.weight(host, request)).collect();
            for (total, weight) in totals.iter_mut().zip(normalised(weights, weigher.bounds())) {
                *total += weigher.multiplier() * weight;
            }
        }
        totals
    }
}

/// The weights brought into 0 to 1; all 0 if there is no difference.
#[doc(alias = "normalize")]
fn normalised(mut weights: Vec<f64>, bounds: Bounds) -> Vec<f64> {
    for weight in &mut weights {
        let finite = if weight.is_finite() { *weight } else { 0.0 };
        let above = bounds.min.map_or(finite, |min| finite.max(min));
        *weight = bounds.max.map_or(above, |max| above.min(max));
    }
    let least = bounds.min.unwrap_or_else(|| weights.iter().copied().fold(f64::INFINITY, f64::min));
    let greatest = bounds.max.unwrap_or_else(|| weights.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    let range = greatest - least;
    let scale = |weight: f64| if range > 0.0 { (weight - least) / range } else { 0.0 };
    weights.into_iter().map(scale).collect()
}

impl fmt::Debug for WeigherChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|weigher| weigher.name())).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weights_are_brought_between_the_least_and_the_greatest_or_the_fixed_bounds() {
        let free = Bounds::default();
        let floor = Bounds { min: Some(0.0), max: None };
        let both = Bounds { min: Some(0.0), max: Some(10.0) };
        for (weights, bounds, expected) in [
            (vec![1.0, 2.0, 5.0], free, vec![0.0, 0.25, 1.0]),
            (vec![-4.0, 0.0, 4.0], free, vec![0.0, 0.5, 1.0]),
            (vec![7.0, 7.0], free, vec![0.0, 0.0]),
            (vec![2.0, 8.0], floor, vec![0.25, 1.0]),
            (vec![8.0, 8.0], floor, vec![1.0, 1.0]),
            (vec![-3.0, 4.0], floor, vec![0.0, 1.0]),
            (vec![0.0, 0.0], floor, vec![0.0, 0.0]),
            (vec![5.0, 20.0], both, vec![0.5, 1.0]),
            (vec![f64::NAN, 4.0], floor, vec![0.0, 1.0]),
        ] {
            assert_eq!(normalised(weights.clone(), bounds), expected, "{weights:?} {bounds:?}");
        }
    }

    proptest! {
        #[test]
        fn weights_come_out_between_0_and_1_in_the_same_order(
            weights in proptest::collection::vec(-1e9f64..1e9, 1..20),
        ) {
            let scaled = normalised(weights.clone(), Bounds::default());
            prop_assert!(scaled.iter().all(|weight| (0.0..=1.0).contains(weight)));
            for (a, b) in weights.iter().zip(&scaled) {
                for (c, d) in weights.iter().zip(&scaled) {
                    prop_assert!(a > c || b <= d, "{a} <= {c}, but {b} > {d}");
                }
            }
        }
    }
}
