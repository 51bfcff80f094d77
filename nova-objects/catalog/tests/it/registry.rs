//! The same classes as Nova's registry.

use std::collections::{BTreeMap, BTreeSet};

use nova_objects::{Manifest, ObjectSpec, Registry, VersionedObject};
use nova_objects_catalog::with_catalogue;
use serde_json::Value;

use crate::for_type;
use crate::golden::{self, NAMES};

/// Nested objects that are carried as they come.
const VERBATIM: &[&str] = &[
    "DeviceBus",
    "DeviceMetadata",
    "InstanceDeviceMetadata",
    "InstanceNUMACell",
    "InstanceNUMATopology",
    "InstancePCIRequest",
    "InstancePCIRequests",
    "MigrationContext",
    "ResourceMetadata",
    "VirtCPUFeature",
    "VirtCPUModel",
    "VirtCPUTopology",
];

fn spec<O: VersionedObject>() -> &'static ObjectSpec {
    O::SPEC
}

fn manifest<O: VersionedObject>() -> Manifest {
    O::manifest()
}

#[test]
fn every_object_has_novas_version_and_exactly_novas_fields() {
    let registry = golden::registry();
    for name in NAMES {
        let spec = for_type!(*name, spec());
        let class = &registry[*name];
        assert_eq!(
            (spec.name, spec.namespace, spec.version_text),
            (*name, "nova", class["version"].as_str().unwrap())
        );
        let ours: BTreeMap<_, _> =
            spec.fields.iter().map(|field| (field.name, (field.nullable, field.read_only))).collect();
        let said = |field: &Value, key: &str| field[key].as_bool().unwrap();
        let theirs: BTreeMap<_, _> = class["fields"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, field)| (name.as_str(), (said(field, "nullable"), said(field, "read_only"))))
            .collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn manifests_are_novas_but_for_what_is_carried_verbatim() {
    let registry = golden::registry();
    let mut verbatim = BTreeSet::new();
    for name in NAMES {
        let tree = golden::manifest(&registry[*name]["versions_tree"]);
        verbatim.extend(
            tree.iter().map(|(name, _)| name.to_owned()).filter(|name| !NAMES.contains(&name.as_str())),
        );
        let reached: Manifest = tree
            .iter()
            .filter(|(name, _)| NAMES.contains(name))
            .map(|(name, version)| (name.to_owned(), version))
            .collect();
        assert_eq!(for_type!(*name, manifest()), reached, "{name}");
    }
    assert_eq!(verbatim.iter().map(String::as_str).collect::<Vec<_>>(), VERBATIM);
}

#[test]
fn a_registry_with_the_catalogue_knows_all_of_it() {
    let known = with_catalogue(Registry::default()).manifest();
    assert_eq!(known.iter().map(|(name, _)| name).collect::<Vec<_>>(), NAMES);
}

#[test]
fn defaults_are_given_where_nova_gives_them() {
    let registry = golden::registry();
    for name in NAMES {
        let defaulted: BTreeSet<_> = for_type!(*name, defaulted());
        let fields = registry[*name]["fields"].as_object().unwrap().iter();
        let theirs: BTreeSet<_> = fields
            .filter(|(_, field)| field.get("default").is_some())
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(defaulted, theirs, "{name}");
    }
}

fn defaulted<O: VersionedObject>() -> BTreeSet<&'static str> {
    let mut object = O::empty();
    object.set_defaults();
    object.changes().into_iter().collect()
}
