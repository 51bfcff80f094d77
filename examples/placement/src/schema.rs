//! The tables, as a migration set of their own.

use nova_objects_db::MigrationSet;
use sea_orm::{DbErr, EntityName};
use sea_orm_migration::prelude::{
    ColumnDef, ForeignKey, Index, IndexCreateStatement, IntoIden, MigrationName, MigrationTrait,
    SchemaManager, Table, TableCreateStatement,
};

use crate::entity::{
    allocation, consumer, consumer_group as group, inventory, resource_provider as provider,
    resource_provider_trait as provider_trait,
};

/// Placement's tables: five of the twelve that the original has, under its names, and `consumer_groups`, which is ours.
///
/// Folded: `projects` and `users` into `consumers`; `resource_classes` into the names in `inventories` and
/// `allocations`; `traits` into the names in `resource_provider_traits`. A name needs no row before it is used, so
/// two writers cannot race for one. Providers are referred to by uuid, as consumers are. Left out, because nothing
/// here uses them: aggregates, consumer types, parents of providers.
pub fn migrations() -> MigrationSet {
    MigrationSet::new("placement")
        .migration(CreateTables)
        .migration(RetireConsumers)
        .migration(GroupConsumers)
}

struct CreateTables;

impl MigrationName for CreateTables {
    fn name(&self) -> &str {
        "m0001_create_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [providers(), inventories(), traits(), consumers(), allocations()] {
            manager.create_table(table).await?;
        }
        for index in [providers_by_trait(), allocations_of_provider()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// A consumer's row stays when it gives everything back, and says whether it left for good.
struct RetireConsumers;

impl MigrationName for RetireConsumers {
    fn name(&self) -> &str {
        "m0002_retire_consumers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RetireConsumers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new(consumer::Column::RetiredAt).big_integer().null().to_owned();
        manager.alter_table(Table::alter().table(consumer::Entity).add_column(column).to_owned()).await?;
        manager.create_index(consumers_by_retirement()).await
    }
}

/// A consumer may be a member of a group.
struct GroupConsumers;

impl MigrationName for GroupConsumers {
    fn name(&self) -> &str {
        "m0003_group_consumers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for GroupConsumers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(groups()).await?;
        let column = ColumnDef::new(consumer::Column::GroupId).string_len(36).null().to_owned();
        manager.alter_table(Table::alter().table(consumer::Entity).add_column(column).to_owned()).await?;
        manager.create_index(consumers_by_group()).await
    }
}

fn providers() -> TableCreateStatement {
    use provider::Column;
    Table::create()
        .table(provider::Entity)
        .col(uuid(Column::Uuid).primary_key())
        .col(ColumnDef::new(Column::Name).string_len(200).not_null().unique_key())
        .col(amount(Column::Generation))
        .to_owned()
}

fn inventories() -> TableCreateStatement {
    use inventory::Column;
    Table::create()
        .table(inventory::Entity)
        .col(uuid(Column::ResourceProviderId))
        .col(name(Column::ResourceClass))
        .col(amount(Column::Total))
        .col(amount(Column::Reserved))
        .col(amount(Column::MinUnit))
        .col(amount(Column::MaxUnit))
        .col(amount(Column::StepSize))
        .col(ColumnDef::new(Column::AllocationRatio).double().not_null())
        .col(amount(Column::Used))
        .primary_key(Index::create().col(Column::ResourceProviderId).col(Column::ResourceClass))
        .foreign_key(
            ForeignKey::create()
                .from(inventory::Entity, Column::ResourceProviderId)
                .to(provider::Entity, provider::Column::Uuid),
        )
        .to_owned()
}

fn traits() -> TableCreateStatement {
    use provider_trait::Column;
    Table::create()
        .table(provider_trait::Entity)
        .col(uuid(Column::ResourceProviderId))
        .col(name(Column::TraitName))
        .primary_key(Index::create().col(Column::ResourceProviderId).col(Column::TraitName))
        .foreign_key(
            ForeignKey::create()
                .from(provider_trait::Entity, Column::ResourceProviderId)
                .to(provider::Entity, provider::Column::Uuid),
        )
        .to_owned()
}

fn consumers() -> TableCreateStatement {
    use consumer::Column;
    Table::create()
        .table(consumer::Entity)
        .col(uuid(Column::Uuid).primary_key())
        .col(name(Column::ProjectId))
        .col(name(Column::UserId))
        .col(amount(Column::Generation))
        .to_owned()
}

fn groups() -> TableCreateStatement {
    use group::Column;
    Table::create()
        .table(group::Entity)
        .col(uuid(Column::Uuid).primary_key())
        .col(amount(Column::Generation))
        .to_owned()
}

fn allocations() -> TableCreateStatement {
    use allocation::Column;
    Table::create()
        .table(allocation::Entity)
        .col(uuid(Column::ConsumerId))
        .col(uuid(Column::ResourceProviderId))
        .col(name(Column::ResourceClass))
        .col(amount(Column::Used))
        .primary_key(
            Index::create()
                .col(Column::ConsumerId)
                .col(Column::ResourceProviderId)
                .col(Column::ResourceClass),
        )
        .foreign_key(
            ForeignKey::create()
                .from(allocation::Entity, Column::ConsumerId)
                .to(consumer::Entity, consumer::Column::Uuid),
        )
        .foreign_key(
            ForeignKey::create()
                .from(allocation::Entity, Column::ResourceProviderId)
                .to(provider::Entity, provider::Column::Uuid),
        )
        .to_owned()
}

/// For the rare trait that few providers have.
fn providers_by_trait() -> IndexCreateStatement {
    Index::create()
        .name("resource_provider_traits_trait_name_idx")
        .table(provider_trait::Entity.table_name())
        .col(provider_trait::Column::TraitName)
        .to_owned()
}

/// For the sums of a provider and for who holds what of it.
fn allocations_of_provider() -> IndexCreateStatement {
    Index::create()
        .name("allocations_resource_provider_class_idx")
        .table(allocation::Entity.table_name())
        .col(allocation::Column::ResourceProviderId)
        .col(allocation::Column::ResourceClass)
        .to_owned()
}

/// For forgetting the retired of long ago.
fn consumers_by_retirement() -> IndexCreateStatement {
    Index::create()
        .name("consumers_retired_at_idx")
        .table(consumer::Entity.table_name())
        .col(consumer::Column::RetiredAt)
        .to_owned()
}

/// For where the members of a group are.
fn consumers_by_group() -> IndexCreateStatement {
    Index::create()
        .name("consumers_group_id_idx")
        .table(consumer::Entity.table_name())
        .col(consumer::Column::GroupId)
        .to_owned()
}

fn uuid(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column).string_len(36).not_null().to_owned()
}

fn name(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column).string_len(255).not_null().to_owned()
}

fn amount(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column).big_integer().not_null().to_owned()
}
