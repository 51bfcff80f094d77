//! `allocations`: who holds how much.

use sea_orm::entity::prelude::*;

/// What a consumer holds of one class of one provider.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "allocations")]
pub struct Model {
    /// The `uuid` of the consumer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub consumer_id: String,
    /// The `uuid` of the provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource_provider_id: String,
    /// The name of the class.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource_class: String,
    /// How much.
    pub used: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
