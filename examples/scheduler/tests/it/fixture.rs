//! A small cloud: records, placement, schedulers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use nova_core::config::Config;
use nova_core::fault::NotImplemented;
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::placement::{
    Allocation, Candidate, CandidateRequest, Claim, ConsumerAllocations, GroupMembers, Inventory, Placement,
    PlacementError, Provider, class,
};
use nova_objects::{Objects, Registry};
use nova_objects_catalog::exception::ComputeHostNotFound;
use nova_objects_catalog::{
    self as objects, CELL0_UUID, CellMapping, CellMappingList, CellMappingListActions, ComputeNode,
    ComputeNodeList, ComputeNodeListActions, Selection, ServiceList, ServiceListActions,
};
use nova_objects_db::testing::TestDb;
use nova_placement::EmbeddedPlacement;
use nova_scheduler::{SchedulerManager, register_options, testing};
use uuid::Uuid;

/// The cell that hosts are in.
pub(crate) const CELL: &str = "11111111-1111-1111-1111-111111111111";

/// Records of hosts, as a store keeps them.
#[derive(Default)]
pub(crate) struct Records {
    nodes: Mutex<BTreeMap<String, ComputeNode>>,
    services: Mutex<BTreeMap<String, objects::Service>>,
    reads: AtomicUsize,
}

pub(crate) struct Cloud {
    pub(crate) env: Env,
    pub(crate) cx: RequestContext,
    pub(crate) records: Arc<Records>,
    pub(crate) placement: Arc<Disturbed>,
    _db: TestDb,
}

/// The real placement, with something in its way.
pub(crate) struct Disturbed {
    real: EmbeddedPlacement,
    claims: AtomicUsize,
    /// The claim, counted from 1, that happens and is not heard of.
    lost_answer: AtomicUsize,
    /// What is answered without asking the database, whose pool does not work on a paused clock.
    frozen: Mutex<Option<Vec<Candidate>>>,
    /// So many looks at a group see nobody in it, as they would that came before the others' claims.
    blind: AtomicUsize,
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        let db = TestDb::sqlite().await;
        let env = db.env.clone();
        let real = EmbeddedPlacement::open(&db.db).await.expect("a schema");
        let placement = Disturbed {
            real,
            claims: AtomicUsize::new(0),
            lost_answer: AtomicUsize::new(0),
            frozen: Mutex::default(),
            blind: AtomicUsize::new(0),
        };
        Self {
            cx: RequestContext::builder().user("u").project("p").build(&env),
            records: Arc::default(),
            placement: Arc::new(placement),
            _db: db,
            env,
        }
    }

    /// A host that is up, with that many virtual CPUs, mebibytes and gigabytes to give.
    pub(crate) async fn host(&self, name: &str, vcpus: u64, memory: u64, disk: u64) -> Uuid {
        let node = testing::compute_node(name);
        let id = node.uuid.value().and_then(|uuid| uuid.parse()).expect("a uuid");
        self.records.nodes.lock().unwrap().insert(id.to_string(), node);
        self.service(name, |_| {});
        let inventories = [(class::VCPU, vcpus), (class::MEMORY_MB, memory), (class::DISK_GB, disk)];
        let inventories =
            inventories.map(|(class, total)| (class.to_owned(), Inventory::of(total))).into_iter().collect();
        let provider = self.placement.ensure_provider(&self.cx, id, name).await.unwrap();
        let generation = provider.generation;
        self.placement.set_provider(&self.cx, id, generation, &inventories, &BTreeSet::new()).await.unwrap();
        id
    }

    /// Changes the service of a host, which is made if it is not there.
    pub(crate) fn service(&self, host: &str, change: impl FnOnce(&mut objects::Service)) {
        let mut services = self.records.services.lock().unwrap();
        let service = services.entry(host.to_owned()).or_insert_with(|| {
            let mut service = objects::Service::empty();
            service.host.load(Some(host.to_owned()));
            service.uuid.load(self.env.new_id());
            service.report_count.load(1);
            service.disabled.load(false);
            service.last_seen_up.load(Some(self.env.now()));
            service
        });
        change(service);
    }

    pub(crate) fn objects(&self) -> Objects {
        let registry = Registry::default()
            .with::<ComputeNodeList>(Arc::clone(&self.records) as Arc<dyn ComputeNodeListActions>)
            .with::<ServiceList>(Arc::clone(&self.records) as Arc<dyn ServiceListActions>)
            .with::<CellMappingList>(Arc::clone(&self.records) as Arc<dyn CellMappingListActions>);
        Objects::local(registry)
    }

    pub(crate) fn config(&self, options: &[(&str, &str, &str)]) -> Config {
        let builder = register_options(Config::builder()).validate_strict();
        let set = |builder: nova_core::config::ConfigBuilder, (group, name, value): &(&str, &str, &str)| {
            builder.set(group, name, *value)
        };
        options.iter().fold(builder, set).load().expect("options")
    }

    pub(crate) fn scheduler(&self, options: &[(&str, &str, &str)]) -> SchedulerManager {
        let placement = Arc::clone(&self.placement) as Arc<dyn Placement>;
        SchedulerManager::builder(&self.env, &self.config(options), self.objects(), placement)
            .build()
            .unwrap()
    }

    pub(crate) fn instances<const N: usize>(&self) -> [Uuid; N] {
        std::array::from_fn(|_| self.env.new_id())
    }

    /// Which provider each of these holds something of.
    pub(crate) async fn held(&self, instances: &[Uuid]) -> Vec<Option<Uuid>> {
        let mut held = Vec::new();
        for instance in instances {
            let holds = self.placement.held_by(&self.cx, *instance).await.unwrap();
            held.push(holds.and_then(|holds| holds.resources.keys().next().copied()));
        }
        held
    }

    /// Lets the answer to the claim that is the `claim`th from now be lost.
    pub(crate) fn lose_answer(&self, claim: usize) {
        self.placement.claims.store(0, Ordering::SeqCst);
        self.placement.lost_answer.store(claim, Ordering::SeqCst);
    }

    /// From now on placement offers what it offers now.
    pub(crate) async fn freeze_candidates(&self) {
        let resources = [(class::VCPU.to_owned(), 1)].into();
        let request = CandidateRequest { resources, ..CandidateRequest::default() };
        let now = self.placement.real.candidates(&self.cx, &request).await.unwrap();
        *self.placement.frozen.lock().unwrap() = Some(now);
    }

    /// The next look at a group comes before everybody else's claims.
    pub(crate) fn look_too_early(&self) {
        self.placement.blind.store(1, Ordering::SeqCst);
    }

    pub(crate) fn reads(&self) -> usize {
        self.records.reads.load(Ordering::SeqCst)
    }
}

