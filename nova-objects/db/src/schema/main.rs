//! The tables of a cell database.
//!
//! Names, types and keys are those of Nova's own schema; what each engine cannot say the same way is in
//! [`table`](super::table).

use super::table::Kind::{BigInt, Bool, Choice, Float, Int, MediumText, Str, Text, Time};
use super::table::Table;

/// In an order in which each can refer to those before it.
pub(crate) fn tables() -> Vec<Table> {
    vec![
        services(),
        compute_nodes(),
        instances(),
        instance_info_caches(),
        instance_extra(),
        instance_actions(),
        instance_actions_events(),
        instance_faults(),
        instance_metadata(),
        instance_system_metadata(),
        block_device_mapping(),
    ]
}

fn services() -> Table {
    Table::new("services")
        .soft_delete()
        .column("uuid", Str(36))
        .columns(Str(255), &["host", "binary", "topic"])
        .required("report_count", Int)
        .column("disabled", Bool)
        .column("disabled_reason", Str(255))
        .column("last_seen_up", Time)
        .column("forced_down", Bool)
        .column("version", Int)
        .unique("services_uuid_idx", &["uuid"])
        .unique("uniq_services0host0topic0deleted", &["host", "topic", "deleted"])
        .unique("uniq_services0host0binary0deleted", &["host", "binary", "deleted"])
}

fn compute_nodes() -> Table {
    Table::new("compute_nodes")
        .soft_delete()
        .column("service_id", Int)
        .required("vcpus", Int)
        .required("memory_mb", Int)
        .required("local_gb", Int)
        .required("vcpus_used", Int)
        .required("memory_mb_used", Int)
        .required("local_gb_used", Int)
        .required("hypervisor_type", MediumText)
        .required("hypervisor_version", Int)
        .required("cpu_info", MediumText)
        .columns(
            Int,
            &["disk_available_least", "free_ram_mb", "free_disk_gb", "current_workload", "running_vms"],
        )
        .column("hypervisor_hostname", Str(255))
        .column("host_ip", Str(39))
        .columns(
            Text,
            &["supported_instances", "pci_stats", "metrics", "extra_resources", "stats", "numa_topology"],
        )
        .column("host", Str(255))
        .columns(Float, &["ram_allocation_ratio", "cpu_allocation_ratio"])
        .column("uuid", Str(36))
        .column("disk_allocation_ratio", Float)
        .column("mapped", Int)
        .unique("compute_nodes_uuid_idx", &["uuid"])
        .unique(
            "uniq_compute_nodes0host0hypervisor_hostname0deleted",
            &["host", "hypervisor_hostname", "deleted"],
        )
}

fn instances() -> Table {
    Table::new("instances")
        .soft_delete()
        .column("internal_id", Int)
        .columns(Str(255), &["user_id", "project_id", "image_ref", "kernel_id", "ramdisk_id"])
        .column("launch_index", Int)
        .column("key_name", Str(255))
        .column("key_data", MediumText)
        .column("power_state", Int)
        .column("vm_state", Str(255))
        .columns(Int, &["memory_mb", "vcpus"])
        .columns(Str(255), &["hostname", "host"])
        .column("user_data", MediumText)
        .column("reservation_id", Str(255))
        .columns(Time, &["launched_at", "terminated_at"])
        .columns(Str(255), &["display_name", "display_description", "availability_zone"])
        .column("locked", Bool)
        .column("os_type", Str(255))
        .column("launched_on", MediumText)
        .column("instance_type_id", Int)
        .column("vm_mode", Str(255))
        .required("uuid", Str(36))
        .columns(Str(255), &["architecture", "root_device_name"])
        .columns(Str(39), &["access_ip_v4", "access_ip_v6"])
        .columns(Str(255), &["config_drive", "task_state", "default_ephemeral_device", "default_swap_device"])
        .column("progress", Int)
        .columns(Bool, &["auto_disk_config", "shutdown_terminate", "disable_terminate"])
        .columns(Int, &["root_gb", "ephemeral_gb"])
        .columns(Str(255), &["cell_name", "node"])
        .column("locked_by", Choice(&["owner", "admin"]))
        .column("cleaned", Int)
        .column("ephemeral_key_uuid", Str(36))
        .column("hidden", Bool)
        .column("compute_id", BigInt)
        .unique("uniq_instances0uuid", &["uuid"])
        .index("instances_reservation_id_idx", &["reservation_id"])
        .index("instances_terminated_at_launched_at_idx", &["terminated_at", "launched_at"])
        .index("instances_task_state_updated_at_idx", &["task_state", "updated_at"])
        .index("instances_uuid_deleted_idx", &["uuid", "deleted"])
        .index("instances_host_node_deleted_idx", &["host", "node", "deleted"])
        .index("instances_host_deleted_cleaned_idx", &["host", "deleted", "cleaned"])
        .index("instances_project_id_deleted_idx", &["project_id", "deleted"])
        .index("instances_deleted_created_at_idx", &["deleted", "created_at"])
        .index("instances_project_id_idx", &["project_id"])
        .index("instances_updated_at_project_id_idx", &["updated_at", "project_id"])
        .index("instances_compute_id_deleted_idx", &["compute_id", "deleted"])
}

