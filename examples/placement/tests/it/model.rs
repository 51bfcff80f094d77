//! Any sequence of operations, against a model in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use nova_neighbours::placement::{
    Allocation, CandidateRequest, Claim, ConsumerAllocations, GroupClaim, GroupMembers, GroupRule, Inventory,
    Placement, PlacementError, Resources,
};
use nova_objects_db::testing::TestDb;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use crate::fixture::Fixture;

const CLASSES: [&str; 2] = ["VCPU", "MEMORY_MB"];

#[derive(Clone, Debug)]
enum Op {
    Set {
        host: usize,
        inventories: BTreeMap<String, Inventory>,
        stale: bool,
    },
    Claim {
        consumer: usize,
        wrong_generation: bool,
        resources: BTreeMap<usize, Resources>,
        group: Option<(usize, GroupRule)>,
    },
    Release {
        consumer: usize,
        wrong_generation: bool,
    },
    Retire {
        consumer: usize,
    },
}

fn inventory() -> impl Strategy<Value = Inventory> {
    let ratio = prop::sample::select(vec![0.5, 1.0, 1.5, 4.0]);
    (0..10_u64, 0..3_u64, 1..3_u64, 1..12_u64, 1..3_u64, ratio).prop_map(
        |(total, reserved, min_unit, max_unit, step_size, allocation_ratio)| Inventory {
            total,
            reserved: reserved.min(total),
            min_unit,
            max_unit,
            step_size,
            allocation_ratio,
        },
    )
}

