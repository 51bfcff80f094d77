//! `compute_nodes`: a hypervisor node and what it has.

use sea_orm::entity::prelude::*;

/// A hypervisor node and what it has.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "compute_nodes")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub service_id: Option<i32>,
    pub vcpus: i32,
    pub memory_mb: i32,
    pub local_gb: i32,
    pub vcpus_used: i32,
    pub memory_mb_used: i32,
    pub local_gb_used: i32,
    pub hypervisor_type: String,
    pub hypervisor_version: i32,
    pub cpu_info: String,
    pub disk_available_least: Option<i32>,
    pub free_ram_mb: Option<i32>,
    pub free_disk_gb: Option<i32>,
    pub current_workload: Option<i32>,
    pub running_vms: Option<i32>,
    pub hypervisor_hostname: Option<String>,
    pub host_ip: Option<String>,
    pub supported_instances: Option<String>,
    pub pci_stats: Option<String>,
    pub metrics: Option<String>,
    pub extra_resources: Option<String>,
    pub stats: Option<String>,
    pub numa_topology: Option<String>,
    pub host: Option<String>,
    pub ram_allocation_ratio: Option<f64>,
    pub cpu_allocation_ratio: Option<f64>,
    pub uuid: Option<String>,
    pub disk_allocation_ratio: Option<f64>,
    pub mapped: Option<i32>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
