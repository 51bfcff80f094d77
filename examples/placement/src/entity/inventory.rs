//! `inventories`: how much of a class a provider has, and how much of that is taken.

use sea_orm::entity::prelude::*;

/// One resource class of a provider.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "inventories")]
pub struct Model {
    /// The `uuid` of the provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource_provider_id: String,
    /// The name of the class.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource_class: String,
    /// All of it.
    pub total: i64,
    /// Of that, what is not for consumers.
    pub reserved: i64,
    /// The least a consumer may take.
    pub min_unit: i64,
    /// The most a consumer may take.
    pub max_unit: i64,
    /// Amounts are multiples of this.
    pub step_size: i64,
    /// How many times over it may be given away.
    pub allocation_ratio: f64,
    /// The sum of its allocations, ours: kept by every transaction that changes one, so that looking for candidates
    /// need not add up.
    pub used: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
