//! `build_requests`: a server that is in no cell yet, as an object primitive in JSON.

use sea_orm::entity::prelude::*;

/// A server that is in no cell yet, as an object primitive in JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "build_requests")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub instance_uuid: Option<String>,
    pub project_id: String,
    pub instance: Option<String>,
    pub block_device_mappings: Option<String>,
    pub tags: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
