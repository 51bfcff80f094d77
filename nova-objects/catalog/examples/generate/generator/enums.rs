//! The enums that fields of the catalogue are of.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::registry::{Kind, Registry};
use super::table;

/// The Rust name of Nova's enum, which for the enums of external events is not in the data.
pub(crate) fn type_name(name: &str, valid: &[String]) -> String {
    match name {
        "Enum" if valid.iter().any(|value| value == "completed") => "ExternalEventStatus".into(),
        "Enum" => "ExternalEventName".into(),
        "CPUAllocationPolicy" => "CpuAllocationPolicy".into(),
        "CPUThreadAllocationPolicy" => "CpuThreadAllocationPolicy".into(),
        "HVType" => "HvType".into(),
        "MaxPhyAddrMode" => "MaxPhysAddrMode".into(),
        "OSType" => "OsType".into(),
        "PCINUMAAffinityPolicy" => "PciNumaAffinityPolicy".into(),
        "RNGModel" => "RngModel".into(),
        "SCSIModel" => "ScsiModel".into(),
        "TPMModel" => "TpmModel".into(),
        "TPMVersion" => "TpmVersion".into(),
        "USBControllerModelType" => "UsbControllerModel".into(),
        "VIFModel" => "VifModel".into(),
        "VIOMMUModel" => "ViommuModel".into(),
        "VMMode" => "VmMode".into(),
        other => other.strip_suffix("ModelType").map_or(other.into(), |kind| format!("{kind}Model")),
    }
}

/// The names of all enums of the catalogue.
pub(crate) fn names(registry: &Registry) -> Vec<String> {
    all(registry).into_keys().collect()
}

/// The file with all of them.
pub(crate) fn emit(registry: &Registry) -> String {
    let mut text = String::from(
        "//! Nova's enums. Emitted by the catalogue's generator, not written by hand.\n\n\
         use nova_objects::object_enum;\n",
    );
    for (name, used) in all(registry) {
        let fields: Vec<_> = used.fields.iter().map(|field| format!("`{field}`")).collect();
        write!(text, "\nobject_enum! {{\n").expect("a string takes everything");
        text.push_str(&wrapped(&format!("The values of {}.", fields.join(", "))));
        writeln!(text, "    pub enum {name} {{").expect("a string takes everything");
        for value in used.values {
            writeln!(text, "        /// `{value}`.\n        {} = \"{value}\",", variant(&value))
                .expect("a string takes everything");
        }
        text.push_str("    }\n}\n");
    }
    text
}

struct Used {
    values: Vec<String>,
    fields: Vec<String>,
}

fn all(registry: &Registry) -> BTreeMap<String, Used> {
    let mut enums: BTreeMap<String, Used> = BTreeMap::new();
    for choice in table::OBJECTS {
        for (field, declared) in &registry.class(choice.name).fields {
            if let Kind::Enum { name, valid } = &declared.kind {
                let used = enums
                    .entry(type_name(name, valid))
                    .or_insert_with(|| Used { values: valid.clone(), fields: Vec::new() });
                assert_eq!(&used.values, valid, "two enums called {name}");
                used.fields.push(format!("{}.{field}", choice.name));
            }
        }
    }
    enums
}

/// The Rust name of a value: words in capitals, digits kept apart.
fn variant(value: &str) -> String {
    let mut name = String::new();
    let mut start = true;
    for letter in value.chars() {
        match letter {
            '-' => start = true,
            '_' | '.' => {
                if name.ends_with(|last: char| last.is_ascii_digit()) {
                    name.push('_');
                }
                start = true;
            }
            letter if start => {
                name.extend(letter.to_uppercase());
                start = false;
            }
            letter => name.extend(letter.to_lowercase()),
        }
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("V{name}") } else { name }
}

/// Doc lines inside the macro, none longer than the house allows.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::from("    ///")];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a first line");
        if last.len() + 1 + word.len() > 110 {
            lines.push(format!("    /// {word}"));
        } else {
            last.push(' ');
            last.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
