//! A seed, its verdict, and what to tell of it if it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use nova_sim::{Menu, Run};

use crate::plan::Plan;
use crate::run::{Outcome, Violations, run};

/// How many runs a shrinking may take.
const SHRINKING: usize = 80;

/// How many events a failure tells.
const TOLD: usize = 200;

/// What became of a plan.
#[derive(Debug)]
pub struct Verdict {
    /// The plan.
    pub plan: Plan,
    /// The fingerprint of its run.
    pub hash: u64,
    /// How much happened.
    pub events: u64,
    /// How long it took in virtual time.
    pub elapsed: Duration,
    /// The rare states it reached.
    pub reached: BTreeMap<&'static str, u64>,
    /// What was open when what was aimed struck, by the number of its step in the plan.
    pub struck: BTreeMap<usize, BTreeSet<String>>,
    /// What does not hold, and every panic; empty if all is well.
    pub violations: Violations,
    last: Vec<String>,
}

impl Verdict {
    /// Runs the plan of `seed`, with faults of `menu` if there is one.
    pub fn of_seed(seed: u64, menu: Option<&Menu>) -> Self {
        Self::of(Plan::draw(seed, menu))
    }

    /// Runs `plan`.
    pub fn of(plan: Plan) -> Self {
        let Run { value, panics, hash, events, elapsed, last, reached, .. } = run(&plan, TOLD);
        let Outcome { mut violations, struck } = value.unwrap_or_default();
        violations.extend(panics.into_iter().map(|panic| format!("a panic: {panic}")));
        Self { plan, hash, events, elapsed, reached, struck, violations, last }
    }

    /// Whether all is well.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// A failure of the same kind and fewer steps, found in at most 80 runs.
    pub fn shrink(self) -> Self {
        let kinds = self.kinds();
        let fails =
            |steps: &[_]| Self::of(self.plan.with(steps)).kinds().iter().any(|kind| kinds.contains(kind));
        let steps = nova_sim::shrink(&self.plan.steps, SHRINKING, fails);
        let shorter = Self::of(self.plan.with(&steps));
        if shorter.is_clean() { self } else { shorter }
    }

    /// What kinds of violations there are: what they say, but for ids and numbers.
    pub fn kinds(&self) -> BTreeSet<String> {
        self.violations.iter().map(|violation| kind(violation)).collect()
    }
}

/// A finding by its name; anything else by its words that have no digit in them.
fn kind(violation: &str) -> String {
    match violation.split_once('(') {
        Some((finding, _)) if finding.chars().all(char::is_alphanumeric) => finding.to_owned(),
        _ => {
            let words = violation.split_whitespace();
            words
                .filter(|word| !word.contains(|one: char| one.is_ascii_digit()))
                .collect::<Vec<_>>()
                .join(" ")
        }
    }
}

/// The failure, with everything one needs to begin.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}the last events, by seconds of virtual time:", self.plan)?;
        self.last.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "violated:")?;
        self.violations.iter().try_for_each(|violation| writeln!(f, "  {violation}"))?;
        writeln!(f, "again: cargo run -p nova-model -- --seed {:#x}", self.plan.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn violations_of_one_kind_differ_in_ids_and_numbers_alone() {
        assert_eq!(kind("Books(\"a holds nothing\")"), kind("Books(\"b holds of c\")"));
        assert_ne!(kind("Books(\"a holds nothing\")"), kind("Oversold(\"host: 2 of 1\")"));
        assert_eq!(kind("0a1b of boot 3: it does not rest"), kind("77fe of boot 12: it does not rest"));
        assert_ne!(kind("0a1b of boot 3: it does not rest"), kind("0a1b of boot 3: it cannot be seen"));
    }
}
