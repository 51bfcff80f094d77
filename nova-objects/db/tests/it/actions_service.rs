use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use nova_core::RequestContext;
use nova_core::context::ReadDeleted;
use nova_core::group::{Beat, ServiceGroup};
use nova_core::service::Identity;
use nova_objects::{Objects, VersionedObject};
use nova_objects_catalog::exception::{
    ComputeHostNotFound, DuplicateRecord, ObjectActionError, ServiceBinaryExists, ServiceNotFound,
    ServiceTooOld, ServiceTopicExists,
};
use nova_objects_catalog::{ComputeNode, ComputeNodeList, ObjectServiceGroup, Service, ServiceList};
use nova_objects_db::DbError;
use nova_objects_db::entity::compute_node;
use nova_objects_db::testing::TestDb;
use sea_orm::EntityTrait;

use crate::actions_support::{Ways, cell, cell_of, data, golden};

/// What the store decides.
const OWN: [&str; 5] = ["id", "created_at", "updated_at", "last_seen_up", "deleted_at"];

fn compute(host: &str, version: i64) -> Service {
    let mut service = Service::empty();
    service.host.set(Some(host.to_owned()));
    service.binary.set(Some("nova-compute".to_owned()));
    service.topic.set(Some("compute".to_owned()));
    service.report_count.set(0);
    service.version.set(version);
    service
}

fn node(host: &str) -> ComputeNode {
    let mut node = ComputeNode::empty();
    node.host.set(Some(host.to_owned()));
    node.hypervisor_hostname.set(Some(host.to_owned()));
    node.hypervisor_type.set("fake");
    node
}

