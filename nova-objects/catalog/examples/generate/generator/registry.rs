//! The recorded registry, as far as the generator reads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// Every class Nova registered, by name.
pub(crate) struct Registry(BTreeMap<String, Vec<Class>>);

/// One object class.
#[derive(Deserialize)]
pub(crate) struct Class {
    pub(crate) bases: Vec<String>,
    pub(crate) module: String,
    pub(crate) version: String,
    pub(crate) fields: BTreeMap<String, Declared>,
}

/// One field as Nova declares it.
#[derive(Deserialize)]
pub(crate) struct Declared {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) default: Option<String>,
}

/// The type of a field.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Kind {
    /// `"String"`, `"Integer"`, …
    Plain(String),
    Enum {
        #[serde(rename = "enum")]
        name: String,
        valid: Vec<String>,
    },
    Object {
        object: String,
    },
    List {
        list: Box<Kind>,
        element_nullable: bool,
    },
    Set {
        set: Box<Kind>,
    },
    Dict {
        dict: Box<Kind>,
        element_nullable: bool,
    },
}

impl Registry {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the recorded registry is in the repository");
        Self(serde_json::from_str(&text).expect("the recorded registry has the layout its README states"))
    }

    pub(crate) fn class(&self, name: &str) -> &Class {
        let versions = self.0.get(name).unwrap_or_else(|| panic!("Nova has no object called {name}"));
        versions.first().unwrap_or_else(|| panic!("{name} has no version"))
    }
}

impl Class {
    /// Whether this is one of Nova's list objects, whose members are watched for changes.
    pub(crate) fn is_list(&self) -> bool {
        self.bases.iter().any(|base| base == "ObjectListBase")
    }
}
