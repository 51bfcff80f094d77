//! Whether a host will do for what an instance on it becomes.

use nova_core::RequestContext;
use nova_neighbours::placement::{Candidate, Provider, Resources};
use nova_objects_catalog::RequestSpec;

use super::{Search, Selected, answer, wishes};
use crate::error::SelectError;
use crate::explain::ExplainReport;
use crate::manager::SchedulerManager;

/// Whether the request is about an instance that stays where it is and is made anew from another image.
#[doc(alias = "request_is_rebuild")]
pub(crate) fn is_check(spec: &RequestSpec) -> bool {
    spec.scheduler_hint("_nova_check_type") == Some("rebuild")
}

impl SchedulerManager {
    /// The host the request names, if it passes the filters that count for a rebuild.
    ///
    /// Nothing is claimed and placement is not asked: the instance has its share already.
    pub(super) async fn check_rebuild(
        &self,
        cx: &RequestContext,
        spec: &RequestSpec,
    ) -> Result<Selected, SelectError> {
        let provider = match wishes::sole_host(spec) {
            Some((host, node)) => self.fleet.provider_of(cx, host, node).await?,
            None => None,
        };
        let candidates: Vec<_> = provider.map(nothing_more).into_iter().collect();
        let hosts = self.fleet.states(cx, &candidates).await?;
        let (candidates, unknown) = (candidates.len(), candidates.len() - hosts.len());
        let report = ExplainReport { candidates, unknown, ..ExplainReport::default() };
        let mut search = Search { spec: spec.clone(), group: None, hosts, report };
        self.round(&mut search, 0);
        match search.hosts.first() {
            Some(host) => {
                search.report.chosen(&host.facts.host);
                let hosts = answer::selections(std::slice::from_ref(host), &[], 0);
                Ok(Selected { hosts, report: search.report })
            }
            None => Err(self.no_host(&mut search)),
        }
    }
}

/// A provider from which nothing more is wanted.
fn nothing_more(id: uuid::Uuid) -> Candidate {
    Candidate {
        provider: Provider { id, name: String::new(), generation: 0 },
        resources: Resources::new(),
        summary: Default::default(),
        traits: Default::default(),
    }
}
