//! `instance_generations`: the fencing generation of each instance on each host, ours.

use sea_orm::entity::prelude::*;

/// The generation under which `host` may change `instance_uuid`; a greater one fences the smaller out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_generations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_uuid: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub host: String,
    pub generation: i64,
    pub updated_at: i64,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
