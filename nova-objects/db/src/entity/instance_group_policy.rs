//! `instance_group_policy`: what a server group asks, with its rules as JSON.

use sea_orm::entity::prelude::*;

/// What a server group asks, with its rules as JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_group_policy")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub policy: Option<String>,
    pub group_id: i32,
    pub rules: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
