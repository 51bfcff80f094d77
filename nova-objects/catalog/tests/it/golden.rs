//! The recorded data, and the catalogue by name.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use nova_objects::{Manifest, Version};
use serde_json::Value;

/// One recorded object.
pub(crate) struct Recording {
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) primitive: Value,
    /// Its manifest.
    pub(crate) tree: Manifest,
    /// What Nova made of it for readers of older versions of it.
    pub(crate) older: Vec<(Version, Value)>,
}

pub(crate) fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

pub(crate) fn registry() -> BTreeMap<String, Value> {
    let text = fs::read_to_string(dir().join("object_registry.json")).unwrap();
    let versions: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).unwrap();
    versions.into_iter().map(|(name, mut versions)| (name, versions.remove(0))).collect()
}

/// The recordings whose type the catalogue has.
pub(crate) fn recordings() -> Vec<Recording> {
    let mut recordings = Vec::new();
    for entry in fs::read_dir(dir().join("objects")).unwrap() {
        let path = entry.unwrap().path();
        let recorded: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let name = recorded["primitive"]["nova_object.name"].as_str().unwrap().to_owned();
        if NAMES.contains(&name.as_str()) {
            recordings.push(Recording {
                file: path.file_name().unwrap().to_string_lossy().into_owned(),
                name,
                text: recorded["primitive_json"].as_str().unwrap().to_owned(),
                primitive: recorded["primitive"].clone(),
                tree: manifest(&recorded["versions_tree"]),
                older: older(&recorded),
            });
        }
    }
    recordings.sort_by(|a, b| a.file.cmp(&b.file));
    recordings
}

fn older(recorded: &Value) -> Vec<(Version, Value)> {
    let older = recorded["backlevel_manifest"].as_object();
    older
        .into_iter()
        .flatten()
        .map(|(version, primitive)| (version.parse().unwrap(), primitive.clone()))
        .collect()
}

pub(crate) fn manifest(tree: &Value) -> Manifest {
    let entries = tree.as_object().unwrap().iter();
    entries.map(|(name, version)| (name.clone(), version.as_str().unwrap().parse().unwrap())).collect()
}

/// A primitive with the arrays whose order says nothing in order: changes and sets.
pub(crate) fn normal(mut primitive: Value, registry: &BTreeMap<String, Value>) -> Value {
    sort(&mut primitive, registry);
    primitive
}

fn sort(value: &mut Value, registry: &BTreeMap<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| sort(item, registry)),
        Value::Object(entries) => {
            let name = entries.get("nova_object.name").and_then(Value::as_str).map(str::to_owned);
            if let Some(changes) = entries.get_mut("nova_object.changes") {
                sort_items(changes);
            }
            if let (Some(name), Some(Value::Object(data))) = (name, entries.get_mut("nova_object.data")) {
                for (field, value) in data {
                    if registry[&name]["fields"][field]["type"].get("set").is_some() {
                        sort_items(value);
                    }
                }
            }
            entries.values_mut().for_each(|value| sort(value, registry));
        }
        _ => {}
    }
}

fn sort_items(array: &mut Value) {
    if let Value::Array(items) = array {
        items.sort_by_key(Value::to_string);
    }
}

/// Calls a function of a type with the catalogue's type of that name.
#[macro_export]
macro_rules! for_type {
    ($name:expr, $function:ident($($argument:expr),*)) => {
        $crate::for_type!(@ $name, $function($($argument),*),
            BlockDeviceMapping BlockDeviceMappingList BuildRequest BuildRequestList CellMapping
            CellMappingList ComputeNode ComputeNodeList Destination EC2Ids Flavor FlavorList HVSpec
            HostMapping HostMappingList ImageMeta ImageMetaProps Instance InstanceAction InstanceActionEvent
            InstanceActionEventList InstanceActionList InstanceExternalEvent InstanceFault InstanceFaultList
            InstanceGroup InstanceGroupList InstanceInfoCache InstanceList InstanceMapping InstanceMappingList KeyPair KeyPairList Migration
            MigrationList NUMATopologyLimits NetworkMetadata NetworkRequest NetworkRequestList PciDevice
            PciDeviceList PciDevicePool PciDevicePoolList RequestGroup RequestLevelParams RequestSpec
            Resource ResourceList SchedulerLimits SchedulerRetries SecurityGroup SecurityGroupList Selection
            Service ServiceList ShareMapping ShareMappingList Tag TagList TrustedCerts VirtualInterface
            VirtualInterfaceList)
    };
    (@ $name:expr, $function:ident $arguments:tt, $($type:ident)*) => {
        match $name {
            $( stringify!($type) => $crate::for_type!(@call $function $type $arguments), )*
            other => panic!("{other} is not in the catalogue"),
        }
    };
    (@call $function:ident $type:ident ($($argument:expr),*)) => {
        $function::<nova_objects_catalog::$type>($($argument),*)
    };
}

/// The names of the catalogue.
pub(crate) const NAMES: &[&str] = &[
    "BlockDeviceMapping",
    "BlockDeviceMappingList",
    "BuildRequest",
    "BuildRequestList",
    "CellMapping",
    "CellMappingList",
    "ComputeNode",
    "ComputeNodeList",
    "Destination",
    "EC2Ids",
    "Flavor",
    "FlavorList",
    "HVSpec",
    "HostMapping",
    "HostMappingList",
    "ImageMeta",
    "ImageMetaProps",
    "Instance",
    "InstanceAction",
    "InstanceActionEvent",
    "InstanceActionEventList",
    "InstanceActionList",
    "InstanceExternalEvent",
    "InstanceFault",
    "InstanceFaultList",
    "InstanceGroup",
    "InstanceGroupList",
    "InstanceInfoCache",
    "InstanceList",
    "InstanceMapping",
    "InstanceMappingList",
    "KeyPair",
    "KeyPairList",
    "Migration",
    "MigrationList",
    "NUMATopologyLimits",
    "NetworkMetadata",
    "NetworkRequest",
    "NetworkRequestList",
    "PciDevice",
    "PciDeviceList",
    "PciDevicePool",
    "PciDevicePoolList",
    "RequestGroup",
    "RequestLevelParams",
    "RequestSpec",
    "Resource",
    "ResourceList",
    "SchedulerLimits",
    "SchedulerRetries",
    "SecurityGroup",
    "SecurityGroupList",
    "Selection",
    "Service",
    "ServiceList",
    "ShareMapping",
    "ShareMappingList",
    "Tag",
    "TagList",
    "TrustedCerts",
    "VirtualInterface",
    "VirtualInterfaceList",
];