fn instance_info_caches() -> Table {
    Table::new("instance_info_caches")
        .soft_delete()
        .column("network_info", MediumText)
        .required("instance_uuid", Str(36))
        .references("instance_uuid", "instances", "uuid")
        .unique("uniq_instance_info_caches0instance_uuid", &["instance_uuid"])
}

fn instance_extra() -> Table {
    Table::new("instance_extra")
        .soft_delete()
        .required("instance_uuid", Str(36))
        .columns(
            Text,
            &[
                "numa_topology",
                "pci_requests",
                "flavor",
                "vcpu_model",
                "migration_context",
                "keypairs",
                "device_metadata",
                "trusted_certs",
                "vpmems",
                "resources",
            ],
        )
        .references("instance_uuid", "instances", "uuid")
        .index("instance_extra_idx", &["instance_uuid"])
}

fn instance_actions() -> Table {
    Table::new("instance_actions")
        .soft_delete()
        .column("action", Str(255))
        .column("instance_uuid", Str(36))
        .columns(Str(255), &["request_id", "user_id", "project_id"])
        .columns(Time, &["start_time", "finish_time"])
        .column("message", Str(255))
        .references("instance_uuid", "instances", "uuid")
        .index("instance_uuid_idx", &["instance_uuid"])
        .index("request_id_idx", &["request_id"])
        .index("instance_actions_instance_uuid_updated_at_idx", &["instance_uuid", "updated_at"])
}

fn instance_actions_events() -> Table {
    Table::new("instance_actions_events")
        .soft_delete()
        .column("event", Str(255))
        .column("action_id", Int)
        .columns(Time, &["start_time", "finish_time"])
        .column("result", Str(255))
        .column("traceback", Text)
        .column("host", Str(255))
        .column("details", Text)
        .references("action_id", "instance_actions", "id")
}

fn instance_faults() -> Table {
    Table::new("instance_faults")
        .soft_delete()
        .column("instance_uuid", Str(36))
        .required("code", Int)
        .column("message", Str(255))
        .column("details", MediumText)
        .column("host", Str(255))
        .references("instance_uuid", "instances", "uuid")
        .index("instance_faults_host_idx", &["host"])
        .index(
            "instance_faults_instance_uuid_deleted_created_at_idx",
            &["instance_uuid", "deleted", "created_at"],
        )
}

fn instance_metadata() -> Table {
    Table::new("instance_metadata")
        .soft_delete()
        .columns(Str(255), &["key", "value"])
        .column("instance_uuid", Str(36))
        .references("instance_uuid", "instances", "uuid")
        .index("instance_metadata_instance_uuid_idx", &["instance_uuid"])
}

fn instance_system_metadata() -> Table {
    Table::new("instance_system_metadata")
        .soft_delete()
        .required("instance_uuid", Str(36))
        .required("key", Str(255))
        .column("value", Str(255))
        .references("instance_uuid", "instances", "uuid")
        .index("instance_uuid", &["instance_uuid"])
}

fn block_device_mapping() -> Table {
    Table::new("block_device_mapping")
        .soft_delete()
        .column("device_name", Str(255))
        .column("delete_on_termination", Bool)
        .columns(Str(36), &["snapshot_id", "volume_id"])
        .column("volume_size", Int)
        .column("no_device", Bool)
        .column("connection_info", MediumText)
        .column("instance_uuid", Str(36))
        .columns(Str(255), &["source_type", "destination_type", "guest_format", "device_type", "disk_bus"])
        .column("boot_index", Int)
        .column("image_id", Str(36))
        .column("tag", Str(255))
        .columns(Str(36), &["attachment_id", "uuid"])
        .column("volume_type", Str(255))
        .column("encrypted", Bool)
        .column("encryption_secret_uuid", Str(36))
        .column("encryption_format", Str(128))
        .column("encryption_options", Str(4096))
        .references("instance_uuid", "instances", "uuid")
        .unique("uniq_block_device_mapping0uuid", &["uuid"])
        .index("snapshot_id", &["snapshot_id"])
        .index("volume_id", &["volume_id"])
        .index("block_device_mapping_instance_uuid_idx", &["instance_uuid"])
        .index("block_device_mapping_instance_uuid_device_name_idx", &["instance_uuid", "device_name"])
        .index("block_device_mapping_instance_uuid_volume_id_idx", &["instance_uuid", "volume_id"])
}
