//! What every [`Placement`] must do.
//!
//! The suite makes providers, traits and consumers of its own and lets the rest of the placement alone. It leaves its
//! providers behind, with nothing to give: the port cannot remove them.

mod groups;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::future::join_all;
use nova_core::{Env, RequestContext};
use uuid::Uuid;

use super::{
    Allocation, CandidateRequest, Claim, ConsumerAllocations, Inventory, Placement, PlacementError, Provider,
    ProviderSummary, Resources, class,
};

/// Checks `placement`.
///
/// # Panics
/// At the first promise that is not kept.
pub async fn check(placement: &dyn Placement) {
    let env = Env::system();
    let suite = Suite { placement, cx: RequestContext::admin(&env), env, made: Mutex::default() };
    suite.a_provider_is_made_once().await;
    suite.what_a_provider_has_is_set_by_who_knows_its_generation().await;
    suite.what_makes_no_sense_is_refused().await;
    suite.candidates_are_those_that_could_give_it().await;
    suite.a_claim_is_made_wholly_or_not_at_all().await;
    suite.a_claim_replaces_what_was_held_if_the_generation_is_right().await;
    suite.what_is_released_can_be_claimed_again().await;
    suite.who_read_a_consumer_before_it_changed_gives_nothing_back().await;
    suite.a_retired_consumer_never_claims_again().await;
    suite.what_is_held_does_not_vanish().await;
    suite.of_many_claims_at_once_as_many_win_as_there_is_room_for().await;
    suite.members_of_a_group_are_where_they_hold_something().await;
    suite.members_stay_apart_as_their_group_asks().await;
    suite.members_stay_together_as_their_group_asks().await;
    suite.a_member_that_moves_is_not_in_its_own_way().await;
    suite.of_many_members_at_once_as_many_win_as_there_are_providers().await;
    suite.clean_up().await;
}

struct Suite<'a> {
    placement: &'a dyn Placement,
    env: Env,
    cx: RequestContext,
    made: Mutex<Made>,
}

/// What has to go at the end.
#[derive(Default)]
struct Made {
    providers: Vec<Provider>,
    consumers: BTreeSet<Uuid>,
}

