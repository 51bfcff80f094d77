//! `quota_locks`: one row for each project that ever took something, which whoever counts for it holds; ours.

use sea_orm::entity::prelude::*;

/// Whoever counts what a project has waits for whoever counts before.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_locks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: String,
    /// How often something was taken.
    pub taken: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
