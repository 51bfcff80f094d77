//! The generated sample file and the help text.

use std::fmt::Write;

use super::args::flag_name;
use super::group::{OptionName, OptionSpec};
use super::option_value::Shape;
use super::registry::Registry;
use super::secret::MASK;

const UNSET: &str = "<None>";
const WIDTH: usize = 78;

/// A file with every option commented out.
pub(super) fn sample(registry: &Registry) -> String {
    let mut out = String::new();
    let mut group = None;
    for (option, spec) in registry.options() {
        if group.as_ref() != Some(&option.group) {
            let gap = if group.is_some() { "\n" } else { "" };
            let _ = writeln!(out, "{gap}[{}]", option.group);
            group = Some(option.group.clone());
        }
        entry(&mut out, spec);
    }
    out
}

fn entry(out: &mut String, spec: &OptionSpec) {
    out.push('\n');
    for line in help_lines(spec).iter().chain(&notes(spec)) {
        let _ = writeln!(out, "{}", format!("# {line}").trim_end());
    }
    for text in default_lines(spec) {
        let _ = writeln!(out, "{}", format!("#{} = {text}", spec.name).trim_end());
    }
}

/// The help, wrapped, with the type at its end.
fn help_lines(spec: &OptionSpec) -> Vec<String> {
    let mut paragraphs: Vec<String> = spec.help.split("\n\n").map(|text| text.replace('\n', " ")).collect();
    if let Some(last) = paragraphs.last_mut() {
        *last = format!("{last} ({})", type_text(spec)).trim().to_owned();
    }
    let wrapped: Vec<Vec<String>> = paragraphs.iter().map(|text| wrap(text, WIDTH)).collect();
    wrapped.join(&String::new())
}

fn type_text(spec: &OptionSpec) -> String {
    match spec.shape {
        Shape::Single if spec.type_name == "seconds" => "number of seconds".to_owned(),
        Shape::Single => format!("{} value", spec.type_name),
        Shape::List => format!("list of {} values", spec.type_name),
        Shape::Map => format!("dict of {} values", spec.type_name),
        Shape::Multi => format!("multi valued, {}", spec.type_name),
    }
}

fn notes(spec: &OptionSpec) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(spec.limits.min.map(|min| format!("Minimum value: {min}")));
    notes.extend(spec.limits.max.map(|max| format!("Maximum value: {max}")));
    if !spec.limits.choices.is_empty() {
        notes.push(format!("Possible values: {}", spec.limits.choices.join(", ")));
    }
    if spec.mutable {
        notes.push("Note: This option can be changed without restarting.".to_owned());
    }
    notes.extend(
        spec.deprecated.iter().map(|old| format!("Deprecated group/name - [{}]/{}", old.group, old.name)),
    );
    if spec.sample.is_some() {
        notes.push("This option has a sample default set, which means that".to_owned());
        notes.push("its actual default value may vary from the one documented below.".to_owned());
    }
    notes
}

/// What stands after `=` in a file to get the default.
fn default_lines(spec: &OptionSpec) -> Vec<String> {
    match (spec.sample, spec.default.as_slice()) {
        (Some(sample), _) => vec![sample.to_owned()],
        (None, []) if matches!(spec.shape, Shape::Single) => vec![UNSET.to_owned()],
        (None, []) => vec![String::new()],
        (None, _) if spec.secret => vec![MASK.to_owned()],
        (None, texts) => texts.iter().map(|text| in_file(text)).collect(),
    }
}

/// The text as a file must have it, so that reading it gives the text again.
fn in_file(text: &str) -> String {
    let quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if quoted('"') {
        format!("'{text}'")
    } else if quoted('\'') || text.trim() != text {
        format!("\"{text}\"")
    } else {
        text.to_owned()
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line to write on");
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// What `--help` prints. `usage` is the first line, for example `nova-compute [options]`.
pub(super) fn help(registry: &Registry, usage: &str) -> String {
    let mut out = format!("usage: {usage}\n\noptions:\n");
    let fixed = [
        ("--help, -h", "Shows this text."),
        ("--config-file PATH", "Reads a file. May be repeated; later files win."),
        ("--config-dir DIR", "Reads the *.conf files of a directory, in the order of their names."),
    ];
    for (flag, text) in fixed {
        flag_help(&mut out, flag, text);
    }
    for (option, spec) in registry.options() {
        let first = spec.help.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        flag_help(&mut out, &flag_text(&option, spec), &first);
    }
    out
}

fn flag_text(option: &OptionName, spec: &OptionSpec) -> String {
    let flag = flag_name(option);
    match (spec.switch, option.group.as_str()) {
        (false, _) => format!("--{flag} {}", spec.name.to_uppercase()),
        (true, "DEFAULT") => format!("--{flag}, --no{flag}"),
        (true, group) => format!("--{flag}, --{}-no{}", group.replace('_', "-"), spec.name.replace('_', "-")),
    }
}

fn flag_help(out: &mut String, flag: &str, text: &str) {
    let _ = writeln!(out, "  {flag}");
    for line in wrap(text, WIDTH - 8) {
        let _ = writeln!(out, "        {line}");
    }
}
