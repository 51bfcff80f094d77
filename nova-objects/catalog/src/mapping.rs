//! Mappings: which cell an instance or a host is in, and what a cell is. They are in the API database.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{
    CellMapping, CellMappingList, HostMapping, HostMappingList, InstanceMapping, InstanceMappingList,
};

/// What a store does with [`InstanceMapping`] records.
#[remotable(InstanceMapping)]
pub trait InstanceMappingActions {
    /// The mapping of that instance with its cell, or `InstanceMappingNotFound`.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<InstanceMapping, Fault>;

    /// Makes the record.
    async fn create(&self, cx: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), Fault>;

    /// Writes the changed fields. `InstanceMappingNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), Fault>;

    /// Removes the record. `InstanceMappingNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, mapping: &mut InstanceMapping) -> Result<(), Fault>;
}

/// What a store does with several [`InstanceMapping`] records.
#[remotable(InstanceMappingList)]
pub trait InstanceMappingListActions {
    /// The mappings of that project.
    async fn get_by_project_id(
        &self,
        cx: &RequestContext,
        project_id: &str,
    ) -> Result<InstanceMappingList, Fault>;

    /// The mappings of the cell of that id of the database.
    async fn get_by_cell_id(&self, cx: &RequestContext, cell_id: i64) -> Result<InstanceMappingList, Fault>;

    /// The mappings of these instances; those without one are left out.
    async fn get_by_instance_uuids(
        &self,
        cx: &RequestContext,
        uuids: &[String],
    ) -> Result<InstanceMappingList, Fault>;

    /// How many instances a project has, and a user of it, as `{"project": {"instances": …}, "user": {…}}`; those that
    /// are queued for delete are not counted.
    async fn get_counts(
        &self,
        cx: &RequestContext,
        project_id: &str,
        user_id: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, Fault>;
}

/// What a store does with [`HostMapping`] records.
#[remotable(HostMapping)]
pub trait HostMappingActions {
    /// The mapping of that host with its cell, or `HostMappingNotFound`.
    async fn get_by_host(&self, cx: &RequestContext, host: &str) -> Result<HostMapping, Fault>;

    /// Makes the record. A host is in one cell: a second record is refused as Nova's database refuses it, with
    /// `oslo_db.exception.DBDuplicateEntry`.
    async fn create(&self, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), Fault>;

    /// Writes the changed fields. `HostMappingNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), Fault>;

    /// Removes the record. `HostMappingNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, mapping: &mut HostMapping) -> Result<(), Fault>;
}

/// What a store does with several [`HostMapping`] records.
#[remotable(HostMappingList)]
pub trait HostMappingListActions {
    /// All mappings.
    async fn get_all(&self, cx: &RequestContext) -> Result<HostMappingList, Fault>;

    /// The mappings of the cell of that id of the database.
    async fn get_by_cell_id(&self, cx: &RequestContext, cell_id: i64) -> Result<HostMappingList, Fault>;
}

/// What a store does with [`CellMapping`] records.
#[remotable(CellMapping)]
pub trait CellMappingActions {
    /// The cell of that uuid, or `CellMappingNotFound`.
    async fn get_by_uuid(&self, cx: &RequestContext, uuid: &str) -> Result<CellMapping, Fault>;

    /// Makes the record.
    async fn create(&self, cx: &RequestContext, mapping: &mut CellMapping) -> Result<(), Fault>;

    /// Writes the changed fields. `CellMappingNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, mapping: &mut CellMapping) -> Result<(), Fault>;

    /// Removes the record. `CellMappingNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, mapping: &mut CellMapping) -> Result<(), Fault>;
}

/// What a store does with several [`CellMapping`] records.
#[remotable(CellMappingList)]
pub trait CellMappingListActions {
    /// All cells.
    async fn get_all(&self, cx: &RequestContext) -> Result<CellMappingList, Fault>;

    /// The cells that are, or are not, disabled.
    async fn get_by_disabled(&self, cx: &RequestContext, disabled: bool) -> Result<CellMappingList, Fault>;
}

/// The uuid of the cell that holds instances which were never scheduled.
pub const CELL0_UUID: &str = "00000000-0000-0000-0000-000000000000";

impl CellMapping {
    /// Whether this is cell0, which has no services and holds instances that were never scheduled.
    pub fn is_cell0(&self) -> bool {
        self.uuid.value().is_some_and(|uuid| uuid == CELL0_UUID)
    }
}
