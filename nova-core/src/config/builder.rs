//! Loading a configuration.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::error::{ConfigError, Findings, Problem};
use super::group::{ConfigGroup, OptionName, Values};
use super::parse::{normal_group, normal_key};
use super::registry::Registry;
use super::source::{FileArgument, Layer, Source, read_environment, read_files};
use super::{Config, Inner, State, args, resolve, sample};

/// Says which options there are and where their values come from, then [loads](Self::load) them.
#[derive(Default)]
pub struct ConfigBuilder {
    registry: Registry,
    files: Vec<FileArgument>,
    default_files: Vec<PathBuf>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    program: Layer,
    foreign: BTreeSet<String>,
    strict: bool,
    findings: Findings,
}

impl ConfigBuilder {
    /// Adds a group of options. Doing it again changes nothing.
    pub fn register<G: ConfigGroup>(mut self) -> Self {
        self.registry.register::<G>();
        self
    }

    /// Reads a file, which must exist. Files named on the command line come after it and win.
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.files.push(FileArgument::File(path.as_ref().to_owned()));
        self
    }

    /// Reads every `*.conf` file of a directory, in the order of their names.
    pub fn dir(mut self, path: impl AsRef<Path>) -> Self {
        self.files.push(FileArgument::Dir(path.as_ref().to_owned()));
        self
    }

    /// Reads a file if it exists and the command line names neither file nor directory.
    pub fn default_file(mut self, path: impl AsRef<Path>) -> Self {
        self.default_files.push(path.as_ref().to_owned());
        self
    }

    /// Takes command-line arguments, without the program's name.
    pub fn args<S: Into<String>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Takes environment variables; only those named `OS_<GROUP>__<NAME>` matter.
    pub fn env_vars(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// Takes the command line and the environment of this process: what a `main` wants.
    pub fn process(mut self) -> Self {
        for (position, argument) in std::env::args_os().enumerate().skip(1) {
            match argument.into_string() {
                Ok(argument) => self.arguments.push(argument),
                Err(_) => self.not_text(format!("command line: argument {position} is not UTF-8 text")),
            }
        }
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with("OS_")) else { continue };
            match value.into_string() {
                Ok(value) => self.variables.push((name.to_owned(), value)),
                Err(_) => self.not_text(format!("environment variable {name}: not UTF-8 text")),
            }
        }
        self
    }

    fn not_text(&mut self, what: String) {
        self.findings.problem(Problem::Invocation { what });
    }

    /// Sets an option from the program; nothing an operator sets overrides it. For tests and embedders.
    pub fn set(mut self, group: &str, name: &str, value: impl Into<String>) -> Self {
        let option = OptionName::new(normal_group(group), normal_key(name));
        self.program.push(option, value.into(), Source::Program);
        self
    }

    /// Names a section that belongs to another program or library reading the same files: no warning about it.
    pub fn foreign_group(mut self, group: &str) -> Self {
        self.foreign.insert(normal_group(group));
        self
    }

    /// Makes options and sections that nobody understands errors instead of warnings.
    pub fn validate_strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The help text, if the command line asks for it with `--help` or `-h`.
    ///
    /// Ask before [`load`](Self::load), which ignores these two: help must come even when a file is broken.
    pub fn help(&self, usage: &str) -> Option<String> {
        args::wants_help(&self.arguments).then(|| sample::help(&self.registry, usage))
    }

    /// See [`Config::sample`]; needs no files.
    pub fn sample(&self) -> String {
        sample::sample(&self.registry)
    }

    /// Reads everything.
    ///
    /// # Errors
    /// Everything that is wrong, in one error: files that cannot be read, lines that mean nothing, values of the
    /// wrong type, unknown arguments.
    pub fn load(self) -> Result<Config, ConfigError> {
        let (registry, inputs, mut findings) = self.into_parts();
        registry.check(&mut findings);
        let values = inputs.read(&registry, &mut findings);
        let groups = registry.read(&values, &mut findings);
        let warnings = findings.finish()?;
        let cells = registry.cells(groups);
        let state = Mutex::new(State { values, warnings });
        Ok(Config(Arc::new(Inner { registry, inputs, cells, state })))
    }

    fn into_parts(mut self) -> (Registry, Inputs, Findings) {
        let command_line = args::parse(&self.registry, &self.arguments, &mut self.findings);
        if command_line.files.is_empty() {
            let existing = self.default_files.into_iter().filter(|path| path.exists());
            self.files.extend(existing.map(FileArgument::File));
        }
        self.files.extend(command_line.files);
        let above_files = vec![read_environment(self.variables), command_line.layer, self.program];
        let inputs = Inputs {
            files: self.files,
            above_files,
            positional: command_line.positional,
            foreign: self.foreign,
            strict: self.strict,
        };
        (self.registry, inputs, self.findings)
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Where values come from: what a reload reads again, and what stays.
pub(crate) struct Inputs {
    files: Vec<FileArgument>,
    /// Environment, command line, program: read once.
    above_files: Vec<Layer>,
    pub(crate) positional: Vec<String>,
    foreign: BTreeSet<String>,
    strict: bool,
}

impl Inputs {
    pub(crate) fn read(&self, registry: &Registry, findings: &mut Findings) -> Values {
        let mut layers = read_files(&self.files, findings);
        layers.extend(self.above_files.iter().cloned());
        let values = resolve::resolve(registry, &layers, &self.foreign, findings);
        if self.strict {
            findings.make_strict();
        }
        values
    }
}
