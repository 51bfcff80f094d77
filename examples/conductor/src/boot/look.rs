//! How far an instance of a boot has come.

use nova_core::context::ReadDeleted;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{BuildRequestNotFound, InstanceMappingNotFound, InstanceNotFound};
use nova_objects_catalog::{BuildRequest, Instance, InstanceMapping, RequestSpec};
use uuid::Uuid;

use super::BootHandler;

pub(super) enum Found {
    /// The user deleted it before it had a record in a cell.
    Deleted,
    /// It waits for a host.
    Waiting(Box<BuildRequest>),
    /// Its record and its build are in the cell; the mapping does not say so yet.
    Created,
    /// Its mapping names a cell: nothing is left to do.
    Mapped,
}

impl BootHandler {
    pub(super) async fn look(&self, cx: &RequestContext, uuid: Uuid) -> Result<Found, Fault> {
        let id = uuid.to_string();
        let mapping = InstanceMapping::get_by_instance_uuid(cx, &self.objects, &id).await;
        let mapped = match or_none::<InstanceMappingNotFound, _>(mapping)? {
            None => return Ok(Found::Deleted),
            Some(mapping) => mapping.cell_mapping.present().is_some(),
        };
        if mapped {
            return Ok(Found::Mapped);
        }
        let all = cx.with_read_deleted(ReadDeleted::Yes);
        let record = Instance::get_by_uuid(&all, &self.objects, &id, Some(&[]), None).await;
        if or_none::<InstanceNotFound, _>(record)?.is_some() {
            return Ok(Found::Created);
        }
        let request = BuildRequest::get_by_instance_uuid(cx, &self.objects, &id).await;
        Ok(match or_none::<BuildRequestNotFound, _>(request)? {
            Some(request) => Found::Waiting(Box::new(request)),
            None => Found::Deleted,
        })
    }

    /// Removes what is left of an instance that the user deleted before it had a record.
    pub(super) async fn forget(&self, cx: &RequestContext, uuid: Uuid) -> Result<(), Fault> {
        self.placement.release(cx, uuid).await?;
        let id = uuid.to_string();
        let mapping = InstanceMapping::get_by_instance_uuid(cx, &self.objects, &id).await;
        if let Some(mut mapping) = or_none::<InstanceMappingNotFound, _>(mapping)? {
            mapping.destroy(cx, &self.objects).await?;
        }
        let spec = RequestSpec::get_by_instance_uuid(cx, &self.objects, &id).await;
        match spec {
            Ok(mut spec) => spec.destroy(cx, &self.objects).await,
            Err(fault) if fault.code() == 404 => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

fn or_none<C: nova_core::fault::FaultClass, T>(found: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.is::<C>() => Ok(None),
        Err(fault) => Err(fault),
    }
}
