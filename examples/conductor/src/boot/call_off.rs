//! Builds that must not begin any more.
//!
//! A conductor that stands still within the transaction of the cell that makes a record cannot be fenced off by the lease
//! of its boot, which is in the API database. So whoever forgets or buries an instance first writes down in the cell that
//! its build has failed before it began: then the late record is refused there, by the id of its own build. And if the
//! record was made before, it is found, and the instance is neither forgotten nor buried.

use nova_core::operation::{NewOperation, Queue, Running};
use nova_core::{Fault, RequestContext};
use nova_objects_db::operations;
use nova_rpcapi::operations::{Boot, Build, BuildArgs, CONDUCTOR, GIVE_UP, derived_id};
use uuid::Uuid;

use super::BootHandler;

nova_core::faults! {
    module "nova_sdk.conductor";
    /// The instance was to be forgotten or buried, and another conductor has made its record meanwhile: look again.
    BuildHasBegun(409, "The build of {instance} has begun meanwhile.") { instance: String }
    /// The record was to be made, and another conductor has forgotten or buried the instance meanwhile: look again.
    BuildCalledOff(409, "The build of {instance} was called off meanwhile.") { instance: String }
}

impl BootHandler {
    /// Sees to it that the build of the instance never begins; `why` is what its operation says then.
    ///
    /// # Errors
    /// [`BuildHasBegun`]; the database's.
    pub(super) async fn call_off(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        instance: Uuid,
        why: &Fault,
    ) -> Result<(), Fault> {
        let (networks, no_network) = (step.args.networks.clone(), step.args.no_network);
        let args = BuildArgs { instance, networks, no_network, group: None }; // it goes nowhere
        let build = NewOperation::of::<Build>(&self.env, cx, instance.to_string(), &args)?
            .with_id(derived_id(step.lease().operation, instance))
            .starting_at(GIVE_UP, Queue::any(CONDUCTOR));
        let why = why.clone();
        let called_off = self.db.cell1().write(move |tx| {
            let (build, why) = (build.clone(), why.clone());
            async move { operations::call_off(&tx, build, &why).await }
        });
        match called_off.await? {
            true => Ok(()),
            false => Err(BuildHasBegun { instance: instance.to_string() }.into()),
        }
    }
}
