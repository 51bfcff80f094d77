//! `instance_extra`: the large parts of a server, as object primitives in JSON.

use sea_orm::entity::prelude::*;

/// The large parts of a server, as object primitives in JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_extra")]
pub struct Model {
    pub created_at: Option<DateTime>,
    pub updated_at: Option<DateTime>,
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTime>,
    pub deleted: i32,
    pub instance_uuid: String,
    pub numa_topology: Option<String>,
    pub pci_requests: Option<String>,
    pub flavor: Option<String>,
    pub vcpu_model: Option<String>,
    pub migration_context: Option<String>,
    pub keypairs: Option<String>,
    pub device_metadata: Option<String>,
    pub trusted_certs: Option<String>,
    pub vpmems: Option<String>,
    pub resources: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
