//! From layers of settings to one value per option.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::error::{Findings, Problem, Warning};
use super::group::{OptionName, OptionSpec, Resolved, Values};
use super::list::without_quotes;
use super::option_value::Shape;
use super::parse::{normal_group, normal_key};
use super::registry::Registry;
use super::source::{Layer, Setting, Source};
use super::substitute::{Lookup, Refusal, substitute};
use super::suggest::nearest;

/// The texts of every registered option, and what is odd or wrong on the way. `foreign` sections are another
/// program's: their options are not unknown.
pub(crate) fn resolve(
    registry: &Registry,
    layers: &[Layer],
    foreign: &BTreeSet<String>,
    findings: &mut Findings,
) -> Values {
    let mut resolver = Resolver { registry, layers, hidden: false, referenced: BTreeSet::new() };
    let mut values = Values::new();
    for (option, spec) in registry.options() {
        if let Some(resolved) = resolver.option(&option, spec, findings) {
            values.insert(option, resolved);
        }
    }
    let referenced = resolver.referenced;
    unknown_options(registry, layers, |option| {
        foreign.contains(&option.group) || referenced.contains(option)
    })
    .into_iter()
    .for_each(|warning| findings.warning(warning));
    values
}

struct Resolver<'a> {
    registry: &'a Registry,
    layers: &'a [Layer],
    /// Whether something secret has flowed into the value being substituted.
    hidden: bool,
    /// Options that are in files only for others to refer to.
    referenced: BTreeSet<OptionName>,
}

impl Resolver<'_> {
    fn option(
        &mut self,
        option: &OptionName,
        spec: &OptionSpec,
        findings: &mut Findings,
    ) -> Option<Resolved> {
        let (name, settings) = self.settings(option, spec);
        let source = settings.last().map_or(Source::Default, |setting| setting.source.clone());
        if name != *option {
            let (new, source) = (option.clone(), source.clone());
            findings.warning(Warning::Deprecated { old: name, new, source });
        }
        let texts = if settings.is_empty() { spec.default.clone() } else { written(&settings, spec.shape) };
        self.hidden = spec.secret;
        let expanded: Result<Vec<String>, Refusal> =
            texts.iter().map(|text| substitute(self, option.clone(), text)).collect();
        match expanded {
            Ok(texts) => Some(Resolved { texts, source, hidden: self.hidden }),
            Err(refusal) => {
                let what = explain(refusal, self.hidden);
                findings.problem(Problem::Substitution { option: option.clone(), source, what });
                None
            }
        }
    }

    /// The settings that count for an option, and the name they stand under.
    fn settings(&self, option: &OptionName, spec: &OptionSpec) -> (OptionName, Vec<Setting>) {
        let mut found: Option<(&OptionName, Vec<Setting>)> = None;
        for layer in self.layers.iter().rev() {
            let mut names = std::iter::once(option).chain(&spec.deprecated);
            let Some((name, settings)) = names.find_map(|name| Some((name, layer.settings.get(name)?)))
            else {
                continue;
            };
            match &mut found {
                None => found = Some((name, settings.clone())),
                Some((_, later)) => {
                    later.splice(0..0, settings.iter().cloned());
                }
            }
            if !(layer.is_file && spec.shape == Shape::Multi) {
                break;
            }
        }
        found.map_or_else(|| (option.clone(), Vec::new()), |(name, settings)| (name.clone(), settings))
    }
}

impl Lookup for Resolver<'_> {
    type Id = OptionName;

    fn find(&self, from: &OptionName, name: &str) -> Option<OptionName> {
        let candidates = match name.split_once('.') {
            Some((group, name)) => vec![OptionName::new(normal_group(group), normal_key(name))],
            None => [from.group.as_str(), "DEFAULT"].map(|group| OptionName::new(group, name)).to_vec(),
        };
        let exists = |option: &OptionName| {
            self.registry.spec(option).is_some()
                || self.layers.iter().any(|layer| layer.settings.contains_key(option))
        };
        candidates.into_iter().find(exists)
    }

    fn text(&self, id: &OptionName) -> String {
        let Some(spec) = self.registry.spec(id) else {
            let setting = self.layers.iter().rev().find_map(|layer| layer.settings.get(id)?.last());
            return setting.map_or_else(String::new, |setting| plain(setting, Shape::Single).into_owned());
        };
        let (_, settings) = self.settings(id, spec);
        let texts = if settings.is_empty() { spec.default.clone() } else { written(&settings, spec.shape) };
        texts.join(",")
    }

    /// A value with a secret in it is secret. What an option that is not registered holds, nobody knows.
    fn used(&mut self, id: &OptionName) {
        match self.registry.spec(id) {
            Some(spec) => self.hidden |= spec.secret,
            None => {
                self.hidden = true;
                self.referenced.insert(id.clone());
            }
        }
    }
}

