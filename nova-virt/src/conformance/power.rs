//! How machines are started and stopped.

use std::time::Duration;

use futures_util::FutureExt;

use super::lab::{Check, Checked, Lab, expect_invalid_state};
use crate::driver::{PowerOff, Reboot};
use crate::power::PowerState;

pub(super) const PROMISES: &[(&str, Check)] = &[
    ("a machine is stopped and started, each as often as asked", |lab| off_and_on(lab).boxed()),
    ("a graceful stop ends off, whatever the guest does", |lab| graceful(lab).boxed()),
    ("a hard reboot ends running, from on and from off", |lab| hard_reboot(lab).boxed()),
    ("a soft reboot of a machine that is off is an invalid state", |lab| soft_reboot(lab).boxed()),
    ("a reboot is done once for each step", |lab| reboot_once(lab).boxed()),
    ("a machine is paused and unpaused, each as often as asked", |lab| paused(lab).boxed()),
    ("a paused machine cannot be powered on and can be powered off", |lab| paused_power(lab).boxed()),
    ("a machine is suspended and resumed, each as often as asked", |lab| suspended(lab).boxed()),
];

async fn off_and_on(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    for _ in 0..2 {
        lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
        lab.expect_state(uuid, PowerState::Shutdown).await?;
    }
    for _ in 0..2 {
        lab.driver.power_on(&lab.usual(), uuid).await?;
        lab.expect_state(uuid, PowerState::Running).await?;
    }
    Ok(())
}

async fn graceful(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Graceful(Duration::from_millis(200))).await?;
    lab.expect_state(uuid, PowerState::Shutdown).await
}

async fn hard_reboot(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    lab.driver.reboot(&lab.usual(), uuid, Reboot::Hard).await?;
    lab.expect_state(uuid, PowerState::Running).await?;
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    lab.driver.reboot(&lab.usual(), uuid, Reboot::Hard).await?;
    lab.expect_state(uuid, PowerState::Running).await
}

async fn soft_reboot(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    expect_invalid_state("a soft reboot", lab.driver.reboot(&lab.usual(), uuid, Reboot::Soft).await)
}

/// A reboot of an off machine would start it, so a repetition that does nothing is seen by its staying off.
async fn reboot_once(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    let order = lab.usual();
    lab.driver.reboot(&order, uuid, Reboot::Hard).await?;
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    lab.driver.reboot(&order, uuid, Reboot::Hard).await?;
    lab.expect_state(uuid, PowerState::Shutdown).await?;
    lab.reopen().await?.reboot(&order, uuid, Reboot::Hard).await?;
    lab.expect_state(uuid, PowerState::Shutdown).await
}

async fn paused(lab: &Lab<'_>) -> Checked {
    let Some(pause) = lab.driver.powers().pause else { return Ok(()) };
    let uuid = lab.boot().await?;
    for _ in 0..2 {
        pause.pause(&lab.usual(), uuid).await?;
        lab.expect_state(uuid, PowerState::Paused).await?;
    }
    for _ in 0..2 {
        pause.unpause(&lab.usual(), uuid).await?;
        lab.expect_state(uuid, PowerState::Running).await?;
    }
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    expect_invalid_state("pause", pause.pause(&lab.usual(), uuid).await)
}

async fn paused_power(lab: &Lab<'_>) -> Checked {
    let Some(pause) = lab.driver.powers().pause else { return Ok(()) };
    let uuid = lab.boot().await?;
    pause.pause(&lab.usual(), uuid).await?;
    expect_invalid_state("power_on", lab.driver.power_on(&lab.usual(), uuid).await)?;
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    lab.expect_state(uuid, PowerState::Shutdown).await
}

async fn suspended(lab: &Lab<'_>) -> Checked {
    let Some(suspend) = lab.driver.powers().suspend else { return Ok(()) };
    let uuid = lab.boot().await?;
    for _ in 0..2 {
        suspend.suspend(&lab.usual(), uuid).await?;
        lab.expect_state(uuid, PowerState::Suspended).await?;
    }
    for _ in 0..2 {
        suspend.resume(&lab.usual(), uuid).await?;
        lab.expect_state(uuid, PowerState::Running).await?;
    }
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    expect_invalid_state("suspend", suspend.suspend(&lab.usual(), uuid).await)
}
