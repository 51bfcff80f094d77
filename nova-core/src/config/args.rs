//! The command line: files, options, and what is left for the program.

use std::collections::BTreeMap;

use super::error::{Findings, Problem};
use super::group::OptionName;
use super::registry::Registry;
use super::source::{FileArgument, Layer, Source};
use super::suggest::nearest;

/// What the command line says.
#[derive(Debug, Default)]
pub(crate) struct CommandLine {
    pub(crate) files: Vec<FileArgument>,
    pub(crate) layer: Layer,
    pub(crate) positional: Vec<String>,
}

/// Whether somebody asks for help, before `--`.
pub(crate) fn wants_help(arguments: &[String]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--help" || argument == "-h")
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(registry: &Registry, arguments: &[String], findings: &mut Findings) -> CommandLine {
    let mut parser = Parser { flags: flags(registry), read: CommandLine::default(), findings };
    let mut rest = arguments.iter().cloned();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--" => parser.read.positional.extend(rest.by_ref()),
            "--help" | "-h" => {}
            long if long.starts_with("--") => parser.long(long, &mut rest),
            short if short.starts_with('-') && short.len() > 1 => {
                parser.problem(format!("unknown argument {short}"))
            }
            _ => parser.read.positional.push(argument),
        }
    }
    parser.read
}

/// The flag of an option: `--name`, or `--group-name` outside `DEFAULT`.
pub(crate) fn flag_name(option: &OptionName) -> String {
    prefixed(option, "")
}

fn prefixed(option: &OptionName, prefix: &str) -> String {
    let name = match option.group.as_str() {
        "DEFAULT" => format!("{prefix}{}", option.name),
        group => format!("{group}-{prefix}{}", option.name),
    };
    normal_flag(&name)
}

fn normal_flag(name: &str) -> String {
    name.replace('_', "-")
}

#[derive(Debug, Clone)]
enum Flag {
    File,
    Dir,
    /// Takes a value.
    Value(OptionName),
    /// Says `true` or `false` by being there.
    Switch(OptionName, &'static str),
    /// Could be any of these.
    Ambiguous(Vec<OptionName>),
}

impl Flag {
    fn option(&self) -> Vec<OptionName> {
        match self {
            Self::Value(option) | Self::Switch(option, _) => vec![option.clone()],
            Self::Ambiguous(options) => options.clone(),
            Self::File | Self::Dir => Vec::new(),
        }
    }
}

fn flags(registry: &Registry) -> BTreeMap<String, Flag> {
    let mut flags =
        BTreeMap::from([("config-file".to_owned(), Flag::File), ("config-dir".to_owned(), Flag::Dir)]);
    for (option, spec) in registry.options() {
        if spec.switch {
            add(&mut flags, prefixed(&option, "no"), Flag::Switch(option.clone(), "false"));
            add(&mut flags, flag_name(&option), Flag::Switch(option, "true"));
        } else {
            add(&mut flags, flag_name(&option), Flag::Value(option));
        }
    }
    flags
}

fn add(flags: &mut BTreeMap<String, Flag>, name: String, flag: Flag) {
    match flags.get_mut(&name) {
        None => drop(flags.insert(name, flag)),
        Some(Flag::File | Flag::Dir) => {}
        Some(taken) => *taken = Flag::Ambiguous([taken.option(), flag.option()].concat()),
    }
}

struct Parser<'a> {
    flags: BTreeMap<String, Flag>,
    read: CommandLine,
    findings: &'a mut Findings,
}

