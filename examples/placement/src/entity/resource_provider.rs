//! `resource_providers`: who has something to give.

use sea_orm::entity::prelude::*;

/// A provider.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resource_providers")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uuid: String,
    /// Its name, unique.
    pub name: String,
    /// Grows with every change to what it has or gives. Its update is also the lock on the provider.
    pub generation: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
