//! Accounts of instances whose record an earlier attempt made.
//!
//! A record is made in the cell's database, where nobody can see whether the boot still has its lease. So a forerunner
//! that was taken for dead may make it after we chose another host: the build goes where its record says, and what is
//! held must follow.

use nova_core::operation::{OperationStore, Running, Status};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::{Claim, GroupClaim, GroupRule, PlacementError};
use nova_objects_catalog::{Instance, Selection};
use nova_objects_db::operations::DbOperationStore;
use nova_rpcapi::operations::{Boot, BuildArgs, BuildState, SPAWN, derived_id};
use uuid::Uuid;

use super::BootHandler;
use crate::build::is_deleting;
use crate::selection::claim;

/// What an instance should hold, as its build says.
enum Rightful {
    /// What was chosen first, in that group.
    Selected {
        selection: Box<Selection>,
        group: Option<GroupClaim>,
        /// Whether the machine is there.
        built: bool,
    },
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
        let (selection, group, built) = match self.rightful(cx, step, uuid).await? {
            Rightful::Unsettled => return Ok(()),
            Rightful::Nothing => return Ok(self.placement.retire(cx, uuid).await.map(drop)?),
            Rightful::Selected { selection, group, built } => (selection, group, built),
        };
        let all = cx.with_read_deleted(nova_core::context::ReadDeleted::Yes);
        let instance = Instance::get_by_uuid(&all, &self.objects, &uuid.to_string(), Some(&[]), None).await?;
        if instance.deleted.value() == Some(&true) || is_deleting(&instance) {
            return Ok(()); // its deletion gives back what it holds
        }
        let claim = claim(&selection, &instance, held.as_ref().map(|held| held.generation), group)?;
        if held.as_ref().is_some_and(|held| held.resources == claim.resources) {
            return Ok(());
        }
        tracing::warn!(instance = %uuid, "an earlier attempt of the boot chose another host: the claim follows");
        match self.placement.claim(cx, &claim).await {
            Ok(_) | Err(PlacementError::Retired(_)) => Ok(()), // retired: the end has come between
            Err(error @ PlacementError::GroupConflict { .. }) if built => {
                // Its host saw that the instance held its place, and others of the group came when it was given back. What
                // runs is a fact, and the books say so.
                tracing::error!(instance = %uuid, %error, "a server runs where its group does not let it be");
                let group = group.map(|group| GroupClaim { rule: GroupRule::Anywhere, ..group });
                Ok(self.placement.claim(cx, &Claim { group, ..claim }).await.map(drop)?)
            }
            // A conflict with others of the group settles itself: the host finds that the instance has no place there, and
            // moves the build on.
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
        let args: BuildArgs = serde_json::from_value(build.args.clone())
            .map_err(|error| Fault::internal("reading a build", &error))?;
        let selected = |selection, built| {
            let (selection, group) = (Box::new(selection), args.group);
            Rightful::Selected { selection, group, built }
        };
        Ok(match (build.status, state.selection) {
            (Status::Failed, _) => Rightful::Nothing,
            (Status::Done, Some(selection)) => selected(selection, true),
            (Status::Open, Some(selection)) if build.step == SPAWN => selected(selection, false),
            _ => Rightful::Unsettled,
        })
    }
}
