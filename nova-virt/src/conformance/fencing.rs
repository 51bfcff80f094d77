//! Who may decide about a machine.

use futures_util::FutureExt;

use super::lab::{Check, Checked, HIGH, LOW, Lab, USUAL, ensure, expect_fenced};
use crate::driver::{Disks, PowerOff, Reboot};
use crate::order::Generation;
use crate::power::PowerState;

pub(super) const PROMISES: &[(&str, Check)] = &[
    ("a lower generation is refused by every call and changes nothing", |lab| lower_refused(lab).boxed()),
    ("a higher generation is kept, also by a call that changes nothing", |lab| higher_kept(lab).boxed()),
    ("a destroyed machine is not made again by a late order", |lab| late_spawn(lab).boxed()),
    ("destroying what is not there yet holds off a late spawn", |lab| destroyed_early(lab).boxed()),
    ("a driver opened again knows its generations", |lab| kept_over_restart(lab).boxed()),
];

async fn lower_refused(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    let (uuid, late) = (spec.uuid, lab.order(LOW));
    lab.driver.spawn(&lab.usual(), &spec).await?;
    expect_fenced("spawn", lab.driver.spawn(&late, &spec).await)?;
    expect_fenced("power_on", lab.driver.power_on(&late, uuid).await)?;
    expect_fenced("power_off", lab.driver.power_off(&late, uuid, PowerOff::Now).await)?;
    expect_fenced("reboot", lab.driver.reboot(&late, uuid, Reboot::Hard).await)?;
    expect_fenced("destroy", lab.driver.destroy(&late, uuid, Disks::Remove).await)?;
    if let Some(pause) = lab.driver.powers().pause {
        expect_fenced("pause", pause.pause(&late, uuid).await)?;
        expect_fenced("unpause", pause.unpause(&late, uuid).await)?;
    }
    if let Some(suspend) = lab.driver.powers().suspend {
        expect_fenced("suspend", suspend.suspend(&late, uuid).await)?;
        expect_fenced("resume", suspend.resume(&late, uuid).await)?;
    }
    expect_generation(lab, uuid, USUAL).await?;
    lab.expect_state(uuid, PowerState::Running).await
}

async fn higher_kept(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    lab.driver.power_on(&lab.order(HIGH), uuid).await?;
    expect_generation(lab, uuid, HIGH).await?;
    expect_fenced("power_off", lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await)
}

async fn expect_generation(lab: &Lab<'_>, uuid: uuid::Uuid, expected: Generation) -> Checked {
    let seen = lab.driver.info(uuid).await?.generation;
    ensure(seen == Some(expected), || format!("it is held under {seen:?}, not under {expected}"))
}

async fn late_spawn(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    lab.driver.spawn(&lab.usual(), &spec).await?;
    lab.driver.destroy(&lab.order(HIGH), spec.uuid, Disks::Remove).await?;
    expect_fenced("spawn", lab.driver.spawn(&lab.usual(), &spec).await)?;
    lab.expect_absent(spec.uuid).await
}

async fn destroyed_early(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    lab.driver.destroy(&lab.order(HIGH), spec.uuid, Disks::Remove).await?;
    expect_fenced("spawn", lab.driver.spawn(&lab.usual(), &spec).await)?;
    lab.expect_absent(spec.uuid).await
}

async fn kept_over_restart(lab: &Lab<'_>) -> Checked {
    let (kept, gone) = (lab.spec(), lab.spec());
    lab.driver.spawn(&lab.usual(), &kept).await?;
    lab.driver.destroy(&lab.usual(), gone.uuid, Disks::Remove).await?;
    let driver = lab.reopen().await?;
    let late = lab.order(LOW);
    expect_fenced("destroy", driver.destroy(&late, kept.uuid, Disks::Remove).await)?;
    expect_fenced("spawn", driver.spawn(&late, &gone).await)
}
