//! The tables of the API database.
//!
//! Names, types and keys are those of Nova's own schema; what each engine cannot say the same way is in
//! [`table`](super::table).

use super::table::Kind::{Bool, Float, Int, MediumText, Str, Text};
use super::table::Table;

/// In an order in which each can refer to those before it.
pub(crate) fn tables() -> Vec<Table> {
    vec![
        cell_mappings(),
        host_mappings(),
        instance_mappings(),
        request_specs(),
        build_requests(),
        flavors(),
        flavor_extra_specs(),
        flavor_projects(),
    ]
}

/// What a server group consists of.
pub(crate) fn server_group_tables() -> Vec<Table> {
    vec![instance_groups(), instance_group_member(), instance_group_policy()]
}

fn cell_mappings() -> Table {
    Table::new("cell_mappings")
        .required("uuid", Str(36))
        .column("name", Str(255))
        .columns(Text, &["transport_url", "database_connection"])
        .column("disabled", Bool)
        .unique("uniq_cell_mappings0uuid", &["uuid"])
        .index("uuid_idx", &["uuid"])
}

fn host_mappings() -> Table {
    Table::new("host_mappings")
        .required("cell_id", Int)
        .required("host", Str(255))
        .references("cell_id", "cell_mappings", "id")
        .unique("uniq_host_mappings0host", &["host"])
        .index("host_idx", &["host"])
}

fn instance_mappings() -> Table {
    Table::new("instance_mappings")
        .required("instance_uuid", Str(36))
        .column("cell_id", Int)
        .required("project_id", Str(255))
        .column("queued_for_delete", Bool)
        .column("user_id", Str(255))
        .references("cell_id", "cell_mappings", "id")
        .unique("uniq_instance_mappings0instance_uuid", &["instance_uuid"])
        .index("instance_uuid_idx", &["instance_uuid"])
        .index("project_id_idx", &["project_id"])
        .index("instance_mappings_user_id_project_id_idx", &["user_id", "project_id"])
}

fn request_specs() -> Table {
    Table::new("request_specs")
        .required("instance_uuid", Str(36))
        .required("spec", MediumText)
        .unique("uniq_request_specs0instance_uuid", &["instance_uuid"])
        .index("request_spec_instance_uuid_idx", &["instance_uuid"])
}

fn build_requests() -> Table {
    Table::new("build_requests")
        .column("instance_uuid", Str(36))
        .required("project_id", Str(255))
        .columns(MediumText, &["instance", "block_device_mappings"])
        .column("tags", Text)
        .unique("uniq_build_requests0instance_uuid", &["instance_uuid"])
        .index("build_requests_instance_uuid_idx", &["instance_uuid"])
        .index("build_requests_project_id_idx", &["project_id"])
}

fn flavors() -> Table {
    Table::new("flavors")
        .required("name", Str(255))
        .required("memory_mb", Int)
        .required("vcpus", Int)
        .columns(Int, &["root_gb", "ephemeral_gb"])
        .required("flavorid", Str(255))
        .required("swap", Int)
        .column("rxtx_factor", Float)
        .column("vcpu_weight", Int)
        .columns(Bool, &["disabled", "is_public"])
        .column("description", Text)
        .unique("uniq_flavors0flavorid", &["flavorid"])
        .unique("uniq_flavors0name", &["name"])
}

fn flavor_extra_specs() -> Table {
    Table::new("flavor_extra_specs")
        .required("key", Str(255))
        .column("value", Str(255))
        .required("flavor_id", Int)
        .references("flavor_id", "flavors", "id")
        .unique("uniq_flavor_extra_specs0flavor_id0key", &["flavor_id", "key"])
        .index("flavor_extra_specs_flavor_id_key_idx", &["flavor_id", "key"])
}

fn flavor_projects() -> Table {
    Table::new("flavor_projects")
        .required("flavor_id", Int)
        .required("project_id", Str(255))
        .references("flavor_id", "flavors", "id")
        .unique("uniq_flavor_projects0flavor_id0project_id", &["flavor_id", "project_id"])
}

fn instance_groups() -> Table {
    Table::new("instance_groups")
        .columns(Str(255), &["user_id", "project_id"])
        .required("uuid", Str(36))
        .column("name", Str(255))
        .unique("uniq_instance_groups0uuid", &["uuid"])
}

fn instance_group_member() -> Table {
    Table::new("instance_group_member")
        .column("instance_uuid", Str(255))
        .required("group_id", Int)
        .references("group_id", "instance_groups", "id")
        .index("instance_group_member_instance_idx", &["instance_uuid"])
}

fn instance_group_policy() -> Table {
    Table::new("instance_group_policy")
        .column("policy", Str(255))
        .required("group_id", Int)
        .column("rules", Text)
        .references("group_id", "instance_groups", "id")
        .index("instance_group_policy_policy_idx", &["policy"])
}
