//! From a request to claimed hosts.

mod answer;
mod claims;
mod group;
mod pick;
mod rebuild;
mod wishes;

pub(crate) use self::rebuild::is_check;

use std::time::Duration;

use nova_core::RequestContext;
use nova_neighbours::placement::GroupClaim;
use nova_objects_catalog::{RequestSpec, Selection};
use nova_rpcapi::group::group_claim;
use uuid::Uuid;

use self::claims::{Claimed, Claims};
use crate::demand::candidate_request;
use crate::error::SelectError;
use crate::explain::ExplainReport;
use crate::host::HostState;
use crate::manager::SchedulerManager;
use crate::unsupported;

/// The hosts of a request, claimed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Selected {
    /// For each instance, in order: its host, then its alternates.
    pub hosts: Vec<Vec<Selection>>,
    /// How they were chosen.
    pub report: ExplainReport,
}

/// What is left of the hosts of a request.
struct Search {
    spec: RequestSpec,
    group: Option<GroupClaim>,
    hosts: Vec<HostState>,
    report: ExplainReport,
}

/// What came of the hosts that are left.
enum Choice {
    /// This one is claimed.
    Host(Box<HostState>),
    /// Others of the instance's server group were faster on one of them: look again.
    Conflict,
    /// All were full, or there were none.
    None,
}

impl SchedulerManager {
    /// Chooses and claims a host for each of `instances`, in that order, each with up to `alternates` others that it
    /// could be tried on. All or nothing: on an error, what was claimed has been given back.
    ///
    /// For an instance that is rebuilt where it is (the hint `_nova_check_type` says `rebuild`, the destination names the
    /// host) nothing is claimed, and only the filters are asked that [count for a rebuild](crate::Filter::on_rebuild).
    ///
    /// # Errors
    /// See [`SelectError`].
    ///
    /// # Cancel safety
    /// Dropping the future half-way leaves claims behind, for instances that then hold resources nowhere they run. Who
    /// drops it releases them, as a conductor does before it tries again and when it gives up.
    pub async fn select(
        &self,
        cx: &RequestContext,
        spec: &RequestSpec,
        instances: &[Uuid],
        alternates: usize,
    ) -> Result<Selected, SelectError> {
        let cx = &cx.elevated();
        if rebuild::is_check(spec) {
            return self.check_rebuild(cx, spec).await;
        }
        let mut search = self.search(cx, spec).await?;
        let mut claims = Claims::new(&self.env, &*self.placement, cx, spec, search.group);
        match self.choose_all(cx, &mut search, &mut claims, instances).await {
            Ok(chosen) => {
                // Hosts that were not chosen are as they were: their order is still good.
                let hosts = answer::selections(&chosen, &search.hosts, alternates);
                Ok(Selected { hosts, report: search.report })
            }
            Err(error) => {
                claims.give_back().await;
                Err(error)
            }
        }
    }

    /// What would become of the hosts if one instance were asked for now. Claims nothing.
    ///
    /// # Errors
    /// See [`SelectError`]; that no host is left is not one of them here.
    pub async fn explain(
        &self,
        cx: &RequestContext,
        spec: &RequestSpec,
    ) -> Result<ExplainReport, SelectError> {
        let mut search = self.search(&cx.elevated(), spec).await?;
        self.round(&mut search, 0);
        Ok(search.report)
    }

    /// The hosts that placement says could give what is asked for.
    async fn search(&self, cx: &RequestContext, spec: &RequestSpec) -> Result<Search, SelectError> {
        if let Some(what) = unsupported::asked_for(spec) {
            return Err(SelectError::Unsupported { what });
        }
        let mut request = candidate_request(spec, self.options.max_placement_results)?;
        if let Some((host, node)) = wishes::sole_host(spec) {
            request.only = self.fleet.provider_of(cx, host, node).await?;
        }
        let group = group_claim(spec).unwrap_or_default(); // an unknown one is not supported
        let members = self.members(cx, group).await?;
        group::narrow(&mut request, group, &members);
        let candidates = self.placement.candidates(cx, &request).await.map_err(SelectError::Placement)?;
        let hosts = self.fleet.states(cx, &candidates).await?;
        let report = ExplainReport {
            candidates: candidates.len(),
            unknown: candidates.len() - hosts.len(),
            ..ExplainReport::default()
        };
        let mut search = Search { spec: spec.clone(), group, hosts, report };
        self.note_members(cx, &mut search, &members).await?;
        Ok(search)
    }

    async fn choose_all(
        &self,
        cx: &RequestContext,
        search: &mut Search,
        claims: &mut Claims<'_>,
        instances: &[Uuid],
    ) -> Result<Vec<HostState>, SelectError> {
        let mut chosen = Vec::with_capacity(instances.len());
        for (round, instance) in instances.iter().enumerate() {
            search.spec.instance_uuid.load(*instance);
            self.round(search, round);
            let host = loop {
                match choose(cx, search, claims, *instance).await? {
                    Choice::Host(host) => break *host,
                    Choice::None => return Err(self.no_host(search)),
                    // Each time there is a host less, so this ends.
                    Choice::Conflict => {
                        let members = self.members(cx, search.group).await?;
                        self.note_members(cx, search, &members).await?;
                        search.report.begin_again();
                        self.sift(search, round);
                    }
                }
            };
            chosen.push(host);
        }
        Ok(chosen)
    }

    /// Filters and weighs what is left; the best host comes first.
    fn round(&self, search: &mut Search, round: usize) {
        search.report.begin_round();
        self.sift(search, round);
    }

    fn sift(&self, search: &mut Search, round: usize) {
        let Search { spec, group: _, hosts, report } = search;
        if round == 0 {
            wishes::narrow(hosts, spec, report);
        }
        if !wishes::is_forced(spec) || rebuild::is_check(spec) {
            self.filters.apply(hosts, spec, round, report);
        }
        let weights = self.weighers.order(hosts, spec);
        report.weighed(hosts.iter().map(|host| host.facts.host.clone()).zip(weights.iter().copied()));
        pick::best_first(&self.env, &self.filtering, hosts, &weights);
    }

    fn no_host(&self, search: &mut Search) -> SelectError {
        let report = std::mem::take(&mut search.report);
        tracing::info!(candidates = report.candidates, unknown = report.unknown, "no valid host; {report}");
        SelectError::NoHost(Box::new(report))
    }
}

/// Claims the first host that is not full after all, and takes the instance's share off it. The full ones before it
/// are full for the other instances too; one that the group's other members bar is barred for them as well.
async fn choose(
    cx: &RequestContext,
    search: &mut Search,
    claims: &mut Claims<'_>,
    instance: Uuid,
) -> Result<Choice, SelectError> {
    let Search { spec, hosts, report, .. } = search;
    let mut full = 0;
    let choice = loop {
        if cx.remaining() == Some(Duration::ZERO) {
            return Err(SelectError::Deadline);
        }
        let Some(host) = hosts.get_mut(full) else { break Choice::None };
        match claims.take(instance, host).await? {
            Claimed::Full => {
                report.full(&host.facts.host);
                full += 1;
            }
            Claimed::Conflict => {
                report.conflict(&host.facts.host);
                full += 1;
                break Choice::Conflict;
            }
            Claimed::Yes => {
                tracing::debug!(%instance, host = host.facts.host, "chosen");
                report.chosen(&host.facts.host);
                host.consume();
                group::join(spec, host, instance);
                break Choice::Host(Box::new(host.clone()));
            }
        }
    };
    hosts.drain(..full);
    Ok(choice)
}
