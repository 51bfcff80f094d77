//! `instance_mappings`: which cell a server is in; null until it is in one.

use sea_orm::entity::prelude::*;

/// Which cell a server is in; null until it is in one.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_mappings")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub instance_uuid: String,
    pub cell_id: Option<i32>,
    pub project_id: String,
    pub queued_for_delete: Option<bool>,
    pub user_id: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
