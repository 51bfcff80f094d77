//! What a host's machines and its records have to say to each other, looked at again and again.
//!
//! Operations keep both in step. But a guest turns itself off, a hypervisor's host loses its power, an administrator
//! starts a machine by hand, a backup brings one back that was deleted: nobody has an operation for that.

use std::fmt;
use std::sync::Arc;

use nova_core::sync::KeyedLocks;
use nova_core::{BoxError, Env, Fault, RequestContext};
use nova_objects_catalog::{Instance, PowerState, VmState};
use nova_rpcapi::operations::PowerAction;
use nova_rpcapi::recovery::{Decision, Recovery, Settlement};
use nova_virt::{Disks, Driver, Generation, Order, PowerOff};
use uuid::Uuid;

use crate::record::power_state;

/// So many machines are asked about in one call.
const AT_ONCE: usize = 500;

/// What becomes of a machine whose instance is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "running_deleted_instance_action")]
pub(crate) enum OfDeleted {
    /// Nobody looks.
    Noop,
    /// It is named in the log.
    Log,
    /// It is turned off.
    Shutdown,
    /// It is removed, with its disks.
    Reap,
}

impl OfDeleted {
    /// By its name in the configuration, which allows no other.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "noop" => Self::Noop,
            "log" => Self::Log,
            "shutdown" => Self::Shutdown,
            _ => Self::Reap,
        }
    }
}

/// Brings the machines and the records of one host together.
pub(crate) struct Reconcile {
    pub(crate) env: Env,
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) recovery: Arc<dyn Recovery>,
    pub(crate) locks: KeyedLocks,
    pub(crate) of_deleted: OfDeleted,
}

/// What a record that rests needs, seen from its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// They agree.
    Fine,
    /// The record's power state is brought up to date, nothing else.
    Note,
    /// That, and somebody should look: this does not happen by itself.
    Warn,
    /// The machine is stopped, as if its user had asked: record and machine are off then, both.
    Stop,
}

impl Reconcile {
    /// Compares every instance that rests with its machine. One that cannot be compared is logged, and looked at again
    /// the next time.
    ///
    /// # Errors
    /// They cannot be listed.
    #[doc(alias = "_sync_power_states")]
    pub(crate) async fn power_states(&self, cx: &RequestContext) -> Result<(), BoxError> {
        for instance in self.recovery.resting(cx, &self.host).await? {
            if let Err(fault) = self.power_state_of(cx, &instance).await {
                let uuid = instance.uuid.value().map(ToString::to_string);
                tracing::error!(instance = uuid, %fault, "an instance could not be compared with its machine");
            }
        }
        Ok(())
    }

    async fn power_state_of(&self, cx: &RequestContext, instance: &Instance) -> Result<(), Fault> {
        let text = instance.uuid.get().map_err(Fault::from)?.to_string();
        let Ok(uuid) = text.parse::<Uuid>() else { return Ok(()) };
        // Whatever is under way with it ends first; what comes after finds what is written here.
        let _lock = self.locks.lock(&text).await;
        let Some(seen) = power_state(&*self.driver, uuid).await else { return Ok(()) };
        let recorded = instance.power_state.present().copied();
        let verdict = judge(instance.vm_state()?, recorded, seen);
        let decision = match verdict {
            Verdict::Fine => return Ok(()),
            Verdict::Note | Verdict::Warn => Decision::Rest(None),
            Verdict::Stop => Decision::Begin(PowerAction::Stop),
        };
        let settlement = Settlement {
            instance: uuid,
            host: self.host.clone(),
            vm_state: instance.vm_state.present().cloned(),
            task_state: None,
            power_state: Some(seen.code()),
            decision,
        };
        let vm_state = settlement.vm_state.clone();
        if recorded == Some(seen.code()) && verdict == Verdict::Warn {
            tracing::warn!(instance = %uuid, vm_state, power_state = ?seen, "a machine is not as its record says");
            return Ok(());
        }
        if self.recovery.settle(cx, settlement).await? {
            tracing::warn!(instance = %uuid, vm_state, power_state = ?seen, ?verdict, "a machine had changed by itself");
        }
        Ok(())
    }

