//! Which of the best hosts comes first.

use nova_core::Env;

use crate::host::HostState;
use crate::options::FilterSchedulerOptions;

/// Brings to the front a host from among the best, as the options say. The order of the others stays.
pub(super) fn best_first(
    env: &Env,
    options: &FilterSchedulerOptions,
    hosts: &mut [HostState],
    weights: &[f64],
) {
    if options.shuffle_best_same_weighed_hosts {
        let same = weights.iter().take_while(|weight| Some(*weight) == weights.first()).count();
        shuffle(env, &mut hosts[..same]);
    }
    let subset = options.host_subset_size.min(hosts.len());
    if subset > 1 {
        let chosen = below(env, subset);
        hosts[..=chosen].rotate_right(1);
    }
}

fn shuffle(env: &Env, hosts: &mut [HostState]) {
    for last in (1..hosts.len()).rev() {
        hosts.swap(last, below(env, last + 1));
    }
}

fn below(env: &Env, bound: usize) -> usize {
    usize::try_from(env.random_below(bound as u64)).expect("below a usize")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::{filter_options, host};

    /// All orders that come of many tries, as texts.
    fn orders(options: &[&str], weights: &[f64]) -> BTreeSet<String> {
        let env = Env::builder().seed(11).build();
        let options = filter_options(options);
        let order = |_| {
            let mut hosts = ["a", "b", "c"].map(host);
            best_first(&env, &options, &mut hosts, weights);
            hosts.iter().map(|host| host.facts.host.as_str()).collect::<String>()
        };
        (0..200).map(order).collect()
    }

    fn set(orders: &[&str]) -> BTreeSet<String> {
        orders.iter().map(|order| (*order).to_owned()).collect()
    }

    #[test]
    fn by_default_the_best_host_comes_first_always() {
        assert_eq!(orders(&[], &[1.0, 1.0, 1.0]), set(&["abc"]));
    }

    #[test]
    fn one_of_the_best_few_comes_first_and_the_others_keep_their_order() {
        assert_eq!(orders(&["host_subset_size=2"], &[3.0, 2.0, 1.0]), set(&["abc", "bac"]));
        assert_eq!(orders(&["host_subset_size=9"], &[3.0, 2.0, 1.0]), set(&["abc", "bac", "cab"]));
    }

    #[test]
    fn only_hosts_that_weigh_as_much_as_the_best_are_shuffled() {
        let shuffle = ["shuffle_best_same_weighed_hosts=true"];
        assert_eq!(orders(&shuffle, &[2.0, 2.0, 1.0]), set(&["abc", "bac"]));
        assert_eq!(orders(&shuffle, &[1.0, 1.0, 1.0]).len(), 6);
    }
}
