//! `services`: a running service on a host.

use sea_orm::entity::prelude::*;

/// A running service on a host.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "services")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub uuid: Option<String>,
    pub host: Option<String>,
    pub binary: Option<String>,
    pub topic: Option<String>,
    pub report_count: i32,
    pub disabled: Option<bool>,
    pub disabled_reason: Option<String>,
    pub last_seen_up: Option<DateTime>,
    pub forced_down: Option<bool>,
    pub version: Option<i32>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
