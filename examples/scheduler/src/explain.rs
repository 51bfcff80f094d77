//! Why these hosts, or why none.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// At most so many hosts are named for each step.
const NAMED: usize = 10;

/// What became of the hosts on the way to a choice, step by step.
///
/// It names hosts and says how many there are: it is for operators, not for users. Its text is the line Nova logs.
///
/// # Example
/// ```
/// use nova_scheduler::ExplainReport;
///
/// let mut report = ExplainReport::default();
/// report.begin_round();
/// report.step("ComputeFilter", 3, ["node-3".to_owned()].into_iter());
/// report.step("ImagePropertiesFilter", 2, ["node-1".to_owned(), "node-2".to_owned()].into_iter());
/// assert_eq!(
///     report.to_string(),
///     "Filter results: ['ComputeFilter: (start: 3, end: 2)', 'ImagePropertiesFilter: (start: 2, end: 0)']"
/// );
/// assert_eq!(report.killer(), Some("ImagePropertiesFilter"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExplainReport {
    /// How many hosts placement offered.
    pub candidates: usize,
    /// How many of them have no record, or no service record, and were left out.
    pub unknown: usize,
    /// One round for each instance.
    pub rounds: Vec<Round>,
}

/// How a host was chosen for one instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Round {
    /// What was looked at, in order, up to the step that left no host.
    pub steps: Vec<Step>,
    /// The best hosts, best first.
    pub best: Vec<Weighed>,
    /// The hosts that were full after all when they were claimed.
    pub full: Vec<String>,
    /// The hosts that were taken, or left, by others of the instance's server group when they were claimed.
    pub conflicts: Vec<String>,
    /// The host that was claimed.
    pub chosen: Option<String>,
}

/// One filter, or one wish of the request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The filter; a wish goes by its field, such as `ignore_hosts`.
    pub filter: Cow<'static, str>,
    /// How many hosts came to it.
    pub start: usize,
    /// How many passed.
    pub end: usize,
    /// Some of those that did not.
    pub rejected: Vec<String>,
}

/// A host and its weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Weighed {
    /// The host.
    pub host: String,
    /// The sum over all weighers.
    pub weight: f64,
}

impl ExplainReport {
    /// Goes on with the next instance.
    pub fn begin_round(&mut self) {
        self.rounds.push(Round::default());
    }

    /// Notes that of `start` hosts these were turned away by `filter`.
    pub fn step(
        &mut self,
        filter: impl Into<Cow<'static, str>>,
        start: usize,
        rejected: impl Iterator<Item = String>,
    ) {
        let (mut named, mut count) = (Vec::new(), 0);
        for host in rejected {
            count += 1;
            if named.len() < NAMED {
                named.push(host);
            }
        }
        let end = start.saturating_sub(count);
        self.round(|round| round.steps.push(Step { filter: filter.into(), start, end, rejected: named }));
    }

    /// Notes the order of the hosts.
    pub(crate) fn weighed(&mut self, best: impl Iterator<Item = (String, f64)>) {
        let best = best.take(NAMED).map(|(host, weight)| Weighed { host, weight });
        self.round(|round| round.best.extend(best));
    }

    pub(crate) fn full(&mut self, host: &str) {
        self.round(|round| round.full.push(host.to_owned()));
    }

    pub(crate) fn conflict(&mut self, host: &str) {
        self.round(|round| round.conflicts.push(host.to_owned()));
    }

    /// Forgets how the hosts of this round were sifted: they are sifted again.
    pub(crate) fn begin_again(&mut self) {
        self.round(|round| {
            round.steps.clear();
            round.best.clear();
        });
    }

    pub(crate) fn chosen(&mut self, host: &str) {
        self.round(|round| round.chosen = Some(host.to_owned()));
    }

    /// The step that left no host, if one did.
    pub fn killer(&self) -> Option<&str> {
        let steps = self.rounds.last().map(|round| round.steps.as_slice()).unwrap_or_default();
        steps.iter().find(|step| step.end == 0).map(|step| step.filter.as_ref())
    }

    fn round(&mut self, note: impl FnOnce(&mut Round)) {
        if let Some(round) = self.rounds.last_mut() {
            note(round);
        }
    }
}

impl fmt::Display for ExplainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.rounds.last().map(|round| round.steps.as_slice()).unwrap_or_default();
        f.write_str("Filter results: [")?;
        for (at, Step { filter, start, end, .. }) in steps.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}'{filter}: (start: {start}, end: {end})'")?;
        }
        f.write_str("]")
    }
}
