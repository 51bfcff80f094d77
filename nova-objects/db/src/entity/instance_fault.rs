//! `instance_faults`: why a server is in ERROR.

use sea_orm::entity::prelude::*;

/// Why a server is in ERROR.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_faults")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub instance_uuid: Option<String>,
    pub code: i32,
    pub message: Option<String>,
    pub details: Option<String>,
    pub host: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
