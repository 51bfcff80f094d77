//! `instance_actions`: something a user asked of a server.

use sea_orm::entity::prelude::*;

/// Something a user asked of a server.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_actions")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub action: Option<String>,
    pub instance_uuid: Option<String>,
    pub request_id: Option<String>,
    pub user_id: Option<String>,
    pub project_id: Option<String>,
    pub start_time: Option<DateTime>,
    pub finish_time: Option<DateTime>,
    pub message: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