fn of_class<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
    least: usize,
) -> impl Strategy<Value = BTreeMap<String, T>> {
    let name = prop::sample::select(CLASSES.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_map(name, value, least..3)
}

fn op() -> impl Strategy<Value = Op> {
    let set = (0..3_usize, of_class(inventory(), 0), prop::bool::weighted(0.1))
        .prop_map(|(host, inventories, stale)| Op::Set { host, inventories, stale });
    let amounts = of_class(prop_oneof![9 => 1..6_u64, 1 => Just(u64::MAX)], 1);
    let resources = prop::collection::btree_map(0..3_usize, amounts, 1..3);
    let rule = prop_oneof![
        3 => Just(GroupRule::AtMost(1)),
        2 => Just(GroupRule::AtMost(2)),
        3 => Just(GroupRule::Together),
        1 => Just(GroupRule::Anywhere),
    ];
    let group = prop::option::weighted(0.7, (0..2_usize, rule));
    let claim = (0..5_usize, prop::bool::weighted(0.1), resources, group).prop_map(
        |(consumer, wrong_generation, resources, group)| Op::Claim {
            consumer,
            wrong_generation,
            resources,
            group,
        },
    );
    let release = (0..5_usize, prop::bool::weighted(0.1))
        .prop_map(|(consumer, wrong_generation)| Op::Release { consumer, wrong_generation });
    let retire = (0..5_usize).prop_map(|consumer| Op::Retire { consumer });
    prop_oneof![4 => set, 12 => claim, 4 => release, 1 => retire]
}

/// What placement should be: the same rules, with nothing at the same time.
#[derive(Default)]
struct Model {
    hosts: BTreeMap<Uuid, (i64, BTreeMap<String, Inventory>)>,
    consumers: BTreeMap<Uuid, ConsumerAllocations>,
    /// Which group each consumer that holds something is in.
    groups: BTreeMap<Uuid, Uuid>,
}

impl Model {
    fn used(&self, host: Uuid, class: &str) -> u64 {
        let of_host = |held: &ConsumerAllocations| held.resources.get(&host)?.get(class).copied();
        self.consumers.values().filter_map(of_host).sum()
    }

    fn set(
        &mut self,
        host: Uuid,
        generation: i64,
        wanted: &BTreeMap<String, Inventory>,
    ) -> Result<i64, PlacementError> {
        let (current, has) = &self.hosts[&host];
        if *current != generation {
            return Err(PlacementError::ConcurrentUpdate {
                provider: host,
                expected: generation,
                current: *current,
            });
        }
        if has == wanted {
            return Ok(generation);
        }
        for class in CLASSES {
            let gone = wanted.get(class).is_none_or(|inventory| inventory.capacity() == 0);
            if gone && self.used(host, class) > 0 {
                return Err(PlacementError::InUse { provider: host, class: class.to_owned() });
            }
        }
        self.hosts.insert(host, (generation + 1, wanted.clone()));
        Ok(generation + 1)
    }

    fn claim(&mut self, claim: &Claim) -> Result<i64, PlacementError> {
        let known = self.consumers.get(&claim.consumer);
        if known.is_some_and(|held| held.retired) {
            return Err(PlacementError::Retired(claim.consumer));
        }
        let current = known.map(|held| held.generation);
        if current != claim.consumer_generation {
            let (consumer, expected) = (claim.consumer, claim.consumer_generation);
            return Err(PlacementError::ConsumerChanged { consumer, expected, current });
        }
        let held = self.consumers.remove(&claim.consumer);
        for (&provider, resources) in &claim.resources {
            for (class, &amount) in resources {
                let inventory = self.hosts[&provider].1.get(class);
                let admitted = inventory.is_some_and(|has| has.admits(self.used(provider, class), amount));
                if !admitted {
                    self.consumers.extend(held.map(|held| (claim.consumer, held)));
                    return Err(PlacementError::NotEnough { provider, class: class.clone(), amount });
                }
            }
        }
        if let Some(GroupClaim { group, rule }) = claim.group {
            // What the consumer itself held is given back already.
            let others = self.members_of(group);
            let may = |provider: &Uuid| match rule {
                GroupRule::Anywhere => true,
                GroupRule::Together => others.is_empty() || others.contains_key(provider),
                GroupRule::AtMost(most) => others.get(provider).map_or(0, BTreeSet::len) < most as usize,
            };
            if let Some(&provider) = claim.resources.keys().find(|provider| !may(provider)) {
                self.consumers.extend(held.map(|held| (claim.consumer, held)));
                return Err(PlacementError::GroupConflict { group, consumer: claim.consumer, provider });
            }
        }
        self.groups.remove(&claim.consumer);
        self.groups.extend(claim.group.map(|group| (claim.consumer, group.group)));
        let before = held.into_iter().flat_map(|held| held.resources.into_keys());
        for host in before.chain(claim.resources.keys().copied()).collect::<BTreeSet<_>>() {
            self.hosts.get_mut(&host).unwrap().0 += 1;
        }
        let generation = current.unwrap_or(0) + 1;
        let now = ConsumerAllocations { generation, resources: claim.resources.clone(), retired: false };
        self.consumers.insert(claim.consumer, now);
        Ok(generation)
    }

    fn release(&mut self, consumer: Uuid, expected: i64) -> Result<i64, PlacementError> {
        let current = self.consumers.get(&consumer).map(|held| held.generation);
        if current != Some(expected) {
            return Err(PlacementError::ConsumerChanged { consumer, expected: Some(expected), current });
        }
        if self.consumers[&consumer].resources.is_empty() {
            return Ok(expected);
        }
        self.empty(consumer);
        Ok(expected + 1)
    }

    fn retire(&mut self, consumer: Uuid) -> bool {
        if self.consumers.get(&consumer).is_some_and(|held| held.retired) {
            return false;
        }
        let held_something = self.empty(consumer);
        self.consumers.get_mut(&consumer).unwrap().retired = true;
        held_something
    }

    /// One generation on, holding nothing.
    fn empty(&mut self, consumer: Uuid) -> bool {
        let nothing = ConsumerAllocations { generation: 0, resources: BTreeMap::new(), retired: false };
        let held = self.consumers.entry(consumer).or_insert(nothing);
        held.generation += 1;
        let resources = std::mem::take(&mut held.resources);
        self.groups.remove(&consumer);
        for host in resources.keys() {
            self.hosts.get_mut(host).unwrap().0 += 1;
        }
        !resources.is_empty()
    }

    /// By what consumers hold.
    fn members_of(&self, group: Uuid) -> GroupMembers {
        let mut members = GroupMembers::new();
        for (&consumer, held) in &self.consumers {
            if self.groups.get(&consumer) == Some(&group) {
                for &provider in held.resources.keys() {
                    members.entry(provider).or_default().insert(consumer);
                }
            }
        }
        members
    }

    fn held_of(&self, host: Uuid) -> Vec<Allocation> {
        let of_host = |(&consumer, held): (&Uuid, &ConsumerAllocations)| {
            held.resources.get(&host).map(|resources| Allocation { consumer, resources: resources.clone() })
        };
        self.consumers.iter().filter_map(of_host).collect()
    }
}

struct Run<'a> {
    real: &'a Fixture,
    model: Model,
    hosts: Vec<Uuid>,
    consumers: Vec<Uuid>,
    groups: Vec<Uuid>,
}

impl<'a> Run<'a> {
    async fn new(real: &'a Fixture) -> Self {
        let (hosts, consumers) = (real.ids(3), real.ids(5));
        let mut model = Model::default();
        for &host in &hosts {
            real.placement.ensure_provider(&real.cx, host, &host.to_string()).await.unwrap();
            model.hosts.insert(host, (0, BTreeMap::new()));
        }
        Self { real, model, hosts, consumers, groups: real.ids(2) }
    }

