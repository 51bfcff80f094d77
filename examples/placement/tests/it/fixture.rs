//! Placement with hosts in it.

use std::collections::{BTreeMap, BTreeSet};

use nova_core::{Env, RequestContext};
use nova_neighbours::placement::{
    CandidateRequest, Claim, GroupClaim, GroupMembers, GroupRule, Inventory, Placement, PlacementError,
    ProviderSummary, Resources, class,
};
use nova_objects_db::Db;
use nova_placement::EmbeddedPlacement;
use uuid::Uuid;

#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) placement: EmbeddedPlacement,
    pub(crate) env: Env,
    pub(crate) cx: RequestContext,
}

impl Fixture {
    pub(crate) async fn open(db: &Db) -> Self {
        let env = db.env().clone();
        let placement = EmbeddedPlacement::open(db).await.unwrap();
        Self { placement, cx: RequestContext::admin(&env), env }
    }

    /// A host with so many VCPUs.
    pub(crate) async fn host(&self, vcpus: u64) -> Uuid {
        let id = self.env.new_id();
        self.placement.ensure_provider(&self.cx, id, &id.to_string()).await.unwrap();
        self.set(id, 0, vcpus).await.unwrap();
        id
    }

    pub(crate) async fn set(&self, host: Uuid, generation: i64, vcpus: u64) -> Result<i64, PlacementError> {
        let has = BTreeMap::from([(class::VCPU.to_owned(), Inventory::of(vcpus))]);
        self.placement.set_provider(&self.cx, host, generation, &has, &BTreeSet::new()).await
    }

    pub(crate) async fn claim(&self, consumer: Uuid, hosts: &[Uuid]) -> Result<i64, PlacementError> {
        self.placement.claim(&self.cx, &one_vcpu(consumer, None, hosts)).await
    }

    /// A claim of one VCPU by a new member of `group`.
    pub(crate) async fn join(&self, group: GroupClaim, host: Uuid) -> Result<Uuid, PlacementError> {
        let consumer = self.env.new_id();
        let claim = Claim { group: Some(group), ..one_vcpu(consumer, None, &[host]) };
        self.placement.claim(&self.cx, &claim).await.map(|_| consumer)
    }

    pub(crate) fn group(&self, rule: GroupRule) -> GroupClaim {
        GroupClaim { group: self.env.new_id(), rule }
    }

    pub(crate) async fn members(&self, of: GroupClaim) -> GroupMembers {
        self.placement.members_of(&self.cx, of.group).await.unwrap()
    }

    /// Gives back what the consumer is found to hold, and says whether it was this that gave it back.
    pub(crate) async fn release(&self, consumer: Uuid) -> bool {
        let Some(held) = self.placement.held_by(&self.cx, consumer).await.unwrap() else { return false };
        match self.placement.release(&self.cx, consumer, held.generation).await {
            Ok(generation) => generation > held.generation,
            Err(PlacementError::ConsumerChanged { .. }) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) async fn retire(&self, consumer: Uuid) -> bool {
        self.placement.retire(&self.cx, consumer).await.unwrap()
    }

    /// How many consumers have a VCPU of the host, after checking that the sum kept with the inventory says so, too.
    pub(crate) async fn taken(&self, host: Uuid) -> u64 {
        let held = self.placement.held_of(&self.cx, host).await.unwrap();
        let sum = held.iter().map(|allocation| allocation.resources[class::VCPU]).sum();
        if let Some(summary) = self.summary(host).await {
            assert_eq!(summary.used, sum);
        }
        sum
    }

    /// What a host that is not full says of itself.
    pub(crate) async fn summary(&self, host: Uuid) -> Option<ProviderSummary> {
        let request =
            CandidateRequest { resources: vcpus(1), only: Some(host), ..CandidateRequest::default() };
        let found = self.placement.candidates(&self.cx, &request).await.unwrap();
        found.first().map(|candidate| candidate.summary[class::VCPU])
    }

    pub(crate) fn ids(&self, count: usize) -> Vec<Uuid> {
        (0..count).map(|_| self.env.new_id()).collect()
    }
}

/// A claim of one VCPU of each host.
pub(crate) fn one_vcpu(consumer: Uuid, consumer_generation: Option<i64>, hosts: &[Uuid]) -> Claim {
    Claim {
        consumer,
        consumer_generation,
        project_id: "p".to_owned(),
        user_id: "u".to_owned(),
        resources: hosts.iter().map(|&host| (host, vcpus(1))).collect(),
        group: None,
    }
}

pub(crate) fn vcpus(amount: u64) -> Resources {
    Resources::from([(class::VCPU.to_owned(), amount)])
}