/// The texts as the option's shape takes them.
fn written(settings: &[Setting], shape: Shape) -> Vec<String> {
    let counted =
        if shape == Shape::Multi { settings } else { &settings[settings.len().saturating_sub(1)..] };
    counted.iter().map(|setting| plain(setting, shape).into_owned()).collect()
}

/// The text without the quotes a file may put around it. Those of a list's first and last item stay.
fn plain(setting: &Setting, shape: Shape) -> Cow<'_, str> {
    if !matches!(setting.source, Source::File { .. }) {
        return Cow::Borrowed(&setting.text);
    }
    let (first, rest) =
        setting.text.split_once('\n').map_or((setting.text.as_str(), None), |(f, r)| (f, Some(r)));
    let inner = without_quotes(first);
    let by_item = matches!(shape, Shape::List | Shape::Map) && first.starts_with(['"', '\'']);
    if by_item && inner.contains(&first[..1]) {
        return Cow::Borrowed(&setting.text);
    }
    match rest {
        None => Cow::Borrowed(inner),
        Some(rest) => Cow::Owned(format!("{inner}\n{rest}")),
    }
}

fn explain(refusal: Refusal, hidden: bool) -> String {
    match refusal {
        Refusal::Unknown(name) if !hidden => {
            format!(
                "refers to ${name}, which is neither an option of this service nor set (for a plain dollar sign write $$)"
            )
        }
        Refusal::Unknown(_) => {
            "refers with $ to an option that does not exist (for a plain dollar sign write $$)".into()
        }
        Refusal::Loop => "refers to itself, perhaps by way of other options".into(),
        Refusal::TooMuch => "refers to too many other options".into(),
    }
}

/// A warning for every option in `layers` that nobody reads, and one for every section of which nobody reads any.
fn unknown_options(
    registry: &Registry,
    layers: &[Layer],
    expected: impl Fn(&OptionName) -> bool,
) -> Vec<Warning> {
    let known: BTreeSet<OptionName> = known_names(registry);
    let groups: BTreeSet<&str> = known.iter().map(|option| option.group.as_str()).collect();
    let mut unknown: BTreeMap<&OptionName, &Source> = BTreeMap::new();
    for (option, settings) in layers.iter().flat_map(|layer| &layer.settings) {
        if let Some(first) = settings.first().filter(|_| !known.contains(option) && !expected(option)) {
            unknown.entry(option).or_insert(&first.source);
        }
    }
    let mut warnings: Vec<Warning> = Vec::new();
    for (option, source) in unknown {
        if groups.contains(option.group.as_str()) {
            let suggestion = suggest(option, &known);
            warnings.push(Warning::UnknownOption {
                option: option.clone(),
                source: source.clone(),
                suggestion,
            });
        } else if let Some(Warning::UnknownGroup { options, .. }) = warnings
            .last_mut()
            .filter(|last| matches!(last, Warning::UnknownGroup { group, .. } if *group == option.group))
        {
            *options += 1;
        } else {
            let suggestion = nearest(&option.group, groups.iter().copied()).map(|group| format!("[{group}]"));
            let (group, source) = (option.group.clone(), source.clone());
            warnings.push(Warning::UnknownGroup { group, source, options: 1, suggestion });
        }
    }
    warnings
}

fn known_names(registry: &Registry) -> BTreeSet<OptionName> {
    let options = registry.options().into_iter();
    options.flat_map(|(option, spec)| spec.deprecated.iter().cloned().chain([option])).collect()
}

/// The same section's most similar name, or the same name in another section.
fn suggest(option: &OptionName, known: &BTreeSet<OptionName>) -> Option<String> {
    let siblings = known.iter().filter(|other| other.group == option.group);
    match nearest(&option.name, siblings.map(|other| other.name.as_str())) {
        Some(name) => Some(name.to_owned()),
        None => known.iter().find(|other| other.name == option.name).map(ToString::to_string),
    }
}
