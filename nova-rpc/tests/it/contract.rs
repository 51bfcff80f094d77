//! What `#[rpc_interface]` makes of a trait, and of mistakes in one.

use nova_rpc::Version;
use nova_rpc::base::BASE_API;
use nova_rpc::interface::{Ack, Addressing, Kind, Timeout, TooNew};
use nova_rpc::testing::assert_manifest;

use crate::support::COMPUTE_API;

#[test]
fn a_contract_describes_itself() {
    assert_eq!((COMPUTE_API.name, COMPUTE_API.topic), ("ComputeApi", Some("compute")));
    assert_eq!((COMPUTE_API.version, COMPUTE_API.to), (Version::new(6, 2), Addressing::Server));
    let build = COMPUTE_API.method("build").unwrap();
    assert_eq!((build.kind, build.ack, build.idempotent), (Kind::Cast, Ack::After, false));
    let args: Vec<_> = build.args.iter().map(|arg| (arg.name, arg.r#type, arg.since, arg.too_new)).collect();
    assert_eq!(args[0], ("name", "String", Version::new(6, 0), TooNew::Refuse));
    assert_eq!(args[1], ("labels", "Option<Vec<String>>", Version::new(6, 2), TooNew::Drop));
    assert_eq!(args[2], ("limit", "Option<i64>", Version::new(6, 1), TooNew::Refuse));
    assert_eq!(COMPUTE_API.method("uptime").unwrap().timeout, Timeout::Long);
    assert!(COMPUTE_API.methods.iter().enumerate().all(|(index, method)| method.index == index));
}

#[test]
fn the_contracts_are_as_their_checked_in_manifests_say() {
    assert_manifest(&BASE_API, "manifests/base_api.json");
    assert_manifest(&COMPUTE_API, "tests/it/manifests/compute_api.json");
}

#[test]
fn mistakes_in_a_contract_are_errors_that_say_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
