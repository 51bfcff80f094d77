//! How machines come and go.

use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, poll};

use super::lab::{Check, Checked, HIGH, Lab, ensure, expect_not_found};
use crate::driver::{Disks, PowerOff, Reboot};
use crate::error::DriverError;
use crate::power::PowerState;
use crate::spec::{MachineSpec, Start};

pub(super) const PROMISES: &[(&str, Check)] = &[
    ("a spawned machine runs and is listed once", |lab| spawned_runs(lab).boxed()),
    ("a machine that shall start off is off", |lab| starts_off(lab).boxed()),
    ("spawning again makes and starts nothing", |lab| spawned_twice(lab).boxed()),
    ("a spawn that was given up is healed by the next", |lab| dropped_spawn(lab).boxed()),
    ("destroying a machine leaves nothing of it", |lab| destroyed(lab).boxed()),
    ("destroying a machine that is not there succeeds", |lab| destroyed_twice(lab).boxed()),
    ("a destroyed machine can be spawned again", |lab| spawned_after_destroy(lab).boxed()),
    ("an unknown machine is not found, by any call", |lab| unknown(lab).boxed()),
    ("the list and a look at each machine agree", |lab| list_and_info(lab).boxed()),
    ("a driver opened again knows its machines", |lab| reopened(lab).boxed()),
    ("machines are made and removed beside each other", |lab| concurrent(lab).boxed()),
];

async fn spawned_runs(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    lab.expect_absent(spec.uuid).await?;
    lab.driver.spawn(&lab.usual(), &spec).await?;
    lab.expect_state(spec.uuid, PowerState::Running).await?;
    expect_one(lab, &spec).await
}

async fn expect_one(lab: &Lab<'_>, spec: &MachineSpec) -> Checked {
    let listed = lab.listed(spec.uuid).await?;
    ensure(listed.len() == 1, || format!("it is listed {} times", listed.len()))?;
    ensure(listed[0].node == spec.node, || format!("it is on node {:?}, not {:?}", listed[0].node, spec.node))
}

async fn starts_off(lab: &Lab<'_>) -> Checked {
    let spec = MachineSpec { start: Start::Off, ..lab.spec() };
    lab.driver.spawn(&lab.usual(), &spec).await?;
    lab.expect_state(spec.uuid, PowerState::Shutdown).await
}

async fn spawned_twice(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    let order = lab.usual();
    lab.driver.spawn(&order, &spec).await?;
    lab.driver.spawn(&order, &spec).await?;
    expect_one(lab, &spec).await?;
    lab.driver.power_off(&lab.usual(), spec.uuid, PowerOff::Now).await?;
    lab.driver.spawn(&order, &spec).await?;
    lab.expect_state(spec.uuid, PowerState::Shutdown).await
}

async fn dropped_spawn(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    let order = lab.usual();
    {
        let mut spawning = lab.driver.spawn(&order, &spec);
        let _ = poll!(&mut spawning);
    }
    lab.driver.spawn(&order, &spec).await?;
    lab.expect_state(spec.uuid, PowerState::Running).await?;
    expect_one(lab, &spec).await
}

async fn destroyed(lab: &Lab<'_>) -> Checked {
    let uuid = lab.boot().await?;
    lab.driver.destroy(&lab.usual(), uuid, Disks::Remove).await?;
    lab.expect_absent(uuid).await?;
    let leftovers = lab.driver.leftovers().await?;
    ensure(!leftovers.contains(&uuid), || "something of it is left".to_owned())
}

async fn destroyed_twice(lab: &Lab<'_>) -> Checked {
    let never = lab.spec().uuid;
    lab.driver.destroy(&lab.usual(), never, Disks::Remove).await?;
    let uuid = lab.boot().await?;
    let order = lab.usual();
    lab.driver.destroy(&order, uuid, Disks::Remove).await?;
    Ok(lab.driver.destroy(&order, uuid, Disks::Remove).await?)
}

