//! What becomes, at the start of a host's compute, of instances that nobody works on.

mod decide;

use std::sync::Arc;

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::{Instance, PowerState};
use nova_rpcapi::recovery::{Recovery, Settlement};
use nova_virt::Driver;
use uuid::Uuid;

use crate::record::power_state;

/// Settles the instances of a host that are busy with nothing.
pub(crate) struct Recover {
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) recovery: Arc<dyn Recovery>,
}

impl Recover {
    /// Settles all of them. One that cannot be settled is logged, and found again at the next start.
    ///
    /// # Errors
    /// They cannot be listed.
    pub(crate) async fn run(&self, cx: &RequestContext) -> Result<(), Fault> {
        for instance in self.recovery.orphans(cx, &self.host).await? {
            if let Err(fault) = self.settle(cx, &instance).await {
                let uuid = instance.uuid.value().map(ToString::to_string);
                tracing::error!(instance = uuid, %fault, "an instance that nobody works on could not be settled");
            }
        }
        Ok(())
    }

    async fn settle(&self, cx: &RequestContext, instance: &Instance) -> Result<(), Fault> {
        let uuid: Uuid = instance.uuid.get().map_err(Fault::from)?.parse().ok_or_else(no_uuid)?;
        let seen = power_state(&*self.driver, uuid).await;
        let Some(decision) = decide::decide(instance.vm_state()?, instance.task_state()?, seen) else {
            return Ok(());
        };
        let settlement = Settlement {
            instance: uuid,
            host: self.host.clone(),
            vm_state: instance.vm_state.present().cloned(),
            task_state: instance.task_state.present().cloned(),
            power_state: seen.map(PowerState::code),
            decision,
        };
        let what = format!("{:?}", settlement.decision);
        if self.recovery.settle(cx, settlement).await? {
            tracing::warn!(instance = %uuid, decision = what, "an instance that nobody worked on is settled");
        }
        Ok(())
    }
}

fn no_uuid() -> Fault {
    nova_core::fault::ValueError { message: "an instance's uuid is none".to_owned() }.into()
}

impl std::fmt::Debug for Recover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recover").field("host", &self.host).finish_non_exhaustive()
    }
}
