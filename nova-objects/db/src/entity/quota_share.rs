//! `quota_shares`: what each accepted server takes of its project's quota; ours.

use sea_orm::entity::prelude::*;

/// What a server takes. It counts for as long as its mapping is there and not queued for deletion.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_shares")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_uuid: String,
    pub project_id: String,
    pub cores: i64,
    pub ram_mb: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
