//! Accounts of instances whose record an earlier attempt made.
//!
//! A record is made in the cell's database, where nobody can see whether the boot still has its lease. So a forerunner
//! that was taken for dead may make it after we chose another host: the build goes where its record says, and what is
//! held must follow.

use nova_core::operation::{OperationStore, Running, Status};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::PlacementError;
use nova_objects_catalog::{Instance, Selection};
use nova_objects_db::operations::DbOperationStore;
use nova_rpcapi::operations::{Boot, BuildState, SPAWN, derived_id};
use uuid::Uuid;

use super::BootHandler;
use crate::build::is_deleting;
use crate::selection::claim;

/// What an instance should hold, as its build says.
enum Rightful {
    /// What was chosen first.
    Selected(Box<Selection>),
    /// Nothing: the build has failed.
    Nothing,
    /// The build is on its way between hosts, and sees to it itself.
    Unsettled,
}

impl BootHandler {
    /// Makes what the instance holds what its build was promised. Costs reads only, if it is so already.
    pub(super) async fn settle(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        uuid: Uuid,
    ) -> Result<(), Fault> {
        // First what it holds: if its build moves on after it was read, the claim below is refused.
        let held = self.placement.held_by(cx, uuid).await?;
        let selection = match self.rightful(cx, step, uuid).await? {
            Rightful::Unsettled => return Ok(()),
            Rightful::Nothing => return Ok(self.placement.retire(cx, uuid).await.map(drop)?),
            Rightful::Selected(selection) => selection,
        };
        let all = cx.with_read_deleted(nova_core::context::ReadDeleted::Yes);
        let instance = Instance::get_by_uuid(&all, &self.objects, &uuid.to_string(), Some(&[]), None).await?;
        if instance.deleted.value() == Some(&true) || is_deleting(&instance) {
            return Ok(()); // its deletion gives back what it holds
        }
        let claim = claim(&selection, &instance, held.as_ref().map(|held| held.generation))?;
        if held.as_ref().is_some_and(|held| held.resources == claim.resources) {
            return Ok(());
        }
        tracing::warn!(instance = %uuid, "an earlier attempt of the boot chose another host: the claim follows");
        match self.placement.claim(cx, &claim).await {
            Ok(_) | Err(PlacementError::Retired(_)) => Ok(()), // retired: the end has come between
            Err(error) => Err(error.into()),
        }
    }

    async fn rightful(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        uuid: Uuid,
    ) -> Result<Rightful, Fault> {
        let id = derived_id(step.lease().operation, uuid);
        let Some(build) = DbOperationStore::new(self.db.cell1()).get(cx, id).await? else {
            return Ok(Rightful::Unsettled);
        };
        let state: BuildState = serde_json::from_value(build.state.clone())
            .map_err(|error| Fault::internal("reading a build", &error))?;
        Ok(match (build.status, state.selection) {
            (Status::Failed, _) => Rightful::Nothing,
            (Status::Done, Some(selection)) => Rightful::Selected(Box::new(selection)),
            (Status::Open, Some(selection)) if build.step == SPAWN => Rightful::Selected(Box::new(selection)),
            _ => Rightful::Unsettled,
        })
    }
}
