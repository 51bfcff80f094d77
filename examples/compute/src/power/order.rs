//! What the driver is told, and what its answer means.

use std::time::Duration;

use nova_core::Fault;
use nova_core::fault::InternalError;
use nova_core::operation::{Running, StepError};
use nova_objects_catalog::Instance;
use nova_rpcapi::operations::{Power, PowerAction};
use nova_virt::{Driver, DriverError, FailureClass, Generation, Order, PowerOff, Reboot};
use uuid::Uuid;

use super::{ATTEMPTS, PowerHandler, rule};

nova_core::faults! {
    module "nova_sdk.errors";
    /// The driver has no such power. (Nova's `NotImplementedError`, in words for users.)
    NoSuchPower(501, safe, "The hypervisor of this server cannot {action} it.") { action: String }
}

/// What came of telling the driver.
pub(super) enum Told {
    Done,
    Failed(Fault),
    /// Somebody with more authority has decided about the machine.
    Superseded(Fault),
}

/// Why the driver did not do it.
enum Refused {
    Driver(DriverError),
    /// It has no such power.
    Unable,
}

impl From<DriverError> for Refused {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl PowerHandler {
    /// Tells the driver. An outcome that nobody knows is looked up; if it still is not there, the step is tried again:
    /// the driver knows its key.
    pub(super) async fn tell(&self, step: &Running<Power>, instance: &Instance) -> Result<Told, StepError> {
        if step.attempt() > ATTEMPTS {
            let message = format!("to {} the machine did not end in {ATTEMPTS} attempts", rule(step).name);
            return Ok(Told::Failed(InternalError { message }.into()));
        }
        let error = match self.order(step, instance).await {
            Ok(()) => return Ok(Told::Done),
            Err(Refused::Unable) => {
                let action = rule(step).name.to_owned();
                return Ok(Told::Failed(NoSuchPower { action }.into()));
            }
            Err(Refused::Driver(error)) => error,
        };
        let fault = Fault::internal(format_args!("telling the hypervisor to {}", rule(step).name), &error);
        match error.class() {
            FailureClass::Superseded => Ok(Told::Superseded(fault)),
            FailureClass::Unknown if self.is_so(step).await => Ok(Told::Done),
            FailureClass::Unknown => Err(StepError::Retry(fault)),
            FailureClass::Reschedule | FailureClass::Abort | FailureClass::Deleted => Ok(Told::Failed(fault)),
        }
    }

    async fn order(&self, step: &Running<Power>, instance: &Instance) -> Result<(), Refused> {
        let (driver, uuid) = (&*self.driver, step.args.instance);
        let generation = Generation::new(step.args.generation);
        let order = &Order::new(step.lease().operation.0, step.key(), generation);
        let powers = driver.powers();
        match step.args.action {
            PowerAction::Start => driver.power_on(order, uuid).await?,
            PowerAction::Stop => driver.power_off(order, uuid, self.power_off(instance)).await?,
            PowerAction::SoftReboot => soft_reboot(driver, order, uuid).await?,
            PowerAction::HardReboot => driver.reboot(order, uuid, Reboot::Hard).await?,
            PowerAction::Pause => powers.pause.ok_or(Refused::Unable)?.pause(order, uuid).await?,
            PowerAction::Unpause => powers.pause.ok_or(Refused::Unable)?.unpause(order, uuid).await?,
            PowerAction::Suspend => powers.suspend.ok_or(Refused::Unable)?.suspend(order, uuid).await?,
            PowerAction::Resume => powers.suspend.ok_or(Refused::Unable)?.resume(order, uuid).await?,
        }
        Ok(())
    }

    /// How long the guest may take: what its image says, or the option.
    fn power_off(&self, instance: &Instance) -> PowerOff {
        let own = instance.image_properties().get("os_shutdown_timeout").and_then(|text| text.parse().ok());
        let patience = own.map_or(self.shutdown_timeout, Duration::from_secs);
        if patience.is_zero() { PowerOff::Now } else { PowerOff::Graceful(patience) }
    }

    /// Whether the machine is in the state that was asked for. Of a reboot that cannot be seen.
    async fn is_so(&self, step: &Running<Power>) -> bool {
        let reboots = matches!(step.args.action, PowerAction::SoftReboot | PowerAction::HardReboot);
        !reboots && self.power_state(step).await == Some(rule(step).power_state)
    }
}

/// A guest that does not run cannot be asked: it is started.
async fn soft_reboot(driver: &dyn Driver, order: &Order, uuid: Uuid) -> Result<(), DriverError> {
    match driver.reboot(order, uuid, Reboot::Soft).await {
        Err(DriverError::InvalidState { state, .. }) => {
            tracing::info!(%uuid, %state, "a guest that does not run is rebooted hard");
            driver.reboot(order, uuid, Reboot::Hard).await
        }
        other => other,
    }
}
