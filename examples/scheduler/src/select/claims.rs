//! What a request has taken of hosts so far.

use std::collections::BTreeMap;
use std::time::Duration;

use nova_core::{Env, RequestContext};
use nova_neighbours::placement::{Claim, GroupClaim, Placement, PlacementError};
use nova_objects_catalog::RequestSpec;
use uuid::Uuid;

use crate::error::SelectError;
use crate::host::HostState;

/// How often a claim is tried that met somebody else's change.
const ATTEMPTS: u32 = 4;
/// The longest pause after the first such meeting; it grows with each.
const PAUSE: Duration = Duration::from_millis(50);

/// The claims of one request, which are kept or given back together.
pub(super) struct Claims<'a> {
    env: &'a Env,
    placement: &'a dyn Placement,
    cx: &'a RequestContext,
    project_id: String,
    user_id: String,
    group: Option<GroupClaim>,
    /// Instances that hold something of what was claimed here, each with its generation then.
    held: Vec<(Uuid, i64)>,
}

/// What became of a claim.
pub(super) enum Claimed {
    /// The instance holds its share of the host.
    Yes,
    /// Others were faster, or the host is gone.
    Full,
    /// Others of the instance's server group were faster: where it may be is another question now.
    Conflict,
}

impl<'a> Claims<'a> {
    pub(super) fn new(
        env: &'a Env,
        placement: &'a dyn Placement,
        cx: &'a RequestContext,
        spec: &RequestSpec,
        group: Option<GroupClaim>,
    ) -> Self {
        let project = spec.project_id.present().map(String::as_str).or(cx.project_id());
        let user = spec.user_id.present().map(String::as_str).or(cx.user_id());
        let (project_id, user_id) = (project.unwrap_or_default().into(), user.unwrap_or_default().into());
        Self { env, placement, cx, project_id, user_id, group, held: Vec::new() }
    }

    /// Claims on `host`, for an instance that holds nothing yet, what it asks for.
    pub(super) async fn take(&mut self, instance: Uuid, host: &HostState) -> Result<Claimed, SelectError> {
        let mut claim = Claim {
            consumer: instance,
            consumer_generation: None,
            project_id: self.project_id.clone(),
            user_id: self.user_id.clone(),
            resources: BTreeMap::from([(host.facts.uuid, host.demand.clone())]),
            group: self.group,
        };
        for attempt in 1..=ATTEMPTS {
            match self.placement.claim(self.cx, &claim).await {
                Ok(generation) => {
                    self.held.push((instance, generation));
                    return Ok(Claimed::Yes);
                }
                Err(PlacementError::ConcurrentUpdate { .. }) => {
                    tokio::time::sleep(self.env.jitter(PAUSE * attempt)).await;
                }
                Err(error @ (PlacementError::NotEnough { .. } | PlacementError::ProviderNotFound(_))) => {
                    tracing::debug!(%instance, host = host.facts.host, %error, "another request was faster");
                    return Ok(Claimed::Full);
                }
                Err(error @ PlacementError::GroupConflict { .. }) => {
                    tracing::info!(host = host.facts.host, %error, "another of the group was faster");
                    return Ok(Claimed::Conflict);
                }
                Err(source @ PlacementError::ConsumerChanged { .. }) => match claim.consumer_generation {
                    None => claim.consumer_generation = Some(self.empty_handed(instance, source).await?),
                    Some(_) => return Err(SelectError::Held { instance, source }),
                },
                // Whether it was made is not known, and what is held now may be another scheduler's that was asked the
                // same: whoever asked gives it back before he asks again.
                Err(error) => return Err(SelectError::Placement(error)),
            }
        }
        Ok(Claimed::Full)
    }

    /// The generation of an instance that claimed before and gave everything back.
    async fn empty_handed(&self, instance: Uuid, source: PlacementError) -> Result<i64, SelectError> {
        let held = self.placement.held_by(self.cx, instance).await.map_err(SelectError::Placement)?;
        match held {
            Some(held) if held.resources.is_empty() => Ok(held.generation),
            _ => Err(SelectError::Held { instance, source }),
        }
    }

    /// Gives up everything that is still as it was claimed: what changed since is others' who were asked after us. What
    /// cannot be given back now is left to whoever asked.
    pub(super) async fn give_back(self) {
        if nova_core::mutant!("scheduler: what was claimed in vain is kept") {
            return;
        }
        for (instance, generation) in self.held {
            match self.placement.release(self.cx, instance, generation).await {
                Ok(_) | Err(PlacementError::ConsumerChanged { .. }) => {}
                Err(error) => tracing::warn!(%instance, %error, "still holds resources it will not use"),
            }
        }
    }
}
