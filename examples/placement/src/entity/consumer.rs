//! `consumers`: who holds something, did once, or never may.

use sea_orm::entity::prelude::*;

/// A consumer.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consumers")]
pub struct Model {
    /// Its id: the uuid of the instance.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uuid: String,
    /// Whose it is.
    pub project_id: String,
    /// Who asked.
    pub user_id: String,
    /// Grows with every change to what it holds, for ever; 1 for the first.
    pub generation: i64,
    /// When it left for good, microseconds since 1970 by the database's clock; null while it may claim.
    pub retired_at: Option<i64>,
    /// The group it is a member of while it holds something; null for none.
    pub group_id: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
