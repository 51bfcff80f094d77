//! Where values come from: files, the environment, the command line, the program.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Findings, Problem};
use super::group::OptionName;
use super::parse::{self, normal_group, normal_key};

/// The largest file that is read, in bytes.
pub const MAX_FILE_SIZE: u64 = 4 << 20;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nowhere: the option's default.
    Default,
    /// In a file.
    File {
        /// The file.
        path: Arc<Path>,
        /// The line, from 1.
        line: u32,
    },
    /// By an environment variable of this name.
    Environment(String),
    /// On the command line.
    CommandLine,
    /// By the program, with [`ConfigBuilder::set`](super::ConfigBuilder::set).
    Program,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine => f.write_str("command line"),
            Self::Program => f.write_str("set by the program"),
        }
    }
}

/// One value as written.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) text: String,
    pub(crate) source: Source,
}

/// The values of one file, of the environment, of the command line or of the program. Later ones win.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layer {
    pub(crate) settings: BTreeMap<OptionName, Vec<Setting>>,
    /// Repeated options of several files add up.
    pub(crate) is_file: bool,
}

impl Layer {
    pub(crate) fn push(&mut self, option: OptionName, text: String, source: Source) {
        self.settings.entry(option).or_default().push(Setting { text, source });
    }
}

/// What the operator or the program asks to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileArgument {
    File(PathBuf),
    Dir(PathBuf),
}

/// The layers of all files, in order.
pub(crate) fn read_files(arguments: &[FileArgument], findings: &mut Findings) -> Vec<Layer> {
    let mut layers = Vec::new();
    for argument in arguments {
        match argument {
            FileArgument::File(path) => layers.extend(read_file(path, findings)),
            FileArgument::Dir(path) => {
                layers.extend(conf_files(path, findings).iter().filter_map(|path| read_file(path, findings)));
            }
        }
    }
    layers
}

fn read_file(path: &Path, findings: &mut Findings) -> Option<Layer> {
    let text = read_text(path, findings)?;
    let parsed = parse::parse(&text);
    let shared: Arc<Path> = path.into();
    for mistake in parsed.mistakes {
        let source = Source::File { path: shared.clone(), line: mistake.line };
        findings.problem(Problem::Syntax { source, what: mistake.what });
    }
    let mut layer = Layer { is_file: true, ..Layer::default() };
    for assignment in parsed.assignments {
        let source = Source::File { path: shared.clone(), line: assignment.line };
        layer.push(OptionName::new(assignment.group, assignment.key), assignment.value, source);
    }
    Some(layer)
}

fn read_text(path: &Path, findings: &mut Findings) -> Option<String> {
    let unsuitable = |what: &str| Problem::Unsuitable { path: path.to_owned(), what: what.to_owned() };
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            findings.problem(Problem::Unreadable { path: path.to_owned(), error });
            return None;
        }
    };
    if bytes.len() as u64 > MAX_FILE_SIZE {
        findings.problem(unsuitable("too large for a configuration file"));
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            findings.problem(unsuitable(&format!("not UTF-8 text in line {line}")));
            None
        }
    }
}

/// At most one byte more than is allowed, so that the caller sees that there is more.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The `*.conf` files in a directory, by name. Hidden files are not among them.
fn conf_files(path: &Path, findings: &mut Findings) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(path).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()
    });
    match listed {
        Ok(mut paths) => {
            paths.retain(|path| is_conf(path));
            paths.sort();
            paths
        }
        Err(error) => {
            findings.problem(Problem::Unreadable { path: path.to_owned(), error });
            Vec::new()
        }
    }
}

fn is_conf(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    path.extension().is_some_and(|extension| extension == "conf") && !hidden && path.is_file()
}

/// The options among environment variables: those named `OS_<GROUP>__<NAME>`.
pub(crate) fn read_environment(variables: impl IntoIterator<Item = (String, String)>) -> Layer {
    let mut layer = Layer::default();
    for (variable, text) in variables {
        let named = variable.strip_prefix("OS_").and_then(|rest| rest.split_once("__"));
        let Some((group, name)) = named.filter(|(group, name)| !group.is_empty() && !name.is_empty()) else {
            continue;
        };
        let option = OptionName::new(normal_group(group), normal_key(name).to_lowercase());
        layer.push(option, text, Source::Environment(variable));
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(findings: Findings) -> String {
        findings.finish().map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_directory_gives_its_conf_files_by_name_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", "c.txt", ".d.conf"] {
            std::fs::write(dir.path().join(name), format!("[DEFAULT]\nname = {name}\n")).unwrap();
        }
        std::fs::create_dir(dir.path().join("e.conf")).unwrap();
        let mut findings = Findings::default();
        let layers = read_files(&[FileArgument::Dir(dir.path().into())], &mut findings);
        let name = OptionName::new("DEFAULT", "name");
        let texts: Vec<&str> = layers.iter().map(|layer| layer.settings[&name][0].text.as_str()).collect();
        assert_eq!(texts, ["a.conf", "b.conf"]);
        assert_eq!(problems(findings), "");
    }

    #[test]
    fn files_that_cannot_be_configurations_are_named_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let (large, binary, missing) =
            (dir.path().join("large"), dir.path().join("binary"), dir.path().join("missing"));
        File::create(&large).unwrap().set_len(MAX_FILE_SIZE + 1).unwrap();
        std::fs::write(&binary, b"[DEFAULT]\na = \xff\n").unwrap();
        let mut findings = Findings::default();
        let arguments = [&large, &binary, &missing].map(|path| FileArgument::File(path.clone()));
        assert!(read_files(&arguments, &mut findings).is_empty());
        let text = problems(findings);
        assert!(text.contains("large: too large"), "{text}");
        assert!(text.contains("binary: not UTF-8 text in line 2"), "{text}");
        assert!(text.contains("missing: cannot be read"), "{text}");
    }

    #[test]
    fn only_variables_with_a_group_and_a_name_are_options() {
        let variables = ["OS_DEFAULT__DEBUG", "OS_UPGRADE_LEVELS__COMPUTE", "OS_AUTH_URL", "OS___X", "PATH"];
        let layer = read_environment(variables.map(|name| (name.to_owned(), "v".to_owned())));
        let names: Vec<String> = layer.settings.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["[DEFAULT] debug", "[upgrade_levels] compute"]);
    }
}