    async fn step(&mut self, op: &Op) {
        let (placement, cx) = (&self.real.placement, &self.real.cx);
        match op {
            Op::Set { host, inventories, stale } => {
                let host = self.hosts[*host];
                let generation = self.model.hosts[&host].0 - i64::from(*stale);
                let real = placement.set_provider(cx, host, generation, inventories, &BTreeSet::new()).await;
                same(&real, &self.model.set(host, generation, inventories));
            }
            Op::Claim { consumer, wrong_generation, resources, group } => {
                let consumer = self.consumers[*consumer];
                let held = self.model.consumers.get(&consumer).map(|held| held.generation);
                let claim = Claim {
                    consumer,
                    consumer_generation: if *wrong_generation { held.xor(Some(7)) } else { held },
                    project_id: "p".to_owned(),
                    user_id: "u".to_owned(),
                    resources: resources.iter().map(|(n, of)| (self.hosts[*n], of.clone())).collect(),
                    group: group.map(|(n, rule)| GroupClaim { group: self.groups[n], rule }),
                };
                let real = placement.claim(cx, &claim).await;
                same(&real, &self.model.claim(&claim));
                if real.is_ok() {
                    self.check_not_oversold(&claim).await;
                    self.check_rule(&claim).await;
                }
            }
            Op::Release { consumer, wrong_generation } => {
                let consumer = self.consumers[*consumer];
                let held = self.model.consumers.get(&consumer).map_or(0, |held| held.generation);
                let generation = held + i64::from(*wrong_generation);
                let real = placement.release(cx, consumer, generation).await;
                same(&real, &self.model.release(consumer, generation));
            }
            Op::Retire { consumer } => {
                let consumer = self.consumers[*consumer];
                assert_eq!(self.real.retire(consumer).await, self.model.retire(consumer));
            }
        }
        self.check().await;
    }

    /// By what the database says, not the model.
    async fn check_not_oversold(&self, claim: &Claim) {
        for (&host, resources) in &claim.resources {
            let held = self.real.placement.held_of(&self.real.cx, host).await.unwrap();
            for class in resources.keys() {
                let used: u64 = held.iter().filter_map(|allocation| allocation.resources.get(class)).sum();
                assert!(used <= self.model.hosts[&host].1[class].capacity(), "{class} of {host} is oversold");
            }
        }
    }

    /// The same of the group.
    async fn check_rule(&self, claim: &Claim) {
        let Some(GroupClaim { group, rule }) = claim.group else { return };
        let members = self.real.placement.members_of(&self.real.cx, group).await.unwrap();
        for provider in claim.resources.keys() {
            match rule {
                GroupRule::Anywhere => {}
                GroupRule::AtMost(most) => assert!(members[provider].len() <= most as usize, "{members:?}"),
                GroupRule::Together => {
                    let alone = members.values().flatten().all(|member| *member == claim.consumer);
                    assert!(alone || members[provider].len() > 1, "{members:?}");
                }
            }
        }
    }

    async fn check(&self) {
        let (placement, cx) = (&self.real.placement, &self.real.cx);
        for &group in &self.groups {
            assert_eq!(placement.members_of(cx, group).await.unwrap(), self.model.members_of(group));
        }
        for &consumer in &self.consumers {
            let held = placement.held_by(cx, consumer).await.unwrap();
            assert_eq!(held.as_ref(), self.model.consumers.get(&consumer));
        }
        for (&host, (generation, has)) in &self.model.hosts {
            assert_eq!(placement.held_of(cx, host).await.unwrap(), self.model.held_of(host));
            for (class, amount) in CLASSES.iter().flat_map(|class| [(*class, 1), (*class, 4)]) {
                let resources = Resources::from([(class.to_owned(), amount)]);
                let request = CandidateRequest { resources, only: Some(host), ..CandidateRequest::default() };
                let found = placement.candidates(cx, &request).await.unwrap();
                let used = self.model.used(host, class);
                let admits = has.get(class).is_some_and(|inventory| inventory.admits(used, amount));
                assert_eq!(found.len(), usize::from(admits), "{class} {amount}");
                for candidate in found {
                    assert_eq!(candidate.provider.generation, *generation);
                    for (class, summary) in candidate.summary {
                        assert_eq!(summary.used, self.model.used(host, &class));
                        assert_eq!(summary.capacity, has[&class].capacity());
                    }
                }
            }
        }
    }
}

/// The same value, or a refusal of the same kind about the same things.
fn same<T: PartialEq + std::fmt::Debug>(real: &Result<T, PlacementError>, model: &Result<T, PlacementError>) {
    match (real, model) {
        (Ok(real), Ok(model)) => assert_eq!(real, model),
        (Err(real), Err(model)) => {
            assert_eq!(discriminant(real), discriminant(model), "{real:?} {model:?}");
            assert_eq!(real.to_string(), model.to_string());
        }
        _ => panic!("placement: {real:?}, the model: {model:?}"),
    }
}

nova_objects_db::database_tests! {
    async fn any_sequence_of_operations_does_what_the_model_does_oversells_nothing_and_breaks_no_groups_rule(test: TestDb) {
        let fixture = Fixture::open(&test.db).await;
        let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let runtime = tokio::runtime::Handle::current();
        let sequences = prop::collection::vec(op(), 1..25);
        let outcome = tokio::task::block_in_place(|| {
            runner.run(&sequences, |ops| {
                runtime.block_on(async {
                    let mut run = Run::new(&fixture).await;
                    for op in &ops {
                        run.step(op).await;
                    }
                });
                Ok(())
            })
        });
        outcome.unwrap();
    }
}
