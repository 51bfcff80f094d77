//! `consumer_groups`: what claims for members of one group wait for each other by. Ours.

use sea_orm::entity::prelude::*;

/// A group that somebody claimed for.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consumer_groups")]
pub struct Model {
    /// Its id: the uuid of the server group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uuid: String,
    /// Grows with every claim that its rule was asked about.
    pub generation: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
