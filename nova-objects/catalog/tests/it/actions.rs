//! The same remotable methods as Nova's.

use nova_objects::{ActionSpec, Fingerprint, Remotable};
use nova_objects_catalog as objects;

use crate::golden;

/// Remotable in Nova, and lost to the recording because a second decorator hides it.
const NOT_RECORDED: &[(&str, &str)] = &[("InstanceActionEvent", "event_finish_with_failure")];

macro_rules! with_actions {
    ($function:ident) => {
        with_actions!(@ $function:
            BlockDeviceMapping BlockDeviceMappingList BuildRequest BuildRequestList
            CellMapping CellMappingList ComputeNode ComputeNodeList
            Flavor FlavorList HostMapping HostMappingList
            Instance InstanceAction InstanceActionEvent InstanceActionEventList
            InstanceActionList InstanceFault InstanceFaultList InstanceGroup InstanceGroupList InstanceInfoCache
            InstanceList InstanceMapping InstanceMappingList KeyPair KeyPairList Migration MigrationList PciDevice PciDeviceList ResourceList ShareMapping
            ShareMappingList VirtualInterface VirtualInterfaceList RequestSpec
            Service ServiceList)
    };
    (@ $function:ident: $($object:ident)*) => { vec![$( $function::<objects::$object>() ),*] };
}

pub(crate) fn fingerprints() -> Vec<Fingerprint> {
    fn of<O: Remotable>() -> Fingerprint {
        Fingerprint::with_actions::<O>()
    }
    with_actions!(of)
}

fn all() -> Vec<(&'static str, &'static [ActionSpec])> {
    fn of<O: Remotable>() -> (&'static str, &'static [ActionSpec]) {
        (O::SPEC.name, O::ACTIONS)
    }
    with_actions!(of)
}

#[test]
fn every_action_is_a_remotable_method_of_nova_with_novas_arguments() {
    let registry = golden::registry();
    for (object, actions) in all() {
        let methods = &registry[object]["remotable_methods"];
        for action in actions.iter().filter(|action| !NOT_RECORDED.contains(&(object, action.name))) {
            let method = &methods[action.name];
            let at = format!("{object}.{}", action.name);
            assert!(method.is_object(), "{at} is not remotable in Nova");
            assert_eq!(method["classmethod"].as_bool().unwrap(), !action.on_object, "{at}");
            let theirs = python_arguments(method["signature"].as_str().unwrap());
            let ours = rust_arguments(action.signature);
            let names = |arguments: &[(String, bool)]| {
                arguments.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
            };
            assert_eq!(names(&ours), names(&theirs), "{at}");
            for ((name, optional), (_, may_be_left_out)) in ours.iter().zip(&theirs) {
                assert!(*optional || !may_be_left_out, "{at}: Nova's callers may leave out {name}");
            }
        }
    }
}

/// Names, and whether each has a default, without the class or object and the context.
fn python_arguments(signature: &str) -> Vec<(String, bool)> {
    let inner = signature.trim_start_matches('(').trim_end_matches(')');
    let arguments = inner.split(", ").filter(|argument| !["self", "cls", "context"].contains(argument));
    arguments
        .map(|argument| match argument.split_once('=') {
            Some((name, _)) => (name.to_owned(), true),
            None => (argument.to_owned(), false),
        })
        .collect()
}

/// Names, and whether each is an `Option`.
fn rust_arguments(signature: &str) -> Vec<(String, bool)> {
    let inner = signature.split_once(") -> ").expect("a signature has a result").0.trim_start_matches('(');
    let arguments = inner.split(", ").filter_map(|argument| argument.split_once(": "));
    arguments.map(|(name, ty)| (name.to_owned(), ty.starts_with("Option<"))).collect()
}