    /// Does with machines of deleted instances what the operator wants. A machine that never had a record is nobody's
    /// to touch, and is left.
    ///
    /// # Errors
    /// Machines cannot be listed, or records not be asked about them.
    #[doc(alias = "_cleanup_running_deleted_instances")]
    pub(crate) async fn machines_of_deleted(&self, cx: &RequestContext) -> Result<(), BoxError> {
        if self.of_deleted == OfDeleted::Noop {
            return Ok(());
        }
        let mut there: Vec<_> =
            self.driver.machines().await?.into_iter().map(|machine| machine.uuid).collect();
        there.extend(self.driver.leftovers().await?);
        there.sort_unstable();
        there.dedup();
        for some in there.chunks(AT_ONCE) {
            for uuid in self.recovery.gone(cx, &self.host, some).await? {
                self.of_deleted(uuid).await;
            }
        }
        Ok(())
    }

    /// With the authority of a deletion, which is what has been decided about it.
    async fn of_deleted(&self, uuid: Uuid) {
        let _lock = self.locks.lock(&uuid.to_string()).await;
        let order = Order::new(self.env.new_id(), "running_deleted_instance", Generation::LAST);
        let done = match self.of_deleted {
            OfDeleted::Noop | OfDeleted::Log => Ok(()),
            OfDeleted::Shutdown => self.driver.power_off(&order, uuid, PowerOff::Now).await,
            OfDeleted::Reap => self.driver.destroy(&order, uuid, Disks::Remove).await,
        };
        let what = self.of_deleted;
        match done {
            Ok(()) => tracing::warn!(instance = %uuid, ?what, "a deleted instance had a machine"),
            Err(error) => {
                tracing::error!(instance = %uuid, ?what, %error, "a deleted instance has a machine")
            }
        }
    }
}

/// Nova's table.
fn judge(vm_state: Option<VmState>, recorded: Option<i64>, seen: PowerState) -> Verdict {
    use PowerState as P;
    use VmState as V;
    match (vm_state, seen) {
        (Some(V::Active), P::Shutdown | P::Crashed | P::Suspended) => Verdict::Stop,
        (Some(V::Active), P::Paused | P::NoState) => Verdict::Warn,
        (Some(V::Stopped), P::Running | P::Paused | P::Suspended) => Verdict::Stop,
        (Some(V::Paused), P::Shutdown | P::Crashed) => Verdict::Stop,
        _ if recorded == Some(seen.code()) => Verdict::Fine,
        _ => Verdict::Note,
    }
}

impl fmt::Debug for Reconcile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconcile").field("host", &self.host).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PowerState as P;
    use VmState as V;

    #[test]
    fn what_a_machine_did_by_itself_is_judged_as_nova_judges_it() {
        let table = [
            (V::Active, P::Running, Verdict::Fine),
            (V::Active, P::Shutdown, Verdict::Stop),
            (V::Active, P::Crashed, Verdict::Stop),
            (V::Active, P::Suspended, Verdict::Stop),
            (V::Active, P::Paused, Verdict::Warn),
            (V::Active, P::NoState, Verdict::Warn),
            (V::Stopped, P::Running, Verdict::Stop),
            (V::Stopped, P::Paused, Verdict::Stop),
            (V::Stopped, P::Shutdown, Verdict::Fine),
            (V::Stopped, P::NoState, Verdict::Fine),
            (V::Paused, P::Shutdown, Verdict::Stop),
            (V::Paused, P::Running, Verdict::Fine),
            (V::Suspended, P::Running, Verdict::Fine),
            (V::Error, P::Shutdown, Verdict::Fine),
        ];
        for (vm_state, seen, expected) in table {
            let judged = judge(Some(vm_state), Some(seen.code()), seen);
            assert_eq!(judged, expected, "{vm_state:?} {seen:?}");
        }
    }

    #[test]
    fn a_power_state_that_changed_is_noted_whatever_the_instance_is() {
        assert_eq!(judge(Some(V::Error), Some(P::Running.code()), P::Shutdown), Verdict::Note);
        assert_eq!(judge(Some(V::Active), None, P::Running), Verdict::Note);
        assert_eq!(judge(None, Some(P::Running.code()), P::Shutdown), Verdict::Note);
    }

    #[test]
    fn what_becomes_of_machines_of_deleted_instances_has_novas_names() {
        let all = ["noop", "log", "shutdown", "reap"].map(OfDeleted::named);
        assert_eq!(all, [OfDeleted::Noop, OfDeleted::Log, OfDeleted::Shutdown, OfDeleted::Reap]);
    }
}
