//! How far an instance of a boot has come.

use nova_core::context::ReadDeleted;
use nova_core::operation::Running;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{BuildRequestNotFound, InstanceMappingNotFound, InstanceNotFound};
use nova_objects_catalog::{BuildRequest, Instance, InstanceMapping};
use nova_objects_db::ActionError;
use nova_objects_db::actions::{instance_group, instance_mapping, request_spec};
use nova_rpcapi::operations::Boot;
use uuid::Uuid;

use super::BootHandler;
use crate::lease;

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
        let is_created = or_none::<InstanceNotFound, _>(record)?.is_some();
        if is_created && !nova_core::mutant!("conductor: a boot does not look for its records") {
            return Ok(Found::Created);
        }
        let request = BuildRequest::get_by_instance_uuid(cx, &self.objects, &id).await;
        Ok(match or_none::<BuildRequestNotFound, _>(request)? {
            Some(request) => Found::Waiting(Box::new(request)),
            None => Found::Deleted,
        })
    }

    /// Removes what is left of an instance that the user deleted before it had a record: what a boot that was cut off
    /// claimed for it, or buried, as well.
    ///
    /// What points to it goes first, and only while the boot is ours; without it there is nothing to look at twice.
    pub(super) async fn forget(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        uuid: Uuid,
    ) -> Result<(), Fault> {
        let gone = InstanceNotFound { instance_id: uuid.to_string() }.into();
        if !nova_core::mutant!("conductor: a forgotten boot is not called off") {
            self.call_off(cx, step, uuid, &gone).await?;
        }
        let work = (cx.without_token(), step.lease().clone(), uuid.to_string());
        let forgotten = self.db.api().write(move |tx| {
            let (cx, lease, uuid) = work.clone();
            async move {
                lease::check_in(&tx, &lease).await?;
                instance_mapping::destroy_in(&tx, &cx, &uuid).await?;
                request_spec::destroy_in(&tx, &cx, &uuid).await?;
                instance_group::leave_in(&tx, &cx, &uuid).await?;
                Ok::<_, ActionError>(())
            }
        });
        forgotten.await?;
        self.placement.retire(cx, uuid).await?;
        self.unbury(cx, &uuid.to_string()).await
    }
}

fn or_none<C: nova_core::fault::FaultClass, T>(found: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.is::<C>() => Ok(None),
        Err(fault) => Err(fault),
    }
}
