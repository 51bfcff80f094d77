//! Groups of options, and reading them into their structs.

use std::collections::BTreeMap;
use std::fmt;

use super::error::{Findings, Problem, Warning};
use super::option_value::{OptionValue, Shape};
use super::source::Source;
use super::value::{DefaultFor, Limits};

/// A struct whose fields are options of one group.
///
/// Declared with [`config_group!`](crate::config_group), not implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of options",
    note = "declare it with `nova_core::config_group!`"
)]
pub trait ConfigGroup: fmt::Debug + Send + Sync + Sized + 'static {
    /// The section the options stand in: `DEFAULT`, or a name in lower case.
    const GROUP: &'static str;

    /// The options, in the order of the fields.
    fn options() -> Vec<OptionSpec>;

    /// The struct with its values; `None` if the reader has met a problem.
    fn read(reader: &mut GroupReader<'_>) -> Option<Self>;
}

/// An option by group and name. Its text form is `[group] name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptionName {
    /// The section.
    pub group: String,
    /// The key in it.
    pub name: String,
}

impl OptionName {
    pub(crate) fn new(group: impl Into<String>, name: impl Into<String>) -> Self {
        Self { group: group.into(), name: name.into() }
    }
}

impl fmt::Display for OptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.group, self.name)
    }
}

/// What is known about an option before anyone sets it.
#[derive(Clone)]
pub struct OptionSpec {
    pub(crate) name: &'static str,
    pub(crate) help: String,
    pub(crate) type_name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) switch: bool,
    pub(crate) secret: bool,
    pub(crate) mutable: bool,
    pub(crate) default: Vec<String>,
    pub(crate) sample: Option<&'static str>,
    pub(crate) limits: Limits,
    pub(crate) deprecated: Vec<OptionName>,
}

/// What [`config_group!`](crate::config_group) calls; see there for what each setting means.
impl OptionSpec {
    /// An option of type `T` without a default. `doc` are its documentation comments.
    pub fn of<T: OptionValue>(name: &'static str, doc: &[&str]) -> Self {
        let help: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
        Self {
            name,
            help: help.join("\n").trim().to_owned(),
            type_name: T::TYPE,
            shape: T::SHAPE,
            switch: T::SWITCH,
            secret: T::SECRET,
            mutable: false,
            default: Vec::new(),
            sample: None,
            limits: Limits { choices: T::CHOICES.to_vec(), ..Limits::default() },
            deprecated: Vec::new(),
        }
    }

    /// The value when nobody sets it.
    pub fn default_to<T>(mut self, default: &impl DefaultFor<T>) -> Self {
        self.default = default.texts();
        self
    }

    /// May change on reload.
    pub fn mutable(mut self) -> Self {
        self.mutable = true;
        self
    }

    /// The smallest value allowed.
    pub fn min(mut self, min: impl Into<f64>) -> Self {
        self.limits.min = Some(min.into());
        self
    }

    /// The largest value allowed.
    pub fn max(mut self, max: impl Into<f64>) -> Self {
        self.limits.max = Some(max.into());
        self
    }

    /// The only texts allowed.
    pub fn choices(mut self, choices: &[&'static str]) -> Self {
        self.limits.choices = choices.to_vec();
        self
    }

    /// An older name: `name` in the same group, or `group.name`.
    pub fn deprecated(mut self, group: &str, old: &str) -> Self {
        let (group, name) = old.split_once('.').unwrap_or((group, old));
        self.deprecated.push(OptionName::new(group, name));
        self
    }

    /// The name in files, where it differs from the field's.
    pub fn name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// What the sample file shows as the default, where that differs from machine to machine.
    pub fn sample(mut self, sample: &'static str) -> Self {
        self.sample = Some(sample);
        self
    }

    /// Whether two groups that both declare it mean the same option.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        (self.type_name, self.shape, &self.default) == (other.type_name, other.shape, &other.default)
    }
}

/// Leaves the default out: it may be a secret.
impl fmt::Debug for OptionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptionSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The text an option has now, and where it came from.
#[derive(Clone)]
pub(crate) struct Resolved {
    /// Empty if neither set nor defaulted.
    pub(crate) texts: Vec<String>,
    pub(crate) source: Source,
    /// Never to be shown: the option is secret, or a secret was substituted into it.
    pub(crate) hidden: bool,
}

/// Leaves the texts out: they may be secret.
impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved").field("source", &self.source).finish_non_exhaustive()
    }
}

pub(crate) type Values = BTreeMap<OptionName, Resolved>;

/// Hands the values of a group to its struct, and takes what is wrong with them.
#[derive(Debug)]
pub struct GroupReader<'a> {
    group: &'static str,
    specs: std::slice::Iter<'a, OptionSpec>,
    values: &'a Values,
    findings: &'a mut Findings,
    failed: bool,
}

impl<'a> GroupReader<'a> {
    pub(crate) fn new(
        group: &'static str,
        specs: &'a [OptionSpec],
        values: &'a Values,
        findings: &'a mut Findings,
    ) -> Self {
        Self { group, specs: specs.iter(), values, findings, failed: false }
    }

    /// The value of the next option; `None` if it has none, which is then a problem.
    pub fn next_value<T: OptionValue>(&mut self) -> Option<T> {
        let spec = self.specs.next()?;
        let name = OptionName::new(self.group, spec.name);
        let value = self.value_of(spec, &name);
        self.failed |= value.is_none();
        value
    }

    fn value_of<T: OptionValue>(&mut self, spec: &OptionSpec, name: &OptionName) -> Option<T> {
        // An option whose substitution failed has no entry; that problem is already known.
        let resolved = self.values.get(name)?;
        if resolved.texts.is_empty() {
            let absent = T::absent();
            if absent.is_none() {
                self.findings.problem(Problem::Missing { option: name.clone() });
            }
            return absent;
        }
        match T::from_texts(&resolved.texts, &spec.limits) {
            Ok(value) => Some(value),
            Err(expected) => {
                let found = (!resolved.hidden).then(|| shorten(&resolved.texts.join(", ")));
                let source = resolved.source.clone();
                self.findings.problem(Problem::Value { option: name.clone(), source, expected, found });
                None
            }
        }
    }

    /// Says that the group's own check has changed a value, and why. Do not put a secret into the text.
    pub fn adjusted(&mut self, option: &str, message: impl Into<String>) {
        let option = OptionName::new(self.group, option);
        self.findings.warning(Warning::Adjusted { option, message: message.into() });
    }

    /// Says that a value does not go together with others; the start is refused. Do not put a secret into the text.
    pub fn refuse(&mut self, option: &str, message: impl Into<String>) {
        let option = OptionName::new(self.group, option);
        let source = self.values.get(&option).map_or(Source::Default, |resolved| resolved.source.clone());
        self.findings.problem(Problem::Inconsistent { option, source, message: message.into() });
        self.failed = true;
    }

    pub(crate) fn failed(&self) -> bool {
        self.failed
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
