//! `cell_mappings`: how to reach a cell.

use sea_orm::entity::prelude::*;

/// How to reach a cell.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cell_mappings")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub uuid: String,
    pub name: Option<String>,
    pub transport_url: Option<String>,
    pub database_connection: Option<String>,
    pub disabled: Option<bool>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