/// The hosts of an answer.
pub(crate) fn names(hosts: &[Vec<Selection>]) -> Vec<Vec<String>> {
    let name = |selection: &Selection| selection.service_host.value().cloned().unwrap_or_default();
    hosts.iter().map(|hosts| hosts.iter().map(name).collect()).collect()
}

fn not_here<T>() -> Result<T, Fault> {
    Err(NotImplemented { message: "the scheduler does not ask for it".to_owned() }.into())
}

#[async_trait]
impl ComputeNodeListActions for Records {
    async fn get_all(&self, _: &RequestContext) -> Result<ComputeNodeList, Fault> {
        not_here()
    }

    async fn get_all_by_host(
        &self,
        _: &RequestContext,
        host: &str,
        _: Option<bool>,
    ) -> Result<ComputeNodeList, Fault> {
        let nodes = self.nodes.lock().unwrap();
        let of_host = |node: &&ComputeNode| node.host.present().is_some_and(|name| name == host);
        let found: Vec<ComputeNode> = nodes.values().filter(of_host).cloned().collect();
        if found.is_empty() {
            return Err(ComputeHostNotFound { host: host.to_owned() }.into());
        }
        Ok(ComputeNodeList::of(found))
    }

    async fn get_all_by_uuids(
        &self,
        _: &RequestContext,
        compute_uuids: &[String],
    ) -> Result<ComputeNodeList, Fault> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let nodes = self.nodes.lock().unwrap();
        Ok(ComputeNodeList::of(compute_uuids.iter().filter_map(|uuid| nodes.get(uuid).cloned()).collect()))
    }

    async fn get_all_by_not_mapped(&self, _: &RequestContext, _: i64) -> Result<ComputeNodeList, Fault> {
        not_here()
    }

    async fn get_by_hypervisor(&self, _: &RequestContext, _: &str) -> Result<ComputeNodeList, Fault> {
        not_here()
    }

    async fn get_by_pagination(
        &self,
        _: &RequestContext,
        _: Option<i64>,
        _: Option<i64>,
    ) -> Result<ComputeNodeList, Fault> {
        not_here()
    }
}

