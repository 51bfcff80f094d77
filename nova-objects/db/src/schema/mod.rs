//! Nova's schema as migration sets: what `nova-manage db sync` and `api_db sync` would have made.
//!
//! Of the cell database: services, compute nodes, instances and what hangs on them. Of the API database: mappings,
//! request specs, build requests, flavors, server groups. Tables that no action here uses are not made; a database that Nova made
//! has them, and keeps them.
//!
//! # Differences from Nova's own schema
//! * PostgreSQL: IP addresses are `varchar(39)` (Nova: `inet`) and `instances.locked_by` is `varchar(5)` (Nova: an
//!   enumeration type), because one statement has to serve all engines. A PostgreSQL database that Nova made is
//!   therefore refused; MySQL's, which Nova runs on, and SQLite's are adopted as they are.
//! * Foreign keys have the engine's own names.

mod api;
mod main;
pub(crate) mod table;

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

use self::table::Table;
use crate::migrate::MigrationSet;

/// The tables of a cell database (Nova's main database).
#[doc(alias = "nova-manage db sync")]
pub fn nova_main() -> MigrationSet {
    MigrationSet::new("nova-main")
        .migration(CreateTables { name: "m0001_nova_34", tables: main::tables })
        .adopting("alembic_version", required_columns(&main::tables()))
}

/// The tables of the API database.
#[doc(alias = "nova-manage api_db sync")]
pub fn nova_api() -> MigrationSet {
    MigrationSet::new("nova-api")
        .migration(CreateTables { name: "m0001_nova_34", tables: api::tables })
        .migration(CreateTables { name: "m0002_server_groups", tables: api::server_group_tables })
        .adopting("alembic_version", required_columns(&[api::tables(), api::server_group_tables()].concat()))
}

/// A migration that makes tables.
pub(crate) struct CreateTables {
    pub(crate) name: &'static str,
    pub(crate) tables: fn() -> Vec<Table>,
}

impl MigrationName for CreateTables {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in (self.tables)() {
            manager.create_table(table.create_table(manager.get_database_backend())).await?;
            for index in table.create_indexes() {
                manager.create_index(index).await?;
            }
        }
        Ok(())
    }
}

fn required_columns(tables: &[Table]) -> Vec<(&'static str, Vec<&'static str>)> {
    tables
        .iter()
        .map(|table| (table.name, table.columns.iter().map(|column| column.name).collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use sea_orm::{EntityTrait, IdenStatic, Iterable};

    use super::*;
    use crate::entity::*;

    fn check<E: EntityTrait>(tables: &[Table], seen: &mut Vec<&'static str>, entity: E) {
        let name = entity.table_name();
        let table =
            tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table {name}"));
        let mut ours: Vec<_> = E::Column::iter().map(|column| column.as_str()).collect();
        let mut theirs: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "{name}");
        seen.push(table.name);
    }

    #[test]
    fn every_table_has_an_entity_with_the_same_columns() {
        let mut tables = main::tables();
        tables.extend(api::tables());
        tables.extend(api::server_group_tables());
        tables.extend(crate::operations::tables());
        tables.extend(crate::quota::tables());
        let mut seen = Vec::new();
        check(&tables, &mut seen, service::Entity);
        check(&tables, &mut seen, compute_node::Entity);
        check(&tables, &mut seen, instance::Entity);
        check(&tables, &mut seen, instance_info_cache::Entity);
        check(&tables, &mut seen, instance_extra::Entity);
        check(&tables, &mut seen, instance_action::Entity);
        check(&tables, &mut seen, instance_action_event::Entity);
        check(&tables, &mut seen, instance_fault::Entity);
        check(&tables, &mut seen, instance_metadata::Entity);
        check(&tables, &mut seen, instance_system_metadata::Entity);
        check(&tables, &mut seen, block_device_mapping::Entity);
        check(&tables, &mut seen, cell_mapping::Entity);
        check(&tables, &mut seen, host_mapping::Entity);
        check(&tables, &mut seen, instance_mapping::Entity);
        check(&tables, &mut seen, request_spec::Entity);
        check(&tables, &mut seen, build_request::Entity);
        check(&tables, &mut seen, flavor::Entity);
        check(&tables, &mut seen, flavor_extra_spec::Entity);
        check(&tables, &mut seen, flavor_project::Entity);
        check(&tables, &mut seen, instance_group::Entity);
        check(&tables, &mut seen, instance_group_member::Entity);
        check(&tables, &mut seen, instance_group_policy::Entity);
        check(&tables, &mut seen, operation::Entity);
        check(&tables, &mut seen, instance_generation::Entity);
        check(&tables, &mut seen, quota_lock::Entity);
        check(&tables, &mut seen, quota_share::Entity);
        assert_eq!(seen, tables.iter().map(|table| table.name).collect::<Vec<_>>());
    }
}
