//! A placement that says how long it took.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nova_core::RequestContext;
use nova_neighbours::placement::{
    Allocation, Candidate, CandidateRequest, Claim, ConsumerAllocations, Inventory, Placement,
    PlacementError, Provider,
};
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// The placement within, timed.
pub(crate) struct Timed {
    pub(crate) within: Arc<dyn Placement>,
    candidates: AtomicU64,
    claims: AtomicU64,
}

impl Timed {
    pub(crate) fn new(within: Arc<dyn Placement>) -> Self {
        Self { within, candidates: AtomicU64::new(0), claims: AtomicU64::new(0) }
    }

    /// How long candidates and claims took since the last call.
    pub(crate) fn taken(&self) -> (Duration, Duration) {
        let take = |counter: &AtomicU64| Duration::from_nanos(counter.swap(0, Ordering::Relaxed));
        (take(&self.candidates), take(&self.claims))
    }
}

fn count(counter: &AtomicU64, began: Instant) {
    let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    counter.fetch_add(nanos, Ordering::Relaxed);
}

#[async_trait]
impl Placement for Timed {
    async fn ensure_provider(
        &self,
        cx: &RequestContext,
        id: Uuid,
        name: &str,
    ) -> Result<Provider, PlacementError> {
        self.within.ensure_provider(cx, id, name).await
    }

    async fn set_provider(
        &self,
        cx: &RequestContext,
        id: Uuid,
        generation: i64,
        inventories: &BTreeMap<String, Inventory>,
        traits: &BTreeSet<String>,
    ) -> Result<i64, PlacementError> {
        self.within.set_provider(cx, id, generation, inventories, traits).await
    }

    async fn candidates(
        &self,
        cx: &RequestContext,
        request: &CandidateRequest,
    ) -> Result<Vec<Candidate>, PlacementError> {
        let began = Instant::now();
        let found = self.within.candidates(cx, request).await;
        count(&self.candidates, began);
        found
    }

    async fn claim(&self, cx: &RequestContext, claim: &Claim) -> Result<i64, PlacementError> {
        let began = Instant::now();
        let claimed = self.within.claim(cx, claim).await;
        count(&self.claims, began);
        claimed
    }

    async fn held_by(
        &self,
        cx: &RequestContext,
        consumer: Uuid,
    ) -> Result<Option<ConsumerAllocations>, PlacementError> {
        self.within.held_by(cx, consumer).await
    }

    async fn release(
        &self,
        cx: &RequestContext,
        consumer: Uuid,
        generation: i64,
    ) -> Result<i64, PlacementError> {
        self.within.release(cx, consumer, generation).await
    }

    async fn retire(&self, cx: &RequestContext, consumer: Uuid) -> Result<bool, PlacementError> {
        self.within.retire(cx, consumer).await
    }

    async fn held_of(&self, cx: &RequestContext, provider: Uuid) -> Result<Vec<Allocation>, PlacementError> {
        self.within.held_of(cx, provider).await
    }

    async fn members_of(
        &self,
        cx: &RequestContext,
        group: Uuid,
    ) -> Result<BTreeMap<Uuid, BTreeSet<Uuid>>, PlacementError> {
        self.within.members_of(cx, group).await
    }
}