#[async_trait]
impl ServiceListActions for Records {
    async fn get_all(
        &self,
        _: &RequestContext,
        _: Option<bool>,
        _: Option<bool>,
    ) -> Result<ServiceList, Fault> {
        not_here()
    }

    async fn get_by_binary(
        &self,
        _: &RequestContext,
        binary: &str,
        include_disabled: Option<bool>,
    ) -> Result<ServiceList, Fault> {
        assert_eq!((binary, include_disabled), ("nova-compute", Some(true)));
        Ok(ServiceList::of(self.services.lock().unwrap().values().cloned().collect()))
    }

    async fn get_by_topic(&self, _: &RequestContext, _: &str) -> Result<ServiceList, Fault> {
        not_here()
    }

    async fn get_by_host(&self, _: &RequestContext, _: &str) -> Result<ServiceList, Fault> {
        not_here()
    }
}

#[async_trait]
impl CellMappingListActions for Records {
    async fn get_all(&self, _: &RequestContext) -> Result<CellMappingList, Fault> {
        let cell = |uuid: &str| {
            let mut cell = CellMapping::empty();
            cell.uuid.load(uuid);
            cell.disabled.load(false);
            cell
        };
        Ok(CellMappingList::of(vec![cell(CELL0_UUID), cell(CELL)]))
    }

    async fn get_by_disabled(&self, _: &RequestContext, _: bool) -> Result<CellMappingList, Fault> {
        not_here()
    }
}

#[async_trait]
impl Placement for Disturbed {
    async fn ensure_provider(
        &self,
        cx: &RequestContext,
        id: Uuid,
        name: &str,
    ) -> Result<Provider, PlacementError> {
        self.real.ensure_provider(cx, id, name).await
    }

    async fn set_provider(
        &self,
        cx: &RequestContext,
        id: Uuid,
        generation: i64,
        inventories: &BTreeMap<String, Inventory>,
        traits: &BTreeSet<String>,
    ) -> Result<i64, PlacementError> {
        self.real.set_provider(cx, id, generation, inventories, traits).await
    }

    async fn candidates(
        &self,
        cx: &RequestContext,
        request: &CandidateRequest,
    ) -> Result<Vec<Candidate>, PlacementError> {
        let frozen = self.frozen.lock().unwrap().clone();
        match frozen {
            Some(candidates) => Ok(candidates),
            None => self.real.candidates(cx, request).await,
        }
    }

    async fn claim(&self, cx: &RequestContext, claim: &Claim) -> Result<i64, PlacementError> {
        let generation = self.real.claim(cx, claim).await?;
        let count = self.claims.fetch_add(1, Ordering::SeqCst) + 1;
        if count == self.lost_answer.load(Ordering::SeqCst) {
            return Err(PlacementError::Failed(Fault::new("test", "Lost", "the answer was lost")));
        }
        Ok(generation)
    }

    async fn held_by(
        &self,
        cx: &RequestContext,
        consumer: Uuid,
    ) -> Result<Option<ConsumerAllocations>, PlacementError> {
        self.real.held_by(cx, consumer).await
    }

    async fn release(
        &self,
        cx: &RequestContext,
        consumer: Uuid,
        generation: i64,
    ) -> Result<i64, PlacementError> {
        self.real.release(cx, consumer, generation).await
    }

    async fn retire(&self, cx: &RequestContext, consumer: Uuid) -> Result<bool, PlacementError> {
        self.real.retire(cx, consumer).await
    }

    async fn members_of(&self, cx: &RequestContext, group: Uuid) -> Result<GroupMembers, PlacementError> {
        let blind = self.blind.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |looks| looks.checked_sub(1));
        if blind.is_ok() {
            return Ok(GroupMembers::new());
        }
        self.real.members_of(cx, group).await
    }

    async fn held_of(&self, cx: &RequestContext, provider: Uuid) -> Result<Vec<Allocation>, PlacementError> {
        self.real.held_of(cx, provider).await
    }
}
