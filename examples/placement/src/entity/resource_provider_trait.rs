//! `resource_provider_traits`: what a provider is like.

use sea_orm::entity::prelude::*;

/// A trait of a provider.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resource_provider_traits")]
pub struct Model {
    /// The `uuid` of the provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource_provider_id: String,
    /// The name of the trait.
    #[sea_orm(primary_key, auto_increment = false)]
    pub trait_name: String,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
