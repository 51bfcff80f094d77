//! Records of instances that never found a host.

use nova_core::operation::{Lease, NewOperation};
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::InstanceExists;
use nova_objects_catalog::{Instance, InstanceFault, VmState};
use nova_objects_db::actions::{
    build_request, instance, instance_action, instance_fault, instance_group, instance_mapping, request_spec,
};
use nova_objects_db::{ActionError, operations};
use nova_rpcapi::notification::{self, Phase};
use nova_rpcapi::recorder::{EventChange, EventStage};

use super::{BootHandler, Waiting};
use crate::lease;
use crate::recorder::record_event;
use crate::selection::unset;

const EVENT: &str = "conductor_schedule_and_build_instances";

impl BootHandler {
    /// A record in cell0 that says why, and the mapping to it; unless the user deleted it meanwhile.
    pub(super) async fn bury(
        &self,
        cx: &RequestContext,
        lease: &Lease,
        waiting: Waiting,
        why: &Fault,
    ) -> Result<(), Fault> {
        let uuid = waiting.uuid.to_string();
        let mut record: Instance = waiting.request.instance.get().map_err(unset)?.as_ref().clone();
        record.vm_state.set(VmState::Error);
        record.task_state.set(None);
        let told = self.told(cx, &record, why)?;
        match self.write_record(cx, record, why).await {
            Err(fault) if !fault.is::<InstanceExists>() => return Err(fault),
            _ => {} // ours, or a forerunner's
        }
        if !self.map_to_cell0(cx, lease, &uuid, told).await? {
            self.unbury(cx, &uuid).await?;
        }
        Ok(())
    }

    async fn write_record(&self, cx: &RequestContext, record: Instance, why: &Fault) -> Result<(), Fault> {
        let (cx, why) = (cx.without_token(), why.clone());
        let event = |what| EventChange { name: EVENT.to_owned(), host: String::new(), what };
        let (begun, ended) = (event(EventStage::Start), event(EventStage::Error(why.to_string())));
        let buried = self.db.cell0().write(move |tx| {
            let (cx, mut record, why) = (cx.clone(), record.clone(), why.clone());
            let (begun, ended) = (begun.clone(), ended.clone());
            async move {
                instance::create_in(&tx, &cx, &mut record).await?;
                let uuid = record.uuid.get().map_err(unset)?.to_string();
                instance_fault::create_in(&tx, &cx, &mut InstanceFault::of(&uuid, None, &why)).await?;
                instance_action::action_start_in(&tx, &cx, &uuid, "create").await?;
                record_event(&tx, &cx, &uuid, &begun).await?;
                record_event(&tx, &cx, &uuid, &ended).await?;
                Ok::<_, ActionError>(())
            }
        });
        Ok(buried.await?)
    }

    /// What is told of a burial, if anybody listens.
    fn told(
        &self,
        cx: &RequestContext,
        record: &Instance,
        why: &Fault,
    ) -> Result<Option<NewOperation>, Fault> {
        let Some(publisher) = &self.publisher else { return Ok(None) };
        notification::about(&self.env, cx, publisher, "create", &[Phase::Error], record, Some(why)).map(Some)
    }

    /// Whether the build request was still there. Refused unless the boot is still ours: a successor that buried the
    /// instance took the request as well.
    async fn map_to_cell0(
        &self,
        cx: &RequestContext,
        lease: &Lease,
        uuid: &str,
        told: Option<NewOperation>,
    ) -> Result<bool, Fault> {
        let (cx, uuid, cell) = (cx.without_token(), uuid.to_owned(), self.db.cell0_mapping().clone());
        let lease = lease.clone();
        let mapped = self.db.api().write(move |tx| {
            let (cx, uuid, cell, lease) = (cx.clone(), uuid.clone(), cell.clone(), lease.clone());
            let told = told.clone();
            async move {
                lease::check_in(&tx, &lease).await?;
                let wanted = build_request::destroy_in(&tx, &cx, &uuid).await?;
                if wanted {
                    instance_mapping::map_in(&tx, &cx, &uuid, &cell, false).await?;
                    if let Some(told) = told {
                        operations::submit(&tx, told).await?;
                    }
                } else {
                    instance_mapping::destroy_in(&tx, &cx, &uuid).await?;
                    request_spec::destroy_in(&tx, &cx, &uuid).await?;
                    instance_group::leave_in(&tx, &cx, &uuid).await?;
                }
                Ok::<_, ActionError>(wanted)
            }
        });
        Ok(mapped.await?)
    }

    /// Takes the record in cell0 back, if there is one.
    pub(super) async fn unbury(&self, cx: &RequestContext, uuid: &str) -> Result<(), Fault> {
        let (cx, uuid) = (cx.without_token(), uuid.to_owned());
        let removed = self.db.cell0().write(move |tx| {
            let (cx, uuid) = (cx.clone(), uuid.clone());
            async move { instance::destroy_in(&tx, &cx, &uuid).await.map(drop) }
        });
        Ok(removed.await?)
    }
}
