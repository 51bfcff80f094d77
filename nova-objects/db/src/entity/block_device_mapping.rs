//! `block_device_mapping`: a block device of a server.

use sea_orm::entity::prelude::*;

/// A block device of a server.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "block_device_mapping")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub device_name: Option<String>,
    pub delete_on_termination: Option<bool>,
    pub snapshot_id: Option<String>,
    pub volume_id: Option<String>,
    pub volume_size: Option<i32>,
    pub no_device: Option<bool>,
    pub connection_info: Option<String>,
    pub instance_uuid: Option<String>,
    pub source_type: Option<String>,
    pub destination_type: Option<String>,
    pub guest_format: Option<String>,
    pub device_type: Option<String>,
    pub disk_bus: Option<String>,
    pub boot_index: Option<i32>,
    pub image_id: Option<String>,
    pub tag: Option<String>,
    pub attachment_id: Option<String>,
    pub uuid: Option<String>,
    pub volume_type: Option<String>,
    pub encrypted: Option<bool>,
    pub encryption_secret_uuid: Option<String>,
    pub encryption_format: Option<String>,
    pub encryption_options: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
