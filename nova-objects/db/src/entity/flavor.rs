//! `flavors`: a size of servers.

use sea_orm::entity::prelude::*;

/// A size of servers.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "flavors")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub name: String,
    pub memory_mb: i32,
    pub vcpus: i32,
    pub root_gb: Option<i32>,
    pub ephemeral_gb: Option<i32>,
    pub flavorid: String,
    pub swap: i32,
    pub rxtx_factor: Option<f64>,
    pub vcpu_weight: Option<i32>,
    pub disabled: Option<bool>,
    pub is_public: Option<bool>,
    pub description: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
