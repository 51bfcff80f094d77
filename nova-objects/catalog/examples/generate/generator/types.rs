//! Nova's field types as Rust types.

use super::registry::{Class, Declared, Kind};
use super::table;

/// The Rust type of a field's value, and what must be imported for it.
pub(crate) struct RustType {
    pub(crate) text: String,
    pub(crate) imports: Vec<Import>,
}

/// Something a type needs in scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Import {
    Std(&'static str),
    Core(&'static str),
    Objects(&'static str),
    Types(&'static str),
    /// Another emitted type.
    Ours(String),
}

/// The type of the field called `name` of `class`.
pub(crate) fn of(object: &str, class: &Class, name: &str, field: &Declared) -> RustType {
    if let (true, "objects", Kind::List { list, .. }) = (class.is_list(), name, &field.kind) {
        let Kind::Object { object } = list.as_ref() else { panic!("{name} of a list object holds objects") };
        return ours(object.clone()).wrapped("Members", Some(Import::Types("Members")));
    }
    let plain = if table::SECRETS.contains(&(object, name)) {
        plain("SensitiveString")
    } else {
        of_kind(&field.kind)
    };
    if field.nullable { plain.wrapped("Option", None) } else { plain }
}

fn of_kind(kind: &Kind) -> RustType {
    match kind {
        Kind::Plain(name) => plain(name),
        Kind::Enum { name, valid } => ours(super::enums::type_name(name, valid)),
        Kind::Object { object } if in_catalogue(object) => {
            let object_type = ours(object.clone());
            if table::BOXED.contains(&object.as_str()) {
                object_type.wrapped("Box", None)
            } else {
                object_type
            }
        }
        Kind::Object { .. } => imported("Verbatim", Import::Types("Verbatim")),
        Kind::List { list, element_nullable } => element(list, *element_nullable).wrapped("Vec", None),
        Kind::Set { set } => {
            element(set, false).wrapped("BTreeSet", Some(Import::Std("collections::BTreeSet")))
        }
        Kind::Dict { dict, element_nullable } => {
            let value = element(dict, *element_nullable);
            RustType { text: format!("BTreeMap<String, {}>", value.text), imports: value.imports }
                .with(Import::Std("collections::BTreeMap"))
        }
    }
}

/// Whether `object` has a type of its own here.
fn in_catalogue(object: &str) -> bool {
    table::OBJECTS.iter().any(|choice| choice.name == object)
}

fn plain(name: &str) -> RustType {
    match name {
        "Boolean" => bare("bool"),
        "FlexibleBoolean" => imported("FlexibleBool", Import::Types("FlexibleBool")),
        "Integer" => bare("i64"),
        "Float" => bare("f64"),
        "String" | "VersionPredicate" | "ResourceClass" => bare("String"),
        "UUID" => imported("Uuid", Import::Types("Uuid")),
        "NetworkModel" => imported("JsonText", Import::Types("JsonText")),
        "SensitiveString" => imported("SensitiveString", Import::Types("SensitiveString")),
        "DateTime" => imported("Timestamp", Import::Core("Timestamp")),
        "IPAddress" => imported("IpAddr", Import::Std("net::IpAddr")),
        "IPV4Address" => imported("Ipv4Addr", Import::Std("net::Ipv4Addr")),
        "IPV6Address" => imported("Ipv6Addr", Import::Std("net::Ipv6Addr")),
        other => panic!("no Rust type is chosen for Nova's {other}"),
    }
}

fn element(kind: &Kind, nullable: bool) -> RustType {
    let plain = of_kind(kind);
    if nullable { plain.wrapped("Option", None) } else { plain }
}

fn bare(text: &str) -> RustType {
    RustType { text: text.to_owned(), imports: Vec::new() }
}

fn imported(text: &str, import: Import) -> RustType {
    bare(text).with(import)
}

fn ours(name: String) -> RustType {
    bare(&name).with(Import::Ours(name))
}

impl RustType {
    fn with(mut self, import: Import) -> Self {
        self.imports.push(import);
        self
    }

    fn wrapped(self, outer: &str, import: Option<Import>) -> Self {
        let mut imports = self.imports;
        imports.extend(import);
        Self { text: format!("{outer}<{}>", self.text), imports }
    }
}