nova_objects_db::database_tests! {
    async fn a_service_lives_from_its_creation_over_heartbeats_to_its_end(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        let cx = &ways.cx;
        for (index, objects) in ways.both.iter().enumerate() {
            let host = format!("h{index}");
            let mut service = compute(&host, 74);
            service.create(cx, objects).await.unwrap();
            assert!(service.changes().is_empty() && service.uuid.is_set() && service.created_at.present().is_some());
            assert_eq!((service.disabled.get(), service.last_seen_up.get()), (Ok(&false), Ok(&None)));

            service.report_count.update(|count| *count += 1).unwrap();
            service.save(cx, objects).await.unwrap();
            let seen = *service.last_seen_up.present().unwrap();
            service.report_count.set(1);
            service.save(cx, objects).await.unwrap();
            assert_eq!(service.last_seen_up.present(), Some(&seen), "a count that does not grow is no heartbeat");

            let mut operator = Service::get_by_host_and_binary(cx, objects, &host, "nova-compute").await.unwrap().unwrap();
            operator.disabled.set(true);
            operator.disabled_reason.set(Some("maintenance".to_owned()));
            operator.save(cx, objects).await.unwrap();
            service.report_count.set(2);
            service.save(cx, objects).await.unwrap();
            assert_eq!(service.disabled.get(), Ok(&true), "a heartbeat undoes nothing and brings the news");

            service.destroy(cx, objects).await.unwrap();
            assert!(service.destroy(cx, objects).await.unwrap_err().is::<ServiceNotFound>());
            assert!(service.save(cx, objects).await.unwrap_err().is::<ServiceNotFound>());
            assert_eq!(Service::get_by_host_and_topic(cx, objects, &host, "compute").await.unwrap(), None);
            let gone = cx.with_read_deleted(ReadDeleted::Only);
            let uuid = service.uuid.get().unwrap().as_str();
            assert_eq!(Service::get_by_uuid(&gone, objects, uuid).await.unwrap().deleted.get(), Ok(&true));
            assert!(Service::get_by_compute_host(cx, objects, &host, None).await.unwrap_err().is::<ComputeHostNotFound>());
        }
    }

    async fn a_second_record_of_a_program_or_a_topic_on_a_host_is_refused_by_name(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        let cx = &ways.cx;
        compute("h1", 74).create(cx, &ways.both[0]).await.unwrap();
        for objects in &ways.both {
            assert!(compute("h1", 74).create(cx, objects).await.unwrap_err().is::<ServiceBinaryExists>());
            let mut other = compute("h1", 74);
            other.binary.set(Some("my-compute".to_owned()));
            assert!(other.create(cx, objects).await.unwrap_err().is::<ServiceTopicExists>());
            assert!(!other.id.is_set(), "nothing was written");
            let mut same = Service::get_by_compute_host(cx, objects, "h1", None).await.unwrap();
            assert!(same.create(cx, objects).await.unwrap_err().is::<ObjectActionError>());
        }
    }

    async fn eight_starters_on_two_pools_make_one_record(test: TestDb) {
        let first = cell(test).await;
        let registries = [first, cell_of(&test.another().await)];
        let cx = RequestContext::admin(&test.env);
        let mut starters = Vec::new();
        for index in 0..8 {
            let group = ObjectServiceGroup::new(&Objects::local(registries[index % 2].clone()));
            let cx = cx.clone();
            starters.push(test.env.spawn("starter", async move {
                let me = Identity::new("h1", "nova-compute").with_topic("compute");
                group.create_or_bump(&cx, &me, 74).await.unwrap().uuid
            }));
        }
        let mut uuids = BTreeSet::new();
        for starter in starters {
            uuids.insert(starter.await.unwrap());
        }
        assert_eq!(uuids.len(), 1);
        let objects = Objects::local(registries[0].clone());
        assert_eq!(ServiceList::get_by_host(&cx, &objects, "h1").await.unwrap().members().len(), 1);
    }

    async fn a_service_older_than_its_whole_fleet_is_refused(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        let (cx, objects) = (&ways.cx, &ways.both[1]);
        assert_eq!(Service::get_minimum_version(cx, objects, "nova-compute", None).await.unwrap(), 0);
        compute("h1", 74).create(cx, objects).await.unwrap();
        compute("h2", 75).create(cx, objects).await.unwrap();
        assert_eq!(Service::get_minimum_version(cx, objects, "nova-compute", None).await.unwrap(), 74);
        let refused = compute("h3", 73).create(cx, objects).await.unwrap_err();
        assert_eq!(refused.downcast::<ServiceTooOld>(), Some(ServiceTooOld { thisver: 73, minver: 74 }));
        let mut second = Service::get_by_compute_host(cx, objects, "h2", None).await.unwrap();
        second.version.set(73);
        assert!(second.save(cx, objects).await.unwrap_err().is::<ServiceTooOld>());
        let mut first = Service::get_by_compute_host(cx, objects, "h1", None).await.unwrap();
        first.forced_down.set(true);
        first.save(cx, objects).await.unwrap();
        assert_eq!(Service::get_minimum_version(cx, objects, "nova-compute", None).await.unwrap(), 75);
    }

    async fn services_are_listed_by_topic_program_host_and_ability(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        let (cx, objects) = (&ways.cx, &ways.both[1]);
        for host in ["h1", "h2"] {
            compute(host, 74).create(cx, objects).await.unwrap();
        }
        let mut off = Service::get_by_compute_host(cx, objects, "h2", None).await.unwrap();
        off.disabled.set(true);
        off.save(cx, objects).await.unwrap();
        let hosts = |list: ServiceList| {
            list.members().iter().map(|one| one.host.present().unwrap().clone()).collect::<Vec<_>>()
        };
        assert_eq!(hosts(ServiceList::get_by_topic(cx, objects, "compute").await.unwrap()), ["h1"]);
        assert_eq!(hosts(ServiceList::get_by_binary(cx, objects, "nova-compute", None).await.unwrap()), ["h1"]);
        let all = ServiceList::get_by_binary(cx, objects, "nova-compute", Some(true)).await.unwrap();
        assert_eq!(hosts(all), ["h1", "h2"]);
        assert_eq!(hosts(ServiceList::get_all(cx, objects, Some(true), None).await.unwrap()), ["h2"]);
        let zoned = ServiceList::get_all(cx, objects, None, Some(true)).await.unwrap();
        assert_eq!(zoned.members()[0].availability_zone.present().map(String::as_str), Some("nova"));
    }

    async fn the_service_group_finds_beats_and_lists_over_records(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        let cx = &ways.cx;
        for (index, objects) in ways.both.iter().enumerate() {
            let group: Arc<dyn ServiceGroup> = Arc::new(ObjectServiceGroup::new(objects));
            let me = Identity::new(format!("h{index}"), "nova-compute").with_topic("compute");
            assert_eq!(group.find(cx, &me).await.unwrap(), None);
            let version = 74 + i64::try_from(index).unwrap();
            let created = group.create_or_bump(cx, &me, version).await.unwrap();
            let bumped = group.create_or_bump(cx, &me, version + 1).await.unwrap();
            assert_eq!((bumped.uuid, bumped.version), (created.uuid, version + 1));
            for _ in 0..3 {
                group.beat(cx, &me, Beat::Serving).await.unwrap();
            }
            let found = group.find(cx, &me).await.unwrap().unwrap();
            assert_eq!(found.report_count, 3);
            let age = test.env.now().saturating_since(found.last_seen_up.unwrap());
            assert!(age < Duration::from_secs(60), "{age:?}");
            assert_eq!(group.members(cx, "compute").await.unwrap().len(), index + 1);
            group.leave(cx, &me).await.unwrap();
        }
    }

    async fn novas_service_and_compute_node_are_read_back_as_they_were_written(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        for (index, objects) in ways.both.iter().enumerate() {
            let mut service = golden::<Service>("Service.json");
            let expected = data(&service, &OWN);
            service = remade(&service);
            if index == 1 {
                Service::get_by_compute_host(&ways.cx, objects, "cmp1", None).await.unwrap().destroy(&ways.cx, objects).await.unwrap();
                service.uuid.set(test.env.new_id());
            }
            service.create(&ways.cx, objects).await.unwrap();
            let mut found = Service::get_by_id(&ways.cx, objects, *service.id.get().unwrap()).await.unwrap();
            if index == 1 {
                found.uuid.load(golden::<Service>("Service.json").uuid.into_value().unwrap());
            }
            assert_eq!(data(&found, &OWN), expected);
        }
        let mut node = remade(&golden::<ComputeNode>("ComputeNode.json"));
        let uuid = node.uuid.get().unwrap().as_str().to_owned();
        node.create(&ways.cx, &ways.both[1]).await.unwrap();
        let found = ComputeNode::get_by_uuid(&ways.cx, &ways.both[1], &uuid).await.unwrap();
        assert_eq!(data(&found, &OWN), data(&golden::<ComputeNode>("ComputeNode.json"), &OWN));
    }

    async fn compute_nodes_are_stored_in_columns_that_nova_reads(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        remade(&golden::<ComputeNode>("ComputeNode.json")).create(&ways.cx, &ways.both[1]).await.unwrap();
        let row = test.db.query(|tx| async move {
            Ok::<_, DbError>(compute_node::Entity::find().one(&tx).await?.unwrap())
        });
        let row = row.await.unwrap();
        let json = |text: Option<String>| serde_json::from_str::<serde_json::Value>(&text.unwrap()).unwrap();
        assert_eq!(json(row.supported_instances), serde_json::json!([["x86_64", "fake", "hvm"]]));
        assert_eq!(json(row.stats), serde_json::json!({"failed_builds": "0"}));
        assert_eq!(json(row.pci_stats)["nova_object.name"], serde_json::json!("PciDevicePoolList"));
        assert_eq!((row.metrics.as_deref(), row.host_ip.as_deref(), row.mapped), (Some("[]"), Some("127.0.0.1"), Some(1)));
    }

    async fn a_compute_node_is_unique_saved_listed_and_goes_with_its_service(test: TestDb) {
        let ways = Ways::to(test, cell(test).await).await;
        let cx = &ways.cx;
        for (index, objects) in ways.both.iter().enumerate() {
            let host = format!("h{index}");
            let mut service = compute(&host, 74);
            service.create(cx, objects).await.unwrap();
            let mut own = node(&host);
            own.create(cx, objects).await.unwrap();
            assert!(node(&host).create(cx, objects).await.unwrap_err().is::<DuplicateRecord>());
            let mut moved = node("elsewhere");
            moved.uuid.set(own.uuid.get().unwrap().clone()).unwrap();
            assert!(moved.create(cx, objects).await.unwrap_err().is::<DuplicateRecord>());

            own.vcpus.set(8);
            own.free_ram_mb.set(Some(-5));
            own.save(cx, objects, None).await.unwrap();
            let found = ComputeNode::get_by_host_and_nodename(cx, objects, &host, &host).await.unwrap();
            assert_eq!((found.vcpus.get(), found.free_ram_mb.get()), (Ok(&8), Ok(&Some(-5))));
            assert_eq!(found.cpu_allocation_ratio.get(), Ok(&4.0));
            assert_eq!(ComputeNodeList::get_all(cx, objects).await.unwrap().members().len(), 1);
            let page = ComputeNodeList::get_by_pagination(cx, objects, Some(5), Some(*own.id.get().unwrap()));
            assert!(page.await.unwrap().members().is_empty());

            own.service_id.load(Some(12345));
            assert!(own.destroy(cx, objects).await.unwrap_err().is::<ObjectActionError>(), "it belongs to another");
            service.destroy(cx, objects).await.unwrap();
            let gone = ComputeNodeList::get_all_by_host(cx, objects, &host, None).await.unwrap_err();
            assert!(gone.is::<ComputeHostNotFound>());
            assert!(own.save(cx, objects, None).await.unwrap_err().is::<ComputeHostNotFound>());
        }
    }
}

/// The same object as if someone had made it here: every field is changed, and the store has none of it.
fn remade<O: VersionedObject>(object: &O) -> O {
    let mut primitive = serde_json::to_value(object).unwrap();
    let data = primitive["nova_object.data"].as_object_mut().unwrap();
    for name in OWN.iter().chain(&["deleted"]) {
        data.remove(*name);
    }
    let names: Vec<_> = data.keys().cloned().collect();
    primitive["nova_object.changes"] = names.into();
    serde_json::from_value(primitive).unwrap()
}
