//! Putting the books right.

use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::{Claim, Placement, PlacementError};
use serde::Serialize;
use uuid::Uuid;

use super::judge::{Judged, Remedy, Verdict, judge};
use super::{Discrepancy, Nodes, Progress, suspects};
use crate::Databases;

/// What became of one discrepancy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Healed {
    /// What was wrong.
    #[serde(flatten)]
    pub discrepancy: Discrepancy,
    /// What was done about it.
    pub outcome: Outcome,
}

/// What was done about a discrepancy, or would be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It would be put right: this was a dry run.
    WouldHeal,
    /// It is right now.
    Healed,
    /// It changed while it was looked at: an operation is at work on it, or was.
    Changed,
    /// Its host has no room for what it already runs.
    NoRoom,
    /// There is nothing that placement can do: the service has to report the node, or somebody to write down how much the
    /// instance needs.
    NotHere,
}

/// Puts right what [`audit`](super::audit) would find; with `dry_run` only says what it would do.
///
/// What is at work is left alone, and whatever changes between the look and the repair is left as it is.
///
/// # Errors
/// The databases'. What was healed before stays healed.
///
/// # Cancel safety
/// Dropping the future leaves a prefix of the work done.
pub async fn heal(
    databases: &Databases,
    cx: &RequestContext,
    dry_run: bool,
    mut progress: impl FnMut(Progress),
) -> Result<Vec<Healed>, Fault> {
    let nodes = Nodes::read(databases, cx).await?;
    let consumers = suspects(databases, cx, &nodes).await?;
    let mut healed = Vec::new();
    for (done, consumer) in consumers.iter().enumerate() {
        progress(Progress { done, total: consumers.len() });
        let Verdict::Wrong(judged) = judge(databases, cx, &nodes, *consumer).await? else { continue };
        let outcome = match (&judged.remedy, dry_run) {
            (Remedy::None, _) => Outcome::NotHere,
            (_, true) => Outcome::WouldHeal,
            (_, false) => apply(databases, cx, *consumer, &judged).await?,
        };
        healed.push(Healed { discrepancy: Discrepancy { consumer: *consumer, what: judged.what }, outcome });
    }
    Ok(healed)
}

async fn apply(
    databases: &Databases,
    cx: &RequestContext,
    consumer: Uuid,
    judged: &Judged,
) -> Result<Outcome, Fault> {
    let placement = &databases.placement;
    let generation = judged.held.as_ref().map(|held| held.generation);
    let done = match (&judged.remedy, generation) {
        (Remedy::Retire, _) => placement.retire(cx, consumer).await.map(drop),
        (Remedy::Release, Some(generation)) => placement.release(cx, consumer, generation).await.map(drop),
        (Remedy::Release, None) => Ok(()),
        (Remedy::Claim { resources, project_id, user_id, group }, consumer_generation) => {
            let (project_id, user_id) = (project_id.clone(), user_id.clone());
            let resources = resources.clone();
            let group = *group;
            let claim = Claim { consumer, consumer_generation, project_id, user_id, resources, group };
            placement.claim(cx, &claim).await.map(drop)
        }
        (Remedy::None, _) => return Ok(Outcome::NotHere),
    };
    match done {
        Ok(()) => Ok(Outcome::Healed),
        Err(PlacementError::ConsumerChanged { .. } | PlacementError::Retired(_)) => Ok(Outcome::Changed),
        Err(PlacementError::NotEnough { .. } | PlacementError::ProviderNotFound(_)) => Ok(Outcome::NoRoom),
        Err(error) => Err(error.into()),
    }
}
