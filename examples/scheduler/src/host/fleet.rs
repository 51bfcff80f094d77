//! The hosts placement offers, with what is known of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nova_core::group::{Liveness, LivenessOptions};
use nova_core::{Env, RequestContext};
use nova_neighbours::placement::Candidate;
use nova_objects::Objects;
use nova_objects_catalog::exception::ComputeHostNotFound;
use nova_objects_catalog::{ComputeNode, ComputeNodeList};
use tokio::time::Instant;
use uuid::Uuid;

use super::services::{ComputeService, Services};
use super::{HostFacts, HostState, Standing};
use crate::error::SelectError;

/// Knows the hosts: reads records of the candidates only, and keeps them for a short time.
///
/// What is kept is never about what is free, so an old record costs at most a worse choice; a host that went down or
/// was disabled is noticed one `host_cache_time` late (an operator's `disable` reaches placement at once).
pub(crate) struct Fleet {
    objects: Objects,
    cache_time: Duration,
    default_zone: String,
    liveness: Liveness,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    services: Option<Kept<Services>>,
    hosts: BTreeMap<Uuid, Kept<HostFacts>>,
}

struct Kept<T> {
    value: Arc<T>,
    read_at: Instant,
}

impl<T> Kept<T> {
    fn fresh(&self, cache_time: Duration) -> Option<Arc<T>> {
        (self.read_at.elapsed() < cache_time).then(|| Arc::clone(&self.value))
    }
}

impl Fleet {
    pub(crate) fn new(
        env: &Env,
        objects: Objects,
        liveness: LivenessOptions,
        cache_time: Duration,
        default_zone: String,
    ) -> Self {
        let liveness = Liveness::new(env, liveness);
        Self { objects, cache_time, default_zone, liveness, cache: Mutex::default() }
    }

    /// The hosts of `candidates`, in that order. A candidate whose host or service has no record is left out.
    pub(crate) async fn states(
        &self,
        cx: &RequestContext,
        candidates: &[Candidate],
    ) -> Result<Vec<HostState>, SelectError> {
        let ids: Vec<_> = candidates.iter().map(|candidate| candidate.provider.id).collect();
        let facts = self.facts(cx, &ids).await?;
        let services = self.services_of(cx, facts.values()).await?;
        let state = |candidate: &Candidate| {
            let facts = facts.get(&candidate.provider.id)?;
            let Some(service) = services.of(&facts.host) else {
                tracing::warn!(host = facts.host, "no service record, not scheduled to");
                return None;
            };
            let standing = self.standing(&services, service);
            Some(HostState::new(Arc::clone(facts), standing, candidate))
        };
        Ok(candidates.iter().filter_map(state).collect())
    }

    /// The resource provider of `host`, and of `node` on it: none if there is not exactly one.
    pub(crate) async fn provider_of(
        &self,
        cx: &RequestContext,
        host: &str,
        node: Option<&str>,
    ) -> Result<Option<Uuid>, SelectError> {
        let nodes = match ComputeNodeList::get_all_by_host(cx, &self.objects, host, None).await {
            Err(fault) if fault.is::<ComputeHostNotFound>() => return Ok(None),
            nodes => nodes?,
        };
        let named = |it: &&ComputeNode| {
            node.is_none_or(|node| it.hypervisor_hostname.present().is_some_and(|name| name == node))
        };
        let mut nodes = nodes.members().iter().filter(named).filter_map(|node| node.uuid.value()?.parse());
        Ok(nodes.next().filter(|_| nodes.next().is_none()))
    }

    /// The names of the hosts of these providers; those without a record are left out.
    pub(crate) async fn names(
        &self,
        cx: &RequestContext,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<BTreeMap<Uuid, String>, SelectError> {
        let facts = self.facts(cx, &ids.collect::<Vec<_>>()).await?;
        Ok(facts.into_iter().map(|(id, facts)| (id, facts.host.clone())).collect())
    }

    /// Reads the services, so that it is known when each was last heard: between requests somebody must look.
    pub(crate) async fn look(&self, cx: &RequestContext) -> Result<(), SelectError> {
        let services = self.read_services(cx).await?;
        for record in services.records() {
            self.liveness.is_up(record);
        }
        let known: BTreeSet<&str> = services.records().map(|record| record.uuid.as_str()).collect();
        self.liveness.retain(|uuid| known.contains(uuid));
        Ok(())
    }

    fn standing(&self, services: &Services, service: &ComputeService) -> Standing {
        let zone = service.availability_zone.as_ref().unwrap_or(&self.default_zone);
        Standing {
            up: self.liveness.is_up(&service.record),
            disabled: service.record.disabled,
            cell_uuid: services.cell_uuid.clone(),
            availability_zone: zone.clone(),
        }
    }

    /// The services, read again if they do not know one of the `hosts`: it may have joined a moment ago.
    async fn services_of<'a>(
        &self,
        cx: &RequestContext,
        mut hosts: impl Iterator<Item = &'a Arc<HostFacts>>,
    ) -> Result<Arc<Services>, SelectError> {
        let services = self.services(cx).await?;
        if hosts.all(|facts| services.of(&facts.host).is_some()) {
            return Ok(services);
        }
        self.read_services(cx).await
    }

    async fn services(&self, cx: &RequestContext) -> Result<Arc<Services>, SelectError> {
        let kept = self.cache().services.as_ref().and_then(|kept| kept.fresh(self.cache_time));
        match kept {
            Some(services) => Ok(services),
            None => self.read_services(cx).await,
        }
    }

    async fn read_services(&self, cx: &RequestContext) -> Result<Arc<Services>, SelectError> {
        let read_at = Instant::now();
        let value = Arc::new(Services::read(cx, &self.objects).await?);
        self.cache().services = Some(Kept { value: Arc::clone(&value), read_at });
        Ok(value)
    }

    async fn facts(
        &self,
        cx: &RequestContext,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Arc<HostFacts>>, SelectError> {
        let mut known = self.known(ids);
        let missing = ids.iter().filter(|id| !known.contains_key(id));
        let missing: Vec<String> = missing.map(ToString::to_string).collect();
        if !missing.is_empty() {
            known.extend(self.read_facts(cx, &missing).await?);
        }
        Ok(known)
    }

    /// What is known and not old. What is old is forgotten.
    fn known(&self, ids: &[Uuid]) -> BTreeMap<Uuid, Arc<HostFacts>> {
        let mut cache = self.cache();
        cache.hosts.retain(|_, kept| kept.read_at.elapsed() < self.cache_time);
        ids.iter().filter_map(|id| Some((*id, Arc::clone(&cache.hosts.get(id)?.value)))).collect()
    }

    async fn read_facts(
        &self,
        cx: &RequestContext,
        ids: &[String],
    ) -> Result<Vec<(Uuid, Arc<HostFacts>)>, SelectError> {
        let read_at = Instant::now();
        let nodes = ComputeNodeList::get_all_by_uuids(cx, &self.objects, ids).await?;
        let mut read = Vec::with_capacity(nodes.members().len());
        for node in nodes.members() {
            match HostFacts::read(node) {
                Ok(facts) => read.push((facts.uuid, Arc::new(facts))),
                Err(error) => tracing::warn!(%error, "not scheduled to"),
            }
        }
        let kept = read.iter().map(|(id, value)| (*id, Kept { value: Arc::clone(value), read_at }));
        self.cache().hosts.extend(kept);
        Ok(read)
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
