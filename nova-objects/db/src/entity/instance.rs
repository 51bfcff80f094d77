//! `instances`: a server.

use sea_orm::entity::prelude::*;

/// A server.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instances")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub internal_id: Option<i32>,
    pub user_id: Option<String>,
    pub project_id: Option<String>,
    pub image_ref: Option<String>,
    pub kernel_id: Option<String>,
    pub ramdisk_id: Option<String>,
    pub launch_index: Option<i32>,
    pub key_name: Option<String>,
    pub key_data: Option<String>,
    pub power_state: Option<i32>,
    pub vm_state: Option<String>,
    pub memory_mb: Option<i32>,
    pub vcpus: Option<i32>,
    pub hostname: Option<String>,
    pub host: Option<String>,
    pub user_data: Option<String>,
    pub reservation_id: Option<String>,
    pub launched_at: Option<DateTime>,
    pub terminated_at: Option<DateTime>,
    pub display_name: Option<String>,
    pub display_description: Option<String>,
    pub availability_zone: Option<String>,
    pub locked: Option<bool>,
    pub os_type: Option<String>,
    pub launched_on: Option<String>,
    pub instance_type_id: Option<i32>,
    pub vm_mode: Option<String>,
    pub uuid: String,
    pub architecture: Option<String>,
    pub root_device_name: Option<String>,
    pub access_ip_v4: Option<String>,
    pub access_ip_v6: Option<String>,
    pub config_drive: Option<String>,
    pub task_state: Option<String>,
    pub default_ephemeral_device: Option<String>,
    pub default_swap_device: Option<String>,
    pub progress: Option<i32>,
    pub auto_disk_config: Option<bool>,
    pub shutdown_terminate: Option<bool>,
    pub disable_terminate: Option<bool>,
    pub root_gb: Option<i32>,
    pub ephemeral_gb: Option<i32>,
    pub cell_name: Option<String>,
    pub node: Option<String>,
    pub locked_by: Option<String>,
    pub cleaned: Option<i32>,
    pub ephemeral_key_uuid: Option<String>,
    pub hidden: Option<bool>,
    pub compute_id: Option<i64>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
