//! Migrations: moves of instances between hosts.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;
use nova_objects::types::Json;

use crate::{Migration, MigrationList};

/// What a store does with [`Migration`] records.
#[remotable(Migration)]
pub trait MigrationActions {
    /// The move of that id, or `MigrationNotFound`.
    async fn get_by_id(&self, cx: &RequestContext, migration_id: i64) -> Result<Migration, Fault>;

    /// The move of that uuid, or `MigrationNotFound`.
    async fn get_by_uuid(&self, cx: &RequestContext, migration_uuid: &str) -> Result<Migration, Fault>;

    /// Makes the record; one that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, migration: &mut Migration) -> Result<(), Fault>;

    /// Writes the changed fields. `MigrationNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, migration: &mut Migration) -> Result<(), Fault>;
}

/// What a store does with several [`Migration`] records.
#[remotable(MigrationList)]
pub trait MigrationListActions {
    /// The moves that pass all filters: a field with a value or a list of values, `host` for either end, `node`.
    ///
    /// A compute service asks at its start which of its instances were evacuated.
    async fn get_by_filters(
        &self,
        cx: &RequestContext,
        filters: &Json,
        sort_keys: Option<&[String]>,
        sort_dirs: Option<&[String]>,
        limit: Option<i64>,
        marker: Option<&str>,
    ) -> Result<MigrationList, Fault>;

    /// The moves from or to that hypervisor that are not over, and those that failed, each with its instance: a compute
    /// service asks before it counts what is used.
    async fn get_in_progress_and_error(
        &self,
        cx: &RequestContext,
        host: &str,
        node: &str,
    ) -> Result<MigrationList, Fault>;

    /// The moves from or to that hypervisor that are not over.
    async fn get_in_progress_by_host_and_node(
        &self,
        cx: &RequestContext,
        host: &str,
        node: &str,
    ) -> Result<MigrationList, Fault>;

    /// The moves of that instance that are not over, of one type or of all.
    async fn get_in_progress_by_instance(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        migration_type: Option<&str>,
    ) -> Result<MigrationList, Fault>;
}