impl Suite<'_> {
    async fn a_provider_is_made_once(&self) {
        let id = self.env.new_id();
        let name = id.to_string();
        let made = self.placement.ensure_provider(&self.cx, id, &name).await.expect("a new provider");
        assert_eq!((made.id, made.name.as_str()), (id, name.as_str()));
        let again = self.placement.ensure_provider(&self.cx, id, &name).await.expect("the same provider");
        assert_eq!(again, made, "making it twice is making it once");
        let taken = self.placement.ensure_provider(&self.cx, self.env.new_id(), &name).await;
        assert!(matches!(taken, Err(PlacementError::NameTaken { .. })), "{taken:?}");
        assert_eq!(self.held_of(id).await, [], "nobody holds anything of a new provider");
        let nowhere = self.env.new_id();
        let unknown = self.placement.held_of(&self.cx, nowhere).await;
        assert!(matches!(unknown, Err(PlacementError::ProviderNotFound(id)) if id == nowhere), "{unknown:?}");
    }

    async fn what_a_provider_has_is_set_by_who_knows_its_generation(&self) {
        let host = self.provider().await;
        let has = BTreeMap::from([(class::VCPU.to_owned(), Inventory::of(4))]);
        let traits = BTreeSet::from([self.new_trait()]);
        let set = |generation, has, traits| async move {
            self.placement.set_provider(&self.cx, host.id, generation, has, traits).await
        };
        let first = set(host.generation, &has, &traits).await.expect("the first setting");
        assert!(first > host.generation, "a change raises the generation");
        let same = set(first, &has, &traits).await.expect("the same again");
        assert_eq!(same, first, "what changes nothing leaves the generation");
        let none = BTreeSet::new();
        let fewer = set(first, &has, &none).await.expect("without its trait");
        assert!(fewer > first, "a trait is a change, too");
        match set(first, &has, &traits).await {
            Err(PlacementError::ConcurrentUpdate { expected, current, .. }) => {
                assert_eq!((expected, current), (first, fewer));
            }
            other => panic!("who knows an old generation is refused: {other:?}"),
        }
        let nowhere = self.placement.set_provider(&self.cx, self.env.new_id(), 0, &has, &traits).await;
        assert!(matches!(nowhere, Err(PlacementError::ProviderNotFound(_))), "{nowhere:?}");
    }

    async fn what_makes_no_sense_is_refused(&self) {
        let host = self.host(1, &[]).await;
        let generation = self.generation(&host).await;
        let good = Inventory::of(4);
        for bad in [
            Inventory { reserved: 5, ..good.clone() },
            Inventory { allocation_ratio: f64::NAN, ..good.clone() },
            Inventory { allocation_ratio: -1.0, ..good.clone() },
            Inventory { step_size: 0, ..good.clone() },
            Inventory { total: u64::MAX, ..good },
        ] {
            let has = BTreeMap::from([(class::VCPU.to_owned(), bad)]);
            let set =
                self.placement.set_provider(&self.cx, host.id, generation, &has, &BTreeSet::new()).await;
            assert!(matches!(set, Err(PlacementError::Invalid(_))), "{has:?}: {set:?}");
        }
        let nothing = BTreeMap::new();
        for resources in [nothing.clone(), vcpus(0)] {
            let found =
                self.candidates(&CandidateRequest { resources: resources.clone(), ..request() }).await;
            assert!(matches!(found, Err(PlacementError::Invalid(_))), "{resources:?}: {found:?}");
            let claim = self.claim(self.env.new_id(), None, [(host.id, resources)]).await;
            assert!(matches!(claim, Err(PlacementError::Invalid(_))), "{claim:?}");
        }
        let claim = self.claim(self.env.new_id(), None, []).await;
        assert!(matches!(claim, Err(PlacementError::Invalid(_))), "{claim:?}");
    }

    async fn candidates_are_those_that_could_give_it(&self) {
        let (ours, special) = (self.new_trait(), self.new_trait());
        let small = self.host(2, &[&ours]).await;
        let big = self.host(8, &[&ours, &special]).await;
        let ours = CandidateRequest { required: BTreeSet::from([ours]), ..request() };
        let special = BTreeSet::from([special]);
        let mut both = vec![small.id, big.id];
        both.sort_unstable();

        assert_eq!(self.found(&ours).await, both, "by id");
        assert_eq!(self.found(&CandidateRequest { limit: 1, ..ours.clone() }).await, both[..1]);
        for (resources, ids) in [(vcpus(8), vec![big.id]), (vcpus(9), vec![]), (vcpus(u64::MAX), vec![])] {
            assert_eq!(self.found(&CandidateRequest { resources, ..ours.clone() }).await, ids);
        }
        let required = ours.required.union(&special).cloned().collect();
        assert_eq!(self.found(&CandidateRequest { required, ..ours.clone() }).await, [big.id]);
        assert_eq!(self.found(&CandidateRequest { forbidden: special, ..ours.clone() }).await, [small.id]);
        assert_eq!(self.found(&CandidateRequest { only: Some(big.id), ..ours.clone() }).await, [big.id]);
        let no_such_class = Resources::from([(class::DISK_GB.to_owned(), 1)]);
        assert!(self.found(&CandidateRequest { resources: no_such_class, ..ours.clone() }).await.is_empty());

        self.claim(self.env.new_id(), None, [(small.id, vcpus(2))]).await.expect("there is room");
        let left = self.candidates(&ours).await.expect("candidates");
        assert_eq!(left.len(), 1, "who is full is no candidate");
        assert_eq!(left[0].provider.id, big.id);
        assert_eq!(left[0].resources, ours.resources, "what to claim");
        assert!(left[0].traits.is_superset(&ours.required), "its traits");
        assert_eq!(left[0].summary[class::VCPU], ProviderSummary { capacity: 8, used: 0 });
    }

    async fn a_claim_is_made_wholly_or_not_at_all(&self) {
        let (first, second) = (self.host(4, &[]).await, self.host(4, &[]).await);
        let consumer = self.env.new_id();
        let too_much = self.claim(consumer, None, [(first.id, vcpus(4)), (second.id, vcpus(5))]).await;
        match too_much {
            Err(PlacementError::NotEnough { provider, class, amount }) => {
                assert_eq!((provider, class.as_str(), amount), (second.id, class::VCPU, 5));
            }
            other => panic!("more than there is: {other:?}"),
        }
        assert_eq!(self.held_by(consumer).await, None, "nothing was claimed");
        assert_eq!(self.held_of(first.id).await, [], "not even where there was room");
        let overflow = self.claim(consumer, None, [(first.id, vcpus(u64::MAX))]).await;
        assert!(matches!(overflow, Err(PlacementError::NotEnough { .. })), "{overflow:?}");
        let nowhere = self.claim(consumer, None, [(self.env.new_id(), vcpus(1))]).await;
        assert!(matches!(nowhere, Err(PlacementError::ProviderNotFound(_))), "{nowhere:?}");

        let all = [(first.id, vcpus(4)), (second.id, vcpus(4))];
        self.claim(consumer, None, all.clone()).await.expect("there is room");
        let held = self.held_by(consumer).await.expect("it holds something");
        assert_eq!(held.resources, BTreeMap::from(all));
        assert_eq!(self.held_of(first.id).await, [Allocation { consumer, resources: vcpus(4) }]);
    }

    async fn a_claim_replaces_what_was_held_if_the_generation_is_right(&self) {
        let (first, second) = (self.host(4, &[]).await, self.host(4, &[]).await);
        let consumer = self.env.new_id();
        self.claim(consumer, None, [(first.id, vcpus(3))]).await.expect("there is room");
        let generation = self.held_by(consumer).await.expect("it holds something").generation;
        for wrong in [None, Some(generation - 1), Some(generation + 1)] {
            match self.claim(consumer, wrong, [(second.id, vcpus(1))]).await {
                Err(PlacementError::ConsumerChanged { expected, current, .. }) => {
                    assert_eq!((expected, current), (wrong, Some(generation)));
                }
                other => panic!("a wrong generation is refused: {other:?}"),
            }
        }
        // More than is free, and no more than there is without what it gives back.
        self.claim(consumer, Some(generation), [(first.id, vcpus(4))]).await.expect("its own room counts");
        let grown = self.held_by(consumer).await.expect("it holds something");
        assert!(grown.generation > generation, "a change raises the generation");
        let refused = self.claim(consumer, Some(grown.generation), [(second.id, vcpus(5))]).await;
        assert!(matches!(refused, Err(PlacementError::NotEnough { .. })), "{refused:?}");
        assert_eq!(self.held_by(consumer).await, Some(grown.clone()), "a refused claim takes nothing away");

        self.claim(consumer, Some(grown.generation), [(second.id, vcpus(1))]).await.expect("a move");
        assert_eq!(self.held_of(first.id).await, [], "what it held before is given back");
        let stranger = self.claim(self.env.new_id(), Some(1), [(first.id, vcpus(1))]).await;
        assert!(
            matches!(stranger, Err(PlacementError::ConsumerChanged { current: None, .. })),
            "who never claimed anything has no generation: {stranger:?}"
        );
    }

    async fn what_is_released_can_be_claimed_again(&self) {
        let host = self.host(1, &[]).await;
        let consumer = self.env.new_id();
        let mut generation = None;
        for _ in 0..2 {
            let claimed = self.claim(consumer, generation, [(host.id, vcpus(1))]).await;
            let claimed = claimed.expect("there is room");
            assert_eq!(claimed, generation.unwrap_or(0) + 1, "a claim raises the generation by one");
            let released = self.release(consumer, claimed).await.expect("it is at that generation");
            assert!(released > claimed, "so does giving back");
            let again = self.release(consumer, released).await.expect("it is at that generation");
            assert_eq!(again, released, "giving back nothing changes nothing");
            let held = self.held_by(consumer).await.expect("it is known for ever");
            assert_eq!((held.generation, held.resources.len(), held.retired), (released, 0, false));
            generation = Some(released);
        }
        assert_eq!(self.held_of(host.id).await, []);
    }

    async fn who_read_a_consumer_before_it_changed_gives_nothing_back(&self) {
        let host = self.host(2, &[]).await;
        let consumer = self.env.new_id();
        let first = self.claim(consumer, None, [(host.id, vcpus(1))]).await.expect("there is room");
        let second = self.claim(consumer, Some(first), [(host.id, vcpus(2))]).await.expect("there is room");
        match self.release(consumer, first).await {
            Err(PlacementError::ConsumerChanged { expected, current, .. }) => {
                assert_eq!((expected, current), (Some(first), Some(second)));
            }
            other => panic!("it is no longer what was read: {other:?}"),
        }
        assert_eq!(self.held_of(host.id).await.len(), 1, "it holds what it claimed last");
        let stranger = self.release(self.env.new_id(), 1).await;
        assert!(
            matches!(stranger, Err(PlacementError::ConsumerChanged { current: None, .. })),
            "{stranger:?}"
        );
    }

    async fn a_retired_consumer_never_claims_again(&self) {
        let host = self.host(1, &[]).await;
        let (new, known) = (self.env.new_id(), self.env.new_id());
        let generation = self.claim(known, None, [(host.id, vcpus(1))]).await.expect("there is room");
        assert!(self.retire(known).await, "it held something");
        assert!(!self.retire(new).await, "it never held anything");
        assert_eq!(self.held_of(host.id).await, []);
        for consumer in [new, known] {
            assert!(!self.retire(consumer).await, "retiring twice is retiring once");
            let held = self.held_by(consumer).await.expect("it is known");
            assert!(held.retired && held.resources.is_empty(), "{held:?}");
            for expected in [None, Some(generation), Some(held.generation)] {
                let late = self.claim(consumer, expected, [(host.id, vcpus(1))]).await;
                assert!(matches!(late, Err(PlacementError::Retired(id)) if id == consumer), "{late:?}");
            }
        }
        assert_eq!(self.held_of(host.id).await, []);
    }

    async fn what_is_held_does_not_vanish(&self) {
        let host = self.host(4, &[]).await;
        self.claim(self.env.new_id(), None, [(host.id, vcpus(3))]).await.expect("there is room");
        let set = |has: Option<Inventory>| async {
            let has = has.map(|has| (class::VCPU.to_owned(), has)).into_iter().collect();
            let generation = self.generation(&host).await;
            self.placement.set_provider(&self.cx, host.id, generation, &has, &BTreeSet::new()).await
        };
        for gone in [None, Some(Inventory { reserved: 4, ..Inventory::of(4) })] {
            let refused = set(gone).await;
            assert!(matches!(refused, Err(PlacementError::InUse { .. })), "{refused:?}");
        }
        set(Some(Inventory::of(2))).await.expect("less than is used");
        assert_eq!(self.held_of(host.id).await.len(), 1, "what is held stays");
        let refused = self.claim(self.env.new_id(), None, [(host.id, vcpus(1))]).await;
        assert!(matches!(refused, Err(PlacementError::NotEnough { .. })), "{refused:?}");
    }

    async fn of_many_claims_at_once_as_many_win_as_there_is_room_for(&self) {
        let host = self.host(5, &[]).await;
        let consumers: Vec<_> = (0..20).map(|_| self.env.new_id()).collect();
        let claims = consumers.iter().map(|&consumer| self.claim(consumer, None, [(host.id, vcpus(1))]));
        let mut won = 0;
        for claim in join_all(claims).await {
            match claim {
                Ok(_) => won += 1,
                Err(PlacementError::NotEnough { .. }) => {}
                Err(other) => panic!("a claim is won, or there is not enough: {other:?}"),
            }
        }
        assert_eq!(won, 5);
        assert_eq!(self.held_of(host.id).await.len(), 5);
        let retired: Vec<_> = join_all(consumers.iter().map(|&consumer| self.retire(consumer))).await;
        assert_eq!(retired.into_iter().filter(|held_something| *held_something).count(), 5);
        assert_eq!(self.held_of(host.id).await, []);
    }

    async fn clean_up(&self) {
        let Made { providers, consumers } =
            std::mem::take(&mut *self.made.lock().expect("invariant: nobody panicked"));
        for consumer in consumers {
            self.retire(consumer).await;
        }
        let (nothing, no_traits) = (BTreeMap::new(), BTreeSet::new());
        for host in providers {
            let generation = self.generation(&host).await;
            let set = self.placement.set_provider(&self.cx, host.id, generation, &nothing, &no_traits).await;
            set.expect("what nobody holds can go");
        }
    }

    async fn provider(&self) -> Provider {
        let id = self.env.new_id();
        let made = self.placement.ensure_provider(&self.cx, id, &id.to_string()).await;
        let provider = made.expect("a new provider");
        self.made.lock().expect("invariant: nobody panicked").providers.push(provider.clone());
        provider
    }

    /// A provider with so many VCPUs.
    async fn host(&self, vcpus: u64, traits: &[&String]) -> Provider {
        let host = self.provider().await;
        let has = BTreeMap::from([(class::VCPU.to_owned(), Inventory::of(vcpus))]);
        let traits = traits.iter().map(|&name| name.clone()).collect();
        let set = self.placement.set_provider(&self.cx, host.id, host.generation, &has, &traits).await;
        Provider { generation: set.expect("a setting"), ..host }
    }

    async fn generation(&self, host: &Provider) -> i64 {
        let now = self.placement.ensure_provider(&self.cx, host.id, &host.name).await;
        now.expect("the provider").generation
    }

    fn new_trait(&self) -> String {
        format!("CUSTOM_CONFORMANCE_{}", self.env.new_id().simple().to_string().to_uppercase())
    }

    async fn candidates(&self, request: &CandidateRequest) -> Result<Vec<super::Candidate>, PlacementError> {
        self.placement.candidates(&self.cx, request).await
    }

    async fn found(&self, request: &CandidateRequest) -> Vec<Uuid> {
        let found = self.candidates(request).await.expect("candidates");
        found.into_iter().map(|candidate| candidate.provider.id).collect()
    }

    async fn claim<const N: usize>(
        &self,
        consumer: Uuid,
        consumer_generation: Option<i64>,
        resources: [(Uuid, Resources); N],
    ) -> Result<i64, PlacementError> {
        let resources = BTreeMap::from(resources);
        self.send(Claim { resources, ..claim_of(consumer, consumer_generation) }).await
    }

    async fn send(&self, claim: Claim) -> Result<i64, PlacementError> {
        self.made.lock().expect("invariant: nobody panicked").consumers.insert(claim.consumer);
        self.placement.claim(&self.cx, &claim).await
    }

    async fn release(&self, consumer: Uuid, generation: i64) -> Result<i64, PlacementError> {
        self.placement.release(&self.cx, consumer, generation).await
    }

    async fn retire(&self, consumer: Uuid) -> bool {
        self.placement.retire(&self.cx, consumer).await.expect("a retirement")
    }

    async fn held_by(&self, consumer: Uuid) -> Option<ConsumerAllocations> {
        self.placement.held_by(&self.cx, consumer).await.expect("what a consumer holds")
    }

    async fn held_of(&self, provider: Uuid) -> Vec<Allocation> {
        self.placement.held_of(&self.cx, provider).await.expect("who holds what of a provider")
    }
}

/// A claim of nothing, for no group.
fn claim_of(consumer: Uuid, consumer_generation: Option<i64>) -> Claim {
    Claim {
        consumer,
        consumer_generation,
        project_id: "conformance".to_owned(),
        user_id: "conformance".to_owned(),
        resources: BTreeMap::new(),
        group: None,
    }
}

fn request() -> CandidateRequest {
    CandidateRequest { resources: vcpus(1), ..CandidateRequest::default() }
}

fn vcpus(amount: u64) -> Resources {
    Resources::from([(class::VCPU.to_owned(), amount)])
}
