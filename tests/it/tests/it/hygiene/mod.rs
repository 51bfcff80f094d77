//! Rules that every file of the workspace keeps.
//!
//! A rule is a [`Rule`]: what it forbids, what to do instead, and a function that finds the lines. Its tests are two:
//! the workspace keeps it, and it sees a breach. Why each rule exists: CONTRIBUTING.md.

mod code;
mod place;
mod size;
pub(crate) mod source;

use std::fmt::Write;

use crate::workspace;

use self::source::Source;

/// One rule.
pub(crate) struct Rule {
    /// What must not be there.
    breach: &'static str,
    /// What to do about it.
    instead: &'static str,
    /// The lines that break it, counted from 1.
    lines: fn(&Source) -> Vec<usize>,
}

impl Rule {
    /// Fails with every breach in the workspace.
    #[track_caller]
    pub(crate) fn check(&self) {
        let sources = workspace::sources();
        assert!(sources.iter().any(Source::is_rust), "no source found: the walk is broken");
        let report = self.report(&sources);
        assert!(report.is_empty(), "{}\n{report}Instead: {}\n", self.breach, self.instead);
    }

    fn report(&self, sources: &[Source]) -> String {
        let mut report = String::new();
        for source in sources {
            for line in (self.lines)(source) {
                writeln!(report, "  {}:{line}", source.path).expect("a String takes every text");
            }
        }
        report
    }

    /// The lines of `text` that break the rule, were it the file `path`.
    pub(crate) fn breaches(&self, path: &str, text: &str) -> Vec<usize> {
        (self.lines)(&Source::new(path, text))
    }
}

#[test]
fn a_breach_is_reported_with_path_and_line() {
    let rule = Rule { breach: "", instead: "", lines: |_| vec![3, 9] };
    assert_eq!(rule.report(&[Source::new("a/b.rs", "")]), "  a/b.rs:3\n  a/b.rs:9\n");
}
