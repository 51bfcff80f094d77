//! Records in the cell, and the mapping that makes them known.

use nova_core::operation::{Lease, NewOperation, Queue, Running, StepEnd, StepError};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::GroupClaim;
use nova_objects_catalog::exception::InstanceExists;
use nova_objects_catalog::{Instance, Selection, TaskState, VmState};
use nova_objects_db::actions::{
    build_request, instance, instance_action, instance_group, instance_mapping, request_spec,
};
use nova_objects_db::{ActionError, generations, operations};
use nova_rpcapi::operations::{
    Boot, Build, BuildArgs, BuildState, CLEANUP, COMPUTE, Delete, DeleteArgs, SPAWN, derived_id,
};
use uuid::Uuid;

use super::call_off::BuildCalledOff;
use super::{BootHandler, Waiting, first_host};
use crate::lease;
use crate::selection::unset;

/// How the transaction over the API database ended.
enum Mapping {
    Done,
    /// The user deleted these while they were being created.
    Deleted(Vec<Uuid>),
}

impl BootHandler {
    /// The instance's record with its action and its build, in one transaction of the cell. Gives the host.
    pub(super) async fn create(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        waiting: &Waiting,
        selections: &[Selection],
        group: Option<GroupClaim>,
    ) -> Result<String, StepError> {
        let host = first_host(selections)?.to_owned();
        let instance = new_instance(waiting, selections)?;
        let build = self.build_of(cx, step, waiting.uuid, &host, group)?;
        let state = state_of(&host, selections);
        let context = cx.without_token();
        let created = self.db.cell1().write(move |tx| {
            let (cx, mut instance, build) = (context.clone(), instance.clone(), build.clone());
            let mut state = state.clone();
            async move {
                instance::create_in(&tx, &cx, &mut instance).await?;
                let uuid = instance.uuid.get().map_err(unset)?.to_string();
                instance_action::action_start_in(&tx, &cx, &uuid, "create").await?;
                let host = state.tried.last().map(String::as_str).unwrap_or_default();
                state.generation = generations::take_in(&tx, &uuid, host, 1).await?;
                let build = build.with_state::<Build>(&state).map_err(Fault::from)?;
                match operations::submit(&tx, build).await? {
                    true => Ok(()),
                    false => Err(ActionError::fault(BuildCalledOff { instance: uuid })),
                }
            }
        });
        match created.await.map_err(Fault::from) {
            Ok(()) => Ok(host),
            Err(fault) if fault.is::<InstanceExists>() => {
                // A forerunner of ours, taken for dead, was only slow: it is its choice that counts.
                self.settle(cx, step, waiting.uuid).await?;
                Ok(host)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    fn build_of(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        uuid: Uuid,
        host: &str,
        group: Option<GroupClaim>,
    ) -> Result<NewOperation, StepError> {
        let args = BuildArgs {
            instance: uuid,
            networks: step.args.networks.clone(),
            no_network: step.args.no_network,
            group,
        };
        let mut build = NewOperation::of::<Build>(&self.env, cx, uuid.to_string(), &args)?
            .with_id(derived_id(step.lease().operation, uuid))
            .starting_at(SPAWN, Queue::on(COMPUTE, host));
        build.secrets = None; // passwords are injected by no driver yet: they end with the boot
        Ok(build)
    }

    /// Says in the mappings that the instances are in the cell, takes their build requests away and, given its end,
    /// ends the step: one transaction of the API database. Those that the user deleted meanwhile get their deletion
    /// first.
    pub(super) async fn map(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        uuids: &[Uuid],
        end: Option<StepEnd>,
    ) -> Result<(), Fault> {
        let mut deleted = Vec::new();
        // Once for all, and once more for each time the user deletes others meanwhile.
        while let Mapping::Deleted(gone) =
            self.try_map(cx, step.lease(), uuids, &deleted, end.clone()).await?
        {
            for uuid in &gone {
                self.delete(cx, *uuid).await?;
            }
            deleted.extend(gone);
        }
        Ok(())
    }

    /// Nothing unless the boot is still ours: a build request that is gone because a successor mapped the instance
    /// looks exactly like one that the user deleted.
    async fn try_map(
        &self,
        cx: &RequestContext,
        lease: &Lease,
        uuids: &[Uuid],
        deleted: &[Uuid],
        end: Option<StepEnd>,
    ) -> Result<Mapping, Fault> {
        let (cx, uuids, deleted) = (cx.without_token(), uuids.to_vec(), deleted.to_vec());
        let (cell, lease) = (self.db.cell1_mapping().clone(), lease.clone());
        let mapped = self.db.api().write(move |tx| {
            let (cx, uuids, deleted) = (cx.clone(), uuids.clone(), deleted.clone());
            let (cell, lease, end) = (cell.clone(), lease.clone(), end.clone());
            async move {
                lease::check_in(&tx, &lease).await?;
                let mut gone = Vec::new();
                for uuid in &uuids {
                    let id = uuid.to_string();
                    if !build_request::destroy_in(&tx, &cx, &id).await? && !deleted.contains(uuid) {
                        gone.push(*uuid);
                    }
                    instance_mapping::map_in(&tx, &cx, &id, &cell, deleted.contains(uuid)).await?;
                    if deleted.contains(uuid) {
                        request_spec::destroy_in(&tx, &cx, &id).await?;
                        instance_group::leave_in(&tx, &cx, &id).await?;
                    }
                }
                if !gone.is_empty() {
                    return Err(MapError::Deleted(gone)); // undoes the transaction
                }
                if let Some(end) = end {
                    operations::finish_in(&tx, &lease, &end).await?;
                }
                Ok(())
            }
        });
        match mapped.await {
            Ok(()) => Ok(Mapping::Done),
            Err(MapError::Deleted(gone)) => Ok(Mapping::Deleted(gone)),
            Err(MapError::Action(error)) => Err(error.into()),
        }
    }

    /// What a user's delete does to an instance with a record: the state and the operation, in one transaction.
    async fn delete(&self, cx: &RequestContext, uuid: Uuid) -> Result<(), Fault> {
        let args = DeleteArgs { instance: uuid };
        let delete = NewOperation::of::<Delete>(&self.env, cx, uuid.to_string(), &args)
            .map_err(|error| Fault::internal("deleting an instance", &error))?
            .with_id(derived_id(nova_core::operation::OperationId(uuid), uuid))
            .starting_at(CLEANUP, Queue::any(nova_rpcapi::operations::CONDUCTOR));
        let cx = cx.without_token();
        let deleted = self.db.cell1().write(move |tx| {
            let (cx, delete) = (cx.clone(), delete.clone());
            async move {
                if instance::mark_deleting_in(&tx, &cx, &uuid.to_string()).await? {
                    instance_action::action_start_in(&tx, &cx, &uuid.to_string(), "delete").await?;
                    operations::submit(&tx, delete).await?;
                }
                Ok::<_, ActionError>(())
            }
        });
        Ok(deleted.await?)
    }
}

/// Why the mapping transaction was undone.
#[derive(Debug, thiserror::Error)]
enum MapError {
    #[error("instances were deleted meanwhile")]
    Deleted(Vec<Uuid>),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<nova_objects_db::DbError> for MapError {
    fn from(error: nova_objects_db::DbError) -> Self {
        Self::Action(error.into())
    }
}

/// Where a build begins. Its generation is taken when it is written.
fn state_of(host: &str, selections: &[Selection]) -> BuildState {
    BuildState {
        selection: selections.first().cloned(),
        alternates: selections.iter().skip(1).cloned().collect(),
        tried: vec![host.to_owned()],
        last_fault: None,
        generation: 0,
    }
}

fn new_instance(waiting: &Waiting, selections: &[Selection]) -> Result<Instance, Fault> {
    let mut instance: Instance = waiting.request.instance.get().map_err(unset)?.as_ref().clone();
    instance.vm_state.set(VmState::Building);
    instance.task_state.set(TaskState::Scheduling);
    if let Some(zone) = selections.first().and_then(|selection| selection.availability_zone.present()) {
        instance.availability_zone.set(Some(zone.clone()));
    }
    Ok(instance)
}
