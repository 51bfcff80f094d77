//! What the host says of itself.

use futures_util::FutureExt;

use super::lab::{Check, Checked, Lab, Problem, ensure, expect_event};
use crate::driver::{Disks, PowerOff};
use crate::error::DriverError;
use crate::event::LifecycleKind;
use crate::host::HostResources;
use crate::names::ResourceClass;

pub(super) const PROMISES: &[(&str, Check)] = &[
    ("each node has resources under its own name", |lab| resources(lab).boxed()),
    ("an unknown node is told as one", |lab| unknown_node(lab).boxed()),
    ("a machine's size is counted while it is there", |lab| usage(lab).boxed()),
    ("every listener hears what happens to machines", |lab| events(lab).boxed()),
];

async fn resources(lab: &Lab<'_>) -> Checked {
    let nodes = lab.driver.nodes().await?;
    ensure(!nodes.is_empty(), || "there is no node".to_owned())?;
    for node in nodes {
        let resources = lab.driver.resources(&node).await?;
        ensure(resources.node == node, || format!("node {node:?} calls itself {:?}", resources.node))?;
        for class in [ResourceClass::VCPU, ResourceClass::MEMORY_MB] {
            ensure(resources.total(&class) > 0, || format!("node {node:?} has no {class}"))?;
        }
        ensure(!resources.guests.is_empty(), || format!("node {node:?} can run no kind of guest"))?;
    }
    Ok(())
}

async fn unknown_node(lab: &Lab<'_>) -> Checked {
    match lab.driver.resources("no-such-node").await {
        Err(DriverError::UnknownNode { .. }) => Ok(()),
        other => Err(Problem::new(format!("resources of an unknown node give {other:?}"))),
    }
}

async fn usage(lab: &Lab<'_>) -> Checked {
    let spec = lab.spec();
    let size = |resources: HostResources| (resources.used.vcpus, resources.used.memory_mb);
    let before = size(lab.driver.resources(&spec.node).await?);
    lab.driver.spawn(&lab.usual(), &spec).await?;
    let with = size(lab.driver.resources(&spec.node).await?);
    let expected = (before.0 + u64::from(spec.vcpus), before.1 + spec.memory_mb);
    ensure(with == expected, || format!("{with:?} processors and MiB are used, not {expected:?}"))?;
    lab.driver.destroy(&lab.usual(), spec.uuid, Disks::Remove).await?;
    let after = size(lab.driver.resources(&spec.node).await?);
    ensure(after == before, || {
        format!("{after:?} processors and MiB are used after it is gone, not {before:?}")
    })
}

async fn events(lab: &Lab<'_>) -> Checked {
    let (mut one, mut two) = (lab.driver.events(), lab.driver.events());
    let uuid = lab.boot().await?;
    lab.driver.power_off(&lab.usual(), uuid, PowerOff::Now).await?;
    lab.driver.power_on(&lab.usual(), uuid).await?;
    for events in [&mut one, &mut two] {
        for kind in [LifecycleKind::Started, LifecycleKind::Stopped, LifecycleKind::Started] {
            expect_event(events, uuid, kind).await?;
        }
    }
    Ok(())
}
