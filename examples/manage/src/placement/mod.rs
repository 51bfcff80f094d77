//! Placement's books against the instances: what disagrees, and putting it right.
//!
//! Every consumer that holds something, and every live instance, is judged by itself: what it holds is read first, then its
//! record, then whether an operation is at work on it. A repair names the generation that was read first, so that it is
//! refused if anything changed meanwhile.

mod heal;
mod judge;

use std::collections::{BTreeMap, BTreeSet};

use nova_core::{Fault, RequestContext, Timestamp};
use nova_neighbours::placement::{Placement, PlacementError, Resources};
use nova_objects_catalog::ComputeNodeList;
use nova_objects_db::{DbError, entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use self::judge::Verdict;
use crate::Databases;

pub use self::heal::{Healed, Outcome, heal};

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Audit {
    /// How many consumers and instances were looked at.
    pub checked: usize,
    /// How many of them were left alone, because an operation is at work on them.
    pub in_motion: usize,
    /// What is not as it should be, by consumer.
    pub discrepancies: Vec<Discrepancy>,
}

/// One consumer that does not hold what it should.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Discrepancy {
    /// The consumer: the uuid of the instance.
    pub consumer: Uuid,
    /// What is wrong.
    #[serde(flatten)]
    pub what: What,
}

/// What is wrong with what a consumer holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// It holds something, and its instance is deleted, or never found a host.
    Orphan {
        /// What it holds, by the name of the node, or the uuid of the provider if it is no node's.
        holds: BTreeMap<String, Resources>,
    },
    /// It holds something, and nobody knows it: no instance ever had this uuid, in any cell.
    Unknown {
        /// What it holds.
        holds: BTreeMap<String, Resources>,
    },
    /// Its instance runs, and it does not hold what that needs, where it needs it.
    Wrong {
        /// What it holds.
        holds: BTreeMap<String, Resources>,
        /// What it should hold.
        needs: BTreeMap<String, Resources>,
    },
    /// Its instance is on a node that no compute service reports.
    NoNode {
        /// The host.
        host: String,
        /// The node.
        node: Option<String>,
    },
}

/// How far a long work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is done.
    pub done: usize,
    /// Of how much.
    pub total: usize,
}

/// Compares what is held with what runs. Costs about five queries for each consumer and instance, and writes nothing.
///
/// # Errors
/// The databases'. Cancel safe.
pub async fn audit(
    databases: &Databases,
    cx: &RequestContext,
    mut progress: impl FnMut(Progress),
) -> Result<Audit, Fault> {
    let nodes = Nodes::read(databases, cx).await?;
    let consumers = suspects(databases, cx, &nodes).await?;
    let mut audit = Audit { checked: consumers.len(), ..Audit::default() };
    for (done, consumer) in consumers.iter().enumerate() {
        progress(Progress { done, total: consumers.len() });
        match judge::judge(databases, cx, &nodes, *consumer).await? {
            Verdict::Right => {}
            Verdict::InMotion => audit.in_motion += 1,
            Verdict::Wrong(judged) => {
                audit.discrepancies.push(Discrepancy { consumer: *consumer, what: judged.what });
            }
        }
    }
    Ok(audit)
}

/// Forgets the consumers that were retired before `before`, and says how many.
///
/// # Errors
/// The database's.
pub async fn purge(databases: &Databases, before: Timestamp) -> Result<u64, Fault> {
    Ok(databases.placement.forget_retired(before).await?)
}

/// The compute nodes, which are placement's providers.
pub(crate) struct Nodes {
    /// Provider to host and node.
    by_provider: BTreeMap<Uuid, (String, String)>,
}

impl Nodes {
    pub(crate) async fn read(databases: &Databases, cx: &RequestContext) -> Result<Self, Fault> {
        let found = ComputeNodeList::get_all(cx, &databases.objects()).await?;
        let nodes = found.objects.into_value().map(|members| members.0).unwrap_or_default();
        let by_provider = nodes.iter().filter_map(|node| {
            let provider = node.uuid.value()?.parse()?;
            let host = node.host.present().cloned().unwrap_or_default();
            let name = node.hypervisor_hostname.present().cloned().unwrap_or_default();
            Some((provider, (host, name)))
        });
        Ok(Self { by_provider: by_provider.collect() })
    }

    pub(crate) fn provider(&self, host: &str, node: Option<&str>) -> Option<Uuid> {
        let is_it = |(own_host, own_node): &(String, String)| {
            own_host == host && node.is_none_or(|node| node == own_node)
        };
        self.by_provider.iter().find(|(_, names)| is_it(names)).map(|(provider, _)| *provider)
    }

    /// What is held, by the names that an operator knows.
    pub(crate) fn named(&self, resources: &BTreeMap<Uuid, Resources>) -> BTreeMap<String, Resources> {
        let name = |provider: &Uuid| match self.by_provider.get(provider) {
            Some((_, node)) => node.clone(),
            None => provider.to_string(),
        };
        resources.iter().map(|(provider, held)| (name(provider), held.clone())).collect()
    }
}

/// Every consumer that holds something of a node, and every live instance, in order.
pub(crate) async fn suspects(
    databases: &Databases,
    cx: &RequestContext,
    nodes: &Nodes,
) -> Result<BTreeSet<Uuid>, Fault> {
    let mut suspects = BTreeSet::new();
    for provider in nodes.by_provider.keys() {
        match databases.placement.held_of(cx, *provider).await {
            Ok(held) => suspects.extend(held.into_iter().map(|allocation| allocation.consumer)),
            Err(PlacementError::ProviderNotFound(_)) => {} // the service has not reported its resources yet
            Err(error) => return Err(error.into()),
        }
    }
    let live = databases.nova.cell1().query(|tx| async move {
        use entity::instance::{Column, Entity};
        let live = Entity::find().filter(Column::Deleted.eq(0)).select_only().column(Column::Uuid);
        Ok::<Vec<String>, DbError>(live.into_tuple().all(&tx).await?)
    });
    suspects.extend(live.await?.iter().filter_map(|uuid| uuid.parse::<Uuid>().ok()));
    Ok(suspects)
}