impl Parser<'_> {
    fn long(&mut self, argument: &str, rest: &mut impl Iterator<Item = String>) {
        let text = argument.trim_start_matches('-');
        let (name, inline) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let name = normal_flag(name);
        let value = || inline.map(str::to_owned);
        match self.flags.get(&name).cloned() {
            None => self.unknown(&name),
            Some(Flag::Ambiguous(options)) => {
                let names: Vec<String> = options.iter().map(ToString::to_string).collect();
                self.problem(format!("--{name} may mean {}; set it in a file", names.join(" or ")));
            }
            Some(Flag::Switch(option, _)) if inline.is_some() && flag_name(&option) == name => {
                self.set(option, value().unwrap_or_default());
            }
            Some(Flag::Switch(_, _)) if inline.is_some() => self.problem(format!("--{name} takes no value")),
            Some(Flag::Switch(option, meaning)) => self.set(option, meaning.to_owned()),
            Some(flag) => match value().or_else(|| rest.next()) {
                Some(value) => self.with_value(flag, value),
                None => self.problem(format!("--{name} needs a value")),
            },
        }
    }

    fn with_value(&mut self, flag: Flag, value: String) {
        match flag {
            Flag::File => self.read.files.push(FileArgument::File(value.into())),
            Flag::Dir => self.read.files.push(FileArgument::Dir(value.into())),
            Flag::Value(option) | Flag::Switch(option, _) => self.set(option, value),
            Flag::Ambiguous(_) => {}
        }
    }

    fn set(&mut self, option: OptionName, value: String) {
        self.read.layer.push(option, value, Source::CommandLine);
    }

    fn unknown(&mut self, name: &str) {
        let suggestion = nearest(name, self.flags.keys().map(String::as_str));
        let suggestion = suggestion.map_or_else(String::new, |flag| format!("; did you mean --{flag}?"));
        self.problem(format!("unknown argument --{name}{suggestion}"));
    }

    fn problem(&mut self, what: String) {
        self.findings.problem(Problem::Invocation { what: format!("command line: {what}") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    crate::config_group! {
        #[allow(dead_code, reason = "only the declarations matter here")]
        pub(crate) struct Plain in "DEFAULT" {
            pub(crate) debug: bool = false,
            pub(crate) report_interval: i64 = 10,
            pub(crate) a_b: i64 = 1,
        }
    }

    crate::config_group! {
        #[allow(dead_code, reason = "only the declarations matter here")]
        pub(crate) struct Grouped in "a" {
            pub(crate) b: i64 = 1,
            pub(crate) on: bool = true,
            pub(crate) many: crate::config::Multi<String>,
        }
    }

    fn read(arguments: &[&str]) -> (Vec<String>, Vec<String>, String) {
        let mut registry = Registry::default();
        registry.register::<Plain>();
        registry.register::<Grouped>();
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let mut findings = Findings::default();
        let read = parse(&registry, &arguments, &mut findings);
        let settings = read.layer.settings.iter().flat_map(|(option, settings)| {
            settings.iter().map(move |setting| {
                assert_eq!(setting.source, Source::CommandLine);
                format!("{option}={}", setting.text)
            })
        });
        let problems = findings.finish().map_or_else(|error| error.to_string(), |_| String::new());
        (settings.collect(), read.positional, problems)
    }

    #[test]
    fn options_take_values_beside_or_after_an_equals_sign_and_repeat() {
        let (settings, positional, problems) =
            read(&["demo", "--report_interval", "-5", "--a-many=x", "--a-many", "y", "--", "--debug"]);
        assert_eq!(settings, ["[DEFAULT] report_interval=-5", "[a] many=x", "[a] many=y"]);
        assert_eq!(positional, ["demo", "--debug"]);
        assert_eq!(problems, "");
    }

    #[test]
    fn switches_are_turned_off_by_a_no_in_front_of_the_name() {
        assert_eq!(read(&["--debug", "--a-noon"]).0, ["[DEFAULT] debug=true", "[a] on=false"]);
        assert_eq!(read(&["--nodebug", "--a-on=no"]).0, ["[DEFAULT] debug=false", "[a] on=no"]);
    }

    #[test]
    fn every_mistake_on_the_command_line_is_reported() {
        let problems =
            read(&["--reprot-interval", "3", "-x", "--nodebug=1", "--a-b", "1", "--report-interval"]).2;
        for expected in [
            "unknown argument --reprot-interval; did you mean --report-interval?",
            "unknown argument -x",
            "--nodebug takes no value",
            "--a-b may mean [DEFAULT] a_b or [a] b",
            "--report-interval needs a value",
        ] {
            assert!(problems.contains(expected), "{expected} is not in {problems}");
        }
    }

    #[test]
    fn an_unknown_argument_is_reported_without_its_value() {
        let problems = read(&["--password=s3same"]).2;
        assert!(problems.contains("--password") && !problems.contains("s3same"), "{problems}");
    }
}
