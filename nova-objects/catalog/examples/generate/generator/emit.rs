//! One object as Rust source that rustfmt would not change.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::registry::{Class, Declared, Registry};
use super::since::Since;
use super::table::{self, Choice};
use super::types::{self, Import};
use super::{docs, enums};

/// `InstanceInfoCache` → `instance_info_cache`.
pub(crate) fn module_name(object: &str) -> String {
    let letters: Vec<char> = object.chars().collect();
    let mut name = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if word {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// The file of one object.
pub(crate) fn object(choice: &Choice, class: &Class, since: &Since) -> String {
    let mut fields = String::new();
    let mut imports: BTreeSet<Import> = ["Meta", "VersionedObject"].map(Import::Objects).into();
    for (name, declared) in &class.fields {
        let slot = if declared.read_only { "ReadOnly" } else { "Field" };
        imports.insert(Import::Objects(slot));
        let value = types::of(choice.name, class, name, declared);
        fields.push_str(&field(choice.name, name, declared, slot, &value.text, since));
        imports.extend(value.imports);
    }
    let convert = if choice.converts { ", convert" } else { "" };
    let (name, version) = (choice.name, &class.version);
    format!(
        "//! `{name}` {version}. Emitted by the catalogue's generator, not written by hand.\n\n{imports}\n\
         /// {summary}\n\
         #[doc(alias = \"{module}.{name}\")]\n\
         #[derive(Clone, Debug, PartialEq, VersionedObject)]\n\
         #[object(namespace = \"nova\", version = \"{version}\"{convert})]\n\
         pub struct {name} {{\n    /// The version it is at.\n    pub meta: Meta,\n{fields}}}\n",
        imports = uses(&imports, name),
        summary = choice.summary,
        module = class.module,
    )
}

fn field(object: &str, name: &str, declared: &Declared, slot: &str, value: &str, since: &Since) -> String {
    let mut text = format!("    /// {}\n", docs::of(object, name));
    let default = declared.default.as_deref().map(|python| rust_default(python, value));
    let attributes: Vec<_> = [
        name.starts_with('_').then(|| format!("name = \"{name}\"")),
        since.of(object, name).map(|version| format!("since = \"{version}\"")),
        default.map(|default| format!("default = {default}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !attributes.is_empty() {
        writeln!(text, "    #[object({})]", attributes.join(", ")).expect("a string takes everything");
    }
    writeln!(text, "    pub {}: {slot}<{value}>,", identifier(name)).expect("a string takes everything");
    text
}

/// Python's spelling of a default as Rust's, for a value of type `value`.
fn rust_default(python: &str, value: &str) -> String {
    let typed = || value.replacen('<', "::<", 1);
    match python {
        "False" => "false".into(),
        "True" => "true".into(),
        "None" => typed().replacen("Option", "None", 1),
        "set()" | "[]" | "{}" => format!("{}::new()", typed()),
        number => number.into(),
    }
}

/// The Rust name of a field. What Python keeps for its own methods (`_rules`) is a field like any other here.
fn identifier(name: &str) -> &str {
    if name == "type" { "r#type" } else { name.trim_start_matches('_') }
}

fn uses(imports: &BTreeSet<Import>, own: &str) -> String {
    let std: Vec<_> = named(imports, |import| if let Import::Std(path) = import { Some(path) } else { None });
    let core: Vec<_> =
        named(imports, |import| if let Import::Core(name) = import { Some(name) } else { None });
    let objects: Vec<_> =
        named(imports, |import| if let Import::Objects(name) = import { Some(name) } else { None });
    let types: Vec<_> =
        named(imports, |import| if let Import::Types(name) = import { Some(name) } else { None });
    let ours: Vec<_> =
        named(imports, |import| if let Import::Ours(name) = import { Some(name.as_str()) } else { None })
            .into_iter()
            .filter(|name| *name != own)
            .collect();
    let std: String = std.iter().map(|path| format!("use std::{path};\n")).collect();
    let outside =
        [line("nova_core", &core), line("nova_objects::types", &types), line("nova_objects", &objects)]
            .concat();
    let groups = [std, outside, line("crate::generated", &ours)];
    groups.iter().filter(|group| !group.is_empty()).cloned().collect::<Vec<_>>().join("\n")
}

fn named<'a>(imports: &'a BTreeSet<Import>, pick: impl Fn(&'a Import) -> Option<&'a str>) -> Vec<&'a str> {
    imports.iter().filter_map(pick).collect()
}

fn line(path: &str, names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("use {path}::{};\n", braced(names)) }
}

/// `A` or `{A, B}`, broken into lines as rustfmt would.
fn braced<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<_> = names.iter().map(S::as_ref).collect();
    if let [one] = names[..] {
        return one.to_owned();
    }
    let line = format!("{{{}}}", names.join(", "));
    if line.len() <= 80 {
        return line;
    }
    let mut lines = vec![String::from("   ")];
    for name in names {
        let last = lines.last_mut().expect("there is a first line");
        if last.len() + name.len() + 2 > 109 {
            lines.push(format!("    {name},"));
        } else {
            last.push_str(&format!(" {name},"));
        }
    }
    format!("{{\n{}\n}}", lines.join("\n"))
}

/// The function that makes every object known to a registry.
pub(crate) fn known() -> String {
    let names: Vec<_> = table::OBJECTS.iter().map(|choice| choice.name).collect();
    let calls: String = names.iter().map(|name| format!("        .with_object::<{name}>()\n")).collect();
    format!(
        "//! All objects at once. Emitted by the catalogue's generator, not written by hand.\n\n\
         use nova_objects::Registry;\n\n\
         {imports}\n\
         /// Makes every object of the catalogue known to `registry`, so that it reads them and brings them down for older\n\
         /// peers. Objects that have actions there keep them.\n\
         pub fn with_catalogue(registry: Registry) -> Registry {{\n    registry\n{calls}}}\n",
        imports = line("crate::generated", &names),
    )
}

/// The module that names every emitted type.
pub(crate) fn module(registry: &Registry) -> String {
    let mut text = String::from("//! What the generator emitted: see the crate's README.\n\n");
    let mut modules: Vec<_> = table::OBJECTS.iter().map(|choice| module_name(choice.name)).collect();
    modules.extend(["enums".into(), "known".into()]);
    modules.sort();
    for name in &modules {
        writeln!(text, "mod {name};").expect("a string takes everything");
    }
    text.push('\n');
    let object = |name: &'static str| (module_name(name), name.to_owned());
    let mut exports: Vec<_> = table::OBJECTS.iter().map(|choice| object(choice.name)).collect();
    exports.push(("enums".into(), braced(&enums::names(registry))));
    exports.push(("known".into(), "with_catalogue".into()));
    exports.sort();
    for (module, names) in exports {
        writeln!(text, "pub use self::{module}::{names};").expect("a string takes everything");
    }
    text
}
