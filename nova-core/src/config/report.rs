//! Showing the configuration in force.

use std::fmt;

use super::error::Warning;
use super::group::{OptionName, Resolved, Values};
use super::registry::Registry;
use super::secret::MASK;
use super::source::Source;

/// Every option with its value and source; see [`Config::dump`](super::Config::dump).
///
/// Its text has one line per option: `[group] name = value  (source)`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Dump {
    /// The options: `DEFAULT` first, then by group.
    pub entries: Vec<DumpEntry>,
    /// What is odd about them.
    pub warnings: Vec<Warning>,
}

/// One option as it is in force.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DumpEntry {
    /// The option.
    pub option: OptionName,
    /// Its value as text, `***` if secret; `None` if it has none.
    pub value: Option<String>,
    /// Where the value was set.
    pub source: Source,
    /// Whether a reload may change it.
    pub mutable: bool,
}

impl Dump {
    pub(super) fn new(registry: &Registry, values: &Values, warnings: Vec<Warning>) -> Self {
        let entry = |(option, mutable)| {
            let resolved = values.get(&option)?;
            let source = resolved.source.clone();
            Some(DumpEntry { value: shown(resolved), source, mutable, option })
        };
        let options = registry.options().into_iter().map(|(option, spec)| (option, spec.mutable));
        Self { entries: options.filter_map(entry).collect(), warnings }
    }
}

fn shown(resolved: &Resolved) -> Option<String> {
    match (resolved.texts.is_empty(), resolved.hidden) {
        (true, _) => None,
        (false, true) => Some(MASK.to_owned()),
        (false, false) => Some(resolved.texts.join(" | ")),
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for DumpEntry { option, value, source, mutable: _ } in &self.entries {
            writeln!(f, "{option} = {}  ({source})", value.as_deref().unwrap_or("<None>").escape_debug())?;
        }
        self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}
