//! `operations`: durable operations, ours. Times are microseconds since 1970 by the database's clock.

use sea_orm::entity::prelude::*;

/// A durable operation; see [`nova_core::operation::OperationRecord`].
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "operations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub version: i32,
    pub target: String,
    pub project_id: Option<String>,
    pub context: String,
    pub args: String,
    pub secrets: Option<String>,
    pub state: String,
    pub status: String,
    pub step: String,
    pub ordinal: i32,
    pub topic: String,
    pub host: Option<String>,
    pub attempt: i32,
    pub not_before: Option<i64>,
    pub owner: Option<String>,
    pub lease_until: Option<i64>,
    pub fault: Option<String>,
    pub passed: String,
    pub created_at: i64,
    pub updated_at: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
