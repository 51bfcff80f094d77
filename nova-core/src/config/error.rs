//! What is wrong with a configuration, and what is odd about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::group::OptionName;
use super::source::Source;

/// Everything that is wrong with a configuration, in one error.
///
/// Its text has one line per problem. Values of secret options are in none of them.
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// The problems, at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => write!(f, "the configuration cannot be used: {problem}"),
            problems => {
                write!(f, "the configuration cannot be used, {} problems:", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

/// One thing that is wrong with a configuration.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// A file or directory cannot be read.
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be a configuration.
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// A line of a file means nothing.
    Syntax {
        /// File and line.
        source: Source,
        /// What is wrong with the line.
        what: &'static str,
    },
    /// A value has the wrong type or is out of range.
    Value {
        /// The option.
        option: OptionName,
        /// Where the value was set.
        source: Source,
        /// What it should have been.
        expected: String,
        /// The value; `None` if it is secret.
        found: Option<String>,
    },
    /// A `$reference` in a value has no value of its own.
    Substitution {
        /// The option.
        option: OptionName,
        /// Where the value was set.
        source: Source,
        /// Why not.
        what: String,
    },
    /// An option that must be set is not.
    Missing {
        /// The option.
        option: OptionName,
    },
    /// Values that do not go together.
    Inconsistent {
        /// The option that should change.
        option: OptionName,
        /// Where its value was set.
        source: Source,
        /// Why.
        message: String,
    },
    /// The command line or the environment cannot be understood.
    Invocation {
        /// What is wrong with it.
        what: String,
    },
    /// Two groups declare one option differently. A mistake in the program, not the operator's.
    Declared {
        /// The option.
        option: OptionName,
    },
    /// What would be a warning, under [`validate_strict`](super::ConfigBuilder::validate_strict).
    Strict(Warning),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => write!(f, "{}: cannot be read: {error}", path.display()),
            Self::Unsuitable { path, what } => write!(f, "{}: {what}", path.display()),
            Self::Syntax { source, what } => write!(f, "{source}: {what}"),
            Self::Value { option, source, expected, found } => {
                write!(f, "{source}: {option}: expected {expected}")?;
                found.iter().try_for_each(|found| write!(f, ", found {found:?}"))
            }
            Self::Substitution { option, source, what } => write!(f, "{source}: {option}: {what}"),
            Self::Missing { option } => write!(f, "{option}: must be set"),
            Self::Inconsistent { option, source, message } => write!(f, "{source}: {option}: {message}"),
            Self::Invocation { what } => f.write_str(what),
            Self::Declared { option } => {
                write!(f, "{option}: declared twice, with different types or defaults")
            }
            Self::Strict(warning) => warning.fmt(f),
        }
    }
}

/// Something odd about a configuration that does not stop the start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An option that no registered group has.
    UnknownOption {
        /// The option as written.
        option: OptionName,
        /// Where it was set first.
        source: Source,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A section of which no option is known.
    UnknownGroup {
        /// The section.
        group: String,
        /// Where its first option was set.
        source: Source,
        /// How many options it has.
        options: usize,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// An option under an older name; it is honoured.
    Deprecated {
        /// The name used.
        old: OptionName,
        /// The name to use.
        new: OptionName,
        /// Where.
        source: Source,
    },
    /// A value that was set and is not used as it is.
    Adjusted {
        /// The option.
        option: OptionName,
        /// What was made of it, and why.
        message: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suggest = |f: &mut fmt::Formatter<'_>, suggestion: &Option<String>| {
            suggestion.iter().try_for_each(|name| write!(f, "; did you mean {name}?"))
        };
        match self {
            Self::UnknownOption { option, source, suggestion } => {
                write!(f, "{source}: {option}: no such option in this service")?;
                suggest(f, suggestion)
            }
            Self::UnknownGroup { group, source, options, suggestion } => {
                write!(
                    f,
                    "{source}: [{group}]: no such section in this service ({options} options not used)"
                )?;
                suggest(f, suggestion)
            }
            Self::Deprecated { old, new, source } => write!(f, "{source}: {old}: deprecated; use {new}"),
            Self::Adjusted { option, message } => write!(f, "{option}: {message}"),
        }
    }
}

/// What has been found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl Findings {
    /// Two groups may read one option; its problem is reported once.
    pub(crate) fn problem(&mut self, problem: Problem) {
        let text = problem.to_string();
        if self.problems.iter().all(|known| known.to_string() != text) {
            self.problems.push(problem);
        }
    }

    /// Takes the problems of `other` and forgets its warnings.
    pub(crate) fn add_problems(&mut self, other: Self) {
        other.problems.into_iter().for_each(|problem| self.problem(problem));
    }

    pub(crate) fn warning(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Under strict validation, names that are not understood are problems.
    pub(crate) fn make_strict(&mut self) {
        let unknown = |warning: &mut Warning| {
            matches!(warning, Warning::UnknownOption { .. } | Warning::UnknownGroup { .. })
        };
        self.problems.extend(self.warnings.extract_if(.., unknown).map(Problem::Strict));
    }

    /// The warnings, unless there are problems.
    pub(crate) fn finish(self) -> Result<Vec<Warning>, ConfigError> {
        match self.problems.is_empty() {
            true => Ok(self.warnings),
            false => Err(ConfigError { problems: self.problems }),
        }
    }
}
