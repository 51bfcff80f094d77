//! The compute services and the cell, as last read.

use std::collections::BTreeMap;

use nova_core::group::ServiceRecord;
use nova_core::service::Identity;
use nova_core::{Fault, RequestContext};
use nova_objects::Objects;
use nova_objects::types::Uuid;
use nova_objects_catalog::{self as objects, CellMapping, CellMappingList, ServiceList};

use crate::error::SelectError;

/// The program that takes instances.
const COMPUTE: &str = "nova-compute";

/// Who serves which host, and in which cell.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) cell_uuid: Uuid,
    by_host: BTreeMap<String, ComputeService>,
}

#[derive(Debug)]
pub(crate) struct ComputeService {
    pub(crate) record: ServiceRecord,
    pub(crate) availability_zone: Option<String>,
}

impl Services {
    pub(crate) async fn read(cx: &RequestContext, objects: &Objects) -> Result<Self, SelectError> {
        let services = ServiceList::get_by_binary(cx, objects, COMPUTE, Some(true)).await?;
        let by_host = services.members().iter().filter_map(compute_service).collect();
        let cells = CellMappingList::get_all(cx, objects).await?;
        Ok(Self { cell_uuid: the_cell(cells.members())?, by_host })
    }

    pub(crate) fn of(&self, host: &str) -> Option<&ComputeService> {
        self.by_host.get(host)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &ServiceRecord> {
        self.by_host.values().map(|service| &service.record)
    }
}

/// The one cell that hosts are in: many cells are not supported.
fn the_cell(cells: &[CellMapping]) -> Result<Uuid, SelectError> {
    let enabled = |cell: &&CellMapping| !cell.is_cell0() && cell.disabled.value() != Some(&true);
    let mut cells = cells.iter().filter(enabled).filter_map(|cell| cell.uuid.value());
    match (cells.next(), cells.next()) {
        (Some(cell), None) => Ok(cell.clone()),
        (None, _) => Err(SelectError::Cells { enabled: 0 }),
        (Some(_), Some(_)) => Err(SelectError::Cells { enabled: 2 + cells.count() }),
    }
}

/// A service without host is nobody's.
fn compute_service(service: &objects::Service) -> Option<(String, ComputeService)> {
    let host = service.host.present()?.clone();
    let id = service.uuid.value().map(ToString::to_string);
    let record = ServiceRecord {
        uuid: id.unwrap_or_else(|| host.clone()),
        identity: Identity::new(host.clone(), COMPUTE),
        version: service.version.value().copied().unwrap_or(0),
        report_count: service.report_count.value().copied().unwrap_or(0),
        disabled: service.disabled.value().copied().unwrap_or(false),
        forced_down: service.forced_down.value().copied().unwrap_or(false),
        last_seen_up: service.last_seen_up.present().copied(),
        created_at: service.created_at.present().copied(),
    };
    let availability_zone = service.availability_zone.present().cloned();
    Some((host, ComputeService { record, availability_zone }))
}

impl From<Fault> for SelectError {
    fn from(fault: Fault) -> Self {
        Self::Records(fault)
    }
}
