//! The contracts are what is checked in.

use nova_rpc::testing::assert_manifest;
use nova_rpcapi::contract::{HINT_API, OPERATIONS_API, RECOVERY_API, SCHEDULER_API};

#[test]
fn the_scheduler_interface_is_as_checked_in() {
    assert_manifest(&SCHEDULER_API, "tests/it/manifests/scheduler_api.json");
}

#[test]
fn the_operations_interface_is_as_checked_in() {
    assert_manifest(&OPERATIONS_API, "tests/it/manifests/operations_api.json");
}

#[test]
fn the_recovery_interface_is_as_checked_in() {
    assert_manifest(&RECOVERY_API, "tests/it/manifests/recovery_api.json");
}

#[test]
fn the_hint_interface_is_as_checked_in() {
    assert_manifest(&HINT_API, "tests/it/manifests/hint_api.json");
}
