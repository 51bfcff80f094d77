//! All stores behind one registry.

use std::sync::Arc;

use nova_objects::Registry;
use nova_objects_catalog as objects;
use nova_objects_catalog::with_catalogue;

use super::{ApiStore, CellStore};
use crate::nova::NovaDb;

impl NovaDb {
    /// Every object of the catalogue, with the actions of the stores in cell1 and the API database: what a conductor
    /// serves, and what the services beside it use.
    ///
    /// # Example
    /// ```no_run
    /// use nova_core::{Fault, RequestContext};
    /// use nova_objects::Objects;
    /// use nova_objects_catalog::Instance;
    /// use nova_objects_db::NovaDb;
    ///
    /// async fn show(nova: &NovaDb, cx: &RequestContext, uuid: &str) -> Result<Instance, Fault> {
    ///     let objects = Objects::local(nova.registry());
    ///     Instance::get_by_uuid(cx, &objects, uuid, None, None).await
    /// }
    /// ```
    pub fn registry(&self) -> Registry {
        with_catalogue(with_api(with_cell(Registry::default(), self), self))
    }
}

fn with_cell(registry: Registry, nova: &NovaDb) -> Registry {
    let cell = Arc::new(CellStore::new(nova.cell1()));
    registry
        .with::<objects::Instance>(cell.clone())
        .with::<objects::InstanceList>(cell.clone())
        .with::<objects::InstanceInfoCache>(cell.clone())
        .with::<objects::InstanceAction>(cell.clone())
        .with::<objects::InstanceActionList>(cell.clone())
        .with::<objects::InstanceActionEvent>(cell.clone())
        .with::<objects::InstanceActionEventList>(cell.clone())
        .with::<objects::InstanceFault>(cell.clone())
        .with::<objects::InstanceFaultList>(cell.clone())
        .with::<objects::BlockDeviceMapping>(cell.clone())
        .with::<objects::BlockDeviceMappingList>(cell.clone())
        .with::<objects::Service>(cell.clone())
        .with::<objects::ServiceList>(cell.clone())
        .with::<objects::ComputeNode>(cell.clone())
        .with::<objects::ComputeNodeList>(cell)
}

fn with_api(registry: Registry, nova: &NovaDb) -> Registry {
    let api = Arc::new(ApiStore::new(nova.api()));
    registry
        .with::<objects::CellMapping>(api.clone())
        .with::<objects::CellMappingList>(api.clone())
        .with::<objects::HostMapping>(api.clone())
        .with::<objects::HostMappingList>(api.clone())
        .with::<objects::InstanceMapping>(api.clone())
        .with::<objects::InstanceMappingList>(api.clone())
        .with::<objects::BuildRequest>(api.clone())
        .with::<objects::BuildRequestList>(api.clone())
        .with::<objects::RequestSpec>(api.clone())
        .with::<objects::Flavor>(api.clone())
        .with::<objects::FlavorList>(api.clone())
        .with::<objects::InstanceGroup>(api.clone())
        .with::<objects::InstanceGroupList>(api)
}