async fn spawned_after_destroy(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    lab.driver.spawn(&lab.usual(), &spec).await?;
    lab.driver.destroy(&lab.usual(), spec.uuid, Disks::Keep).await?;
    lab.expect_absent(spec.uuid).await?;
    lab.driver.spawn(&lab.order(HIGH), &spec).await?;
    lab.expect_state(spec.uuid, PowerState::Running).await
}

async fn unknown(lab: &Lab<'_>) -> Checked {
    let uuid = lab.spec().uuid;
    let order = lab.usual();
    expect_not_found("info", lab.driver.info(uuid).await)?;
    expect_not_found("power_on", lab.driver.power_on(&order, uuid).await)?;
    expect_not_found("power_off", lab.driver.power_off(&order, uuid, PowerOff::Now).await)?;
    expect_not_found("reboot", lab.driver.reboot(&order, uuid, Reboot::Hard).await)?;
    if let Some(pause) = lab.driver.powers().pause {
        expect_not_found("pause", pause.pause(&order, uuid).await)?;
        expect_not_found("unpause", pause.unpause(&order, uuid).await)?;
    }
    if let Some(suspend) = lab.driver.powers().suspend {
        expect_not_found("suspend", suspend.suspend(&order, uuid).await)?;
        expect_not_found("resume", suspend.resume(&order, uuid).await)?;
    }
    Ok(())
}

async fn list_and_info(lab: &Lab<'_>) -> Checked {
    lab.boot().await?;
    let off = lab.boot().await?;
    lab.driver.power_off(&lab.usual(), off, PowerOff::Now).await?;
    for listed in lab.driver.machines().await? {
        let info = lab.driver.info(listed.uuid).await?;
        ensure(info == listed, || format!("it is listed as {listed:?} and looks like {info:?}"))?;
    }
    Ok(())
}

async fn reopened(lab: &Lab<'_>) -> Checked {
    let (on, off) = (lab.boot().await?, lab.boot().await?);
    lab.driver.power_off(&lab.usual(), off, PowerOff::Now).await?;
    let before = (lab.driver.info(on).await?, lab.driver.info(off).await?);
    let driver = lab.reopen().await?;
    let after = (driver.info(on).await?, driver.info(off).await?);
    ensure(before == after, || format!("before: {before:?}, after: {after:?}"))
}

async fn concurrent(lab: &Lab<'_>) -> Checked {
    let specs: Vec<_> = (0..4).map(|_| lab.spec()).collect();
    all(specs.iter().map(|spec| async move { lab.driver.spawn(&lab.usual(), spec).await }.boxed())).await?;
    for spec in &specs {
        lab.expect_state(spec.uuid, PowerState::Running).await?;
    }
    let (first, second) = specs.split_at(2);
    let removed = first.iter().map(|spec| remove(lab, spec));
    let stopped = second.iter().map(|spec| stop(lab, spec));
    all(removed.chain(stopped)).await?;
    for spec in first {
        lab.expect_absent(spec.uuid).await?;
    }
    for spec in second {
        lab.expect_state(spec.uuid, PowerState::Shutdown).await?;
    }
    Ok(())
}

fn remove<'a>(lab: &'a Lab<'_>, spec: &'a MachineSpec) -> BoxFuture<'a, Result<(), DriverError>> {
    async move { lab.driver.destroy(&lab.usual(), spec.uuid, Disks::Remove).await }.boxed()
}

fn stop<'a>(lab: &'a Lab<'_>, spec: &'a MachineSpec) -> BoxFuture<'a, Result<(), DriverError>> {
    async move { lab.driver.power_off(&lab.usual(), spec.uuid, PowerOff::Now).await }.boxed()
}

async fn all<'a>(
    calls: impl Iterator<Item = BoxFuture<'a, Result<(), DriverError>>>,
) -> Result<(), DriverError> {
    join_all(calls).await.into_iter().collect()
}
