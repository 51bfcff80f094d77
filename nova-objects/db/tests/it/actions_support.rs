//! Objects in a database, reached here and through a conductor.

use std::path::PathBuf;
use std::sync::Arc;

use nova_core::RequestContext;
use nova_objects::action::ObjectApiDispatcher;
use nova_objects::{ObjectEndpoint, Objects, Registry, VersionedObject};
use nova_objects_catalog::{
    BuildRequest, BuildRequestList, CellMapping, CellMappingList, ComputeNode, ComputeNodeList, Flavor,
    FlavorList, HostMapping, HostMappingList, InstanceGroup, InstanceGroupList, InstanceMapping,
    InstanceMappingList, RequestSpec, Service, ServiceList,
};
use nova_objects_db::actions::{ApiStore, CellStore};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, schema};
use nova_rpc::transport::memory::MemoryBus;
use nova_rpc::{Client, Server};

/// The API database's objects in `db`, which gets the tables.
pub(crate) async fn api(test: &TestDb) -> Registry {
    test.db.migrate(&schema::nova_api()).await.unwrap();
    let store = Arc::new(ApiStore::new(&test.db));
    Registry::default()
        .with::<BuildRequest>(store.clone())
        .with::<BuildRequestList>(store.clone())
        .with::<RequestSpec>(store.clone())
        .with::<InstanceMapping>(store.clone())
        .with::<InstanceMappingList>(store.clone())
        .with::<HostMapping>(store.clone())
        .with::<HostMappingList>(store.clone())
        .with::<CellMapping>(store.clone())
        .with::<CellMappingList>(store.clone())
        .with::<Flavor>(store.clone())
        .with::<FlavorList>(store.clone())
        .with::<InstanceGroup>(store.clone())
        .with::<InstanceGroupList>(store)
}

/// The cell's objects in `db`, which has the tables.
pub(crate) fn cell_of(db: &Db) -> Registry {
    let store = Arc::new(CellStore::new(db));
    Registry::default()
        .with::<Service>(store.clone())
        .with::<ServiceList>(store.clone())
        .with::<ComputeNode>(store.clone())
        .with::<ComputeNodeList>(store)
}

/// The cell's objects in `test`, which gets the tables.
pub(crate) async fn cell(test: &TestDb) -> Registry {
    test.db.migrate(&schema::nova_main()).await.unwrap();
    cell_of(&test.db)
}

/// The same objects here and through a conductor.
pub(crate) struct Ways {
    pub(crate) both: [Objects; 2],
    pub(crate) cx: RequestContext,
    _server: Server,
}

impl Ways {
    pub(crate) async fn to(test: &TestDb, registry: Registry) -> Self {
        let bus = MemoryBus::new(&test.env);
        let endpoint = ObjectApiDispatcher::new(Arc::new(ObjectEndpoint::new(registry.clone())));
        let server = Server::new(&bus.connect(&test.env), "conductor").endpoint(endpoint);
        server.listen("conductor-1").await.unwrap();
        let remote = Objects::remote(&Client::new(&bus.connect(&test.env)));
        Self {
            both: [Objects::local(registry), remote],
            cx: RequestContext::admin(&test.env),
            _server: server,
        }
    }
}

/// What Nova wrote.
pub(crate) fn golden<O: VersionedObject>(file: &str) -> O {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/objects").join(file);
    let recorded: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    serde_json::from_value(recorded["primitive"].clone()).unwrap()
}

/// The data of the primitive without changes and without what the store decides.
pub(crate) fn data<O: VersionedObject>(object: &O, without: &[&str]) -> serde_json::Value {
    let mut object = object.clone();
    object.reset_changes();
    let mut primitive = serde_json::to_value(&object).unwrap();
    let data = primitive["nova_object.data"].as_object_mut().unwrap();
    for name in without {
        data.remove(*name);
    }
    primitive
}
