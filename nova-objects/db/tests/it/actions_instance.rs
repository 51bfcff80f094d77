//! Instances in a cell: their life, and who may change them when.

use std::sync::Arc;

use nova_core::context::ReadDeleted;
use nova_core::{Fault, RequestContext};
use nova_objects::{Objects, Registry};
use nova_objects_catalog::exception::{
    InstanceExists, InstanceNotFound, ObjectActionError, UnexpectedDeletingTaskStateError,
    UnexpectedTaskStateError, UnexpectedVMStateError,
};
use nova_objects_catalog::{
    BlockDeviceMapping, BlockDeviceMappingList, Expected, Flavor, Instance, InstanceAction,
    InstanceActionEvent, InstanceActionEventList, InstanceActionList, InstanceFault, InstanceFaultList,
    InstanceInfoCache, InstanceList, Service, ServiceList, TaskState, VmState,
};
use nova_objects_db::actions::{CellStore, instance, instance_action, instance_fault};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{ActionError, Db, entity, schema};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use crate::actions_support::{Ways, data, golden};

/// Everything that goes with instances, in `test`, which gets the tables.
pub(crate) async fn servers(test: &TestDb) -> Registry {
    test.db.migrate(&schema::nova_main()).await.unwrap();
    servers_of(&test.db)
}

fn servers_of(db: &Db) -> Registry {
    let store = Arc::new(CellStore::new(db));
    Registry::default()
        .with::<Instance>(store.clone())
        .with::<InstanceList>(store.clone())
        .with::<InstanceInfoCache>(store.clone())
        .with::<InstanceAction>(store.clone())
        .with::<InstanceActionList>(store.clone())
        .with::<InstanceActionEvent>(store.clone())
        .with::<InstanceActionEventList>(store.clone())
        .with::<InstanceFault>(store.clone())
        .with::<InstanceFaultList>(store.clone())
        .with::<BlockDeviceMapping>(store.clone())
        .with::<BlockDeviceMappingList>(store.clone())
        .with::<Service>(store.clone())
        .with::<ServiceList>(store)
}

/// A server that is being built, not stored.
pub(crate) fn building(uuid: &str) -> Instance {
    let mut flavor: Flavor = golden("Flavor.json");
    flavor.extra_specs.set([("hw:cpu_policy".to_owned(), "dedicated".to_owned())]);
    let mut server = Instance::empty();
    server.uuid.set(uuid);
    server.project_id.set("p1".to_owned());
    server.user_id.set("u1".to_owned());
    server.display_name.set(format!("server {uuid}"));
    server.vm_state.set(VmState::Building);
    server.task_state.set(TaskState::Scheduling);
    server.vcpus.set(2);
    server.memory_mb.set(512);
    server.flavor.set(flavor);
    server.metadata.set([("role".to_owned(), "web".to_owned()), ("tier".to_owned(), "1".to_owned())]);
    server.system_metadata.set([("image_min_disk".to_owned(), Some("1".to_owned()))]);
    server
}

pub(crate) fn user(test: &TestDb, project: &str) -> RequestContext {
    RequestContext::builder().user("u1").project(project).build(&test.env)
}

const EVERYTHING: [&str; 7] =
    ["flavor", "metadata", "system_metadata", "info_cache", "fault", "keypairs", "pci_requests"];

pub(crate) async fn read(cx: &RequestContext, objects: &Objects, uuid: &str) -> Result<Instance, Fault> {
    Instance::get_by_uuid(cx, objects, uuid, Some(&EVERYTHING.map(str::to_owned)), None).await
}

async fn mark_deleting(db: &Db, cx: &RequestContext, uuid: &'static str) -> bool {
    let cx = cx.clone();
    let marked = db.write(move |tx| {
        let cx = cx.clone();
        async move { instance::mark_deleting_in(&tx, &cx, uuid).await }
    });
    marked.await.unwrap()
}

nova_objects_db::database_tests! {
    async fn an_instance_lives_from_building_over_active_to_deleted(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = &ways.cx;
        for (objects, uuid) in ways.both.iter().zip(["local", "remote"]) {
            let mut server = building(uuid);
            server.create(cx, objects).await.unwrap();
            assert!(server.changes().is_empty() && server.id.is_set() && server.created_at.present().is_some());
            assert!(building(uuid).create(cx, objects).await.unwrap_err().is::<InstanceExists>());
            assert!(server.create(cx, objects).await.unwrap_err().is::<ObjectActionError>());

            let mut found = read(cx, objects, uuid).await.unwrap();
            let flavor = found.flavor.get().unwrap();
            assert_eq!(flavor.extra_spec("hw:cpu_policy"), Some("dedicated"));
            assert_eq!(found.metadata.get().unwrap()["role"], "web");
            assert_eq!(found.info_cache.present().unwrap().interfaces().unwrap().len(), 0);
            assert_eq!(found.fault.get(), Ok(&None));

            found.vm_state.set(VmState::Active);
            found.task_state.set(None);
            found.host.set("h1".to_owned());
            found.metadata.update(|all| { all.remove("tier"); all.insert("role".into(), "db".into()); }).unwrap();
            found.info_cache.nested_mut().unwrap().as_mut().unwrap().set_interfaces(&[json!({"id": "port"})]).unwrap();
            found.save(cx, objects, None, Some(Expected::task([TaskState::Scheduling])), None).await.unwrap();
            assert!(found.changes().is_empty() && found.updated_at.present().is_some());

            let found = read(cx, objects, uuid).await.unwrap();
            assert_eq!(found.vm_state.present().unwrap(), "active");
            assert_eq!(found.metadata.get().unwrap().iter().collect::<Vec<_>>(), [(&"role".to_owned(), &"db".to_owned())]);
            assert_eq!(found.info_cache.present().unwrap().interfaces().unwrap()[0]["id"], "port");
            assert_eq!(found.display_name.present().unwrap(), &format!("server {uuid}"), "what did not change stayed");

            server.refresh(cx, objects, None).await.unwrap();
            assert_eq!((server.host.present().unwrap().as_str(), server.metadata.get().unwrap().len()), ("h1", 1));
            server.destroy(cx, objects, None).await.unwrap();
            assert!(read(cx, objects, uuid).await.unwrap_err().is::<InstanceNotFound>());
            let mut late = found;
            late.power_state.set(4);
            assert!(late.save(cx, objects, None, None, None).await.unwrap_err().is::<InstanceNotFound>());
            let gone = read(&cx.with_read_deleted(ReadDeleted::Yes), objects, uuid).await.unwrap();
            assert_eq!((gone.vm_state.present().unwrap().as_str(), gone.deleted.get()), ("deleted", Ok(&true)));
            assert!(gone.terminated_at.present().is_some() && gone.flavor.is_set());
        }
    }

    async fn a_refused_save_says_what_it_found_and_leaves_the_object_alone(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = &ways.cx;
        building("1").create(cx, &ways.both[0]).await.unwrap();
        for objects in &ways.both {
            let mut server = read(cx, objects, "1").await.unwrap();
            server.host.set("h1".to_owned());
            server.metadata.set([("lost".to_owned(), "yes".to_owned())]);
            let before = server.clone();
            let wrong = Some(Expected::task([TaskState::Spawning]).or_none());
            let refused = server.save(cx, objects, None, wrong, None).await.unwrap_err();
            let found = refused.downcast::<UnexpectedTaskStateError>().unwrap();
            assert_eq!(found.expected, json!({"task_state": ["spawning", null]}));
            assert_eq!(found.actual, json!({"task_state": "scheduling"}));
            let wrong = Some(Expected::vm([VmState::Active]));
            let refused = server.save(cx, objects, wrong, None, None).await.unwrap_err();
            assert!(refused.is::<UnexpectedVMStateError>());
            assert_eq!(server, before);
            let stored = read(cx, objects, "1").await.unwrap();
            assert_eq!((stored.host.get(), stored.metadata.get().unwrap().len()), (Ok(&None), 2));
        }
    }

    async fn of_two_saves_that_expect_the_same_exactly_one_wins(test: TestDb) {
        let one = Objects::local(servers(test).await);
        let two = Objects::local(servers_of(&test.another().await));
        let cx = &RequestContext::admin(&test.env);
        for round in 0..10 {
            let uuid = round.to_string();
            let mut server = building(&uuid);
            server.create(cx, &one).await.unwrap();
            let (mut a, mut b) = (server.clone(), server);
            a.task_state.set(TaskState::Networking);
            b.task_state.set(TaskState::Spawning);
            let expected = || Some(Expected::task([TaskState::Scheduling]));
            let (a, b) = tokio::join!(
                a.save(cx, &one, None, expected(), None),
                b.save(cx, &two, None, expected(), None)
            );
            let refusal = match (a, b) {
                (Ok(()), Err(refusal)) | (Err(refusal), Ok(())) => refusal,
                other => panic!("one must win: {other:?}"),
            };
            assert!(refusal.is::<UnexpectedTaskStateError>(), "{refusal}");
        }
    }

    async fn a_delete_during_a_build_stops_its_next_save_and_happens_once(test: TestDb) {
        let objects = Objects::local(servers(test).await);
        let cx = &RequestContext::admin(&test.env);
        let mut server = building("1");
        server.create(cx, &objects).await.unwrap();
        assert!(mark_deleting(&test.db, cx, "1").await);
        assert!(!mark_deleting(&test.db, cx, "1").await, "it is being deleted already");
        assert!(!mark_deleting(&test.db, cx, "nobody").await);
        server.task_state.set(TaskState::Spawning);
        let expected = Some(Expected::task([TaskState::Scheduling]));
        let refused = server.save(cx, &objects, None, expected, None).await.unwrap_err();
        assert!(refused.is::<UnexpectedDeletingTaskStateError>(), "{refused}");
    }

    async fn an_instance_is_destroyed_once_only_where_it_was_thought_to_be_and_its_actions_stay(test: TestDb) {
        let objects = Objects::local(servers(test).await);
        let cx = &RequestContext::admin(&test.env);
        building("1").create(cx, &objects).await.unwrap();
        InstanceAction::action_start(cx, &objects, "1", "create", None).await.unwrap();
        let mut stale = read(cx, &objects, "1").await.unwrap();
        let mut server = stale.clone();
        server.host.set("h2".to_owned());
        server.save(cx, &objects, None, None, None).await.unwrap();
        assert!(stale.destroy(cx, &objects, None).await.unwrap_err().is::<ObjectActionError>());
        let mut again = server.clone();
        server.destroy(cx, &objects, None).await.unwrap();
        assert!(!server.id.is_set());
        assert!(again.destroy(cx, &objects, None).await.unwrap_err().is::<InstanceNotFound>());
        let left = test.db.query(|tx| async move {
            use entity::instance_metadata::{Column, Entity};
            let live = Entity::find().filter(Column::Deleted.eq(0)).count(&tx).await?;
            Ok::<_, ActionError>((live, Entity::find().count(&tx).await?))
        });
        assert_eq!(left.await.unwrap(), (0, 2), "metadata is deleted with its instance, softly");
        let actions = InstanceActionList::get_by_instance_uuid(cx, &objects, "1", None, None, None).await.unwrap();
        assert_eq!(actions.members().len(), 1);
    }

    async fn a_hard_delete_leaves_no_row(test: TestDb) {
        let objects = Objects::local(servers(test).await);
        let cx = &RequestContext::admin(&test.env);
        let mut server = building("1");
        server.create(cx, &objects).await.unwrap();
        InstanceAction::action_start(cx, &objects, "1", "create", None).await.unwrap();
        InstanceActionEvent::event_start(cx, &objects, "1", "build", None, None).await.unwrap();
        server.destroy(cx, &objects, Some(true)).await.unwrap();
        let ever = &cx.with_read_deleted(ReadDeleted::Yes);
        assert!(read(ever, &objects, "1").await.unwrap_err().is::<InstanceNotFound>());
        building("1").create(cx, &objects).await.unwrap();
    }

    async fn a_user_sees_and_changes_instances_of_its_own_project_only(test: TestDb) {
        let objects = Objects::local(servers(test).await);
        let (owner, stranger) = (&user(test, "p1"), &user(test, "p2"));
        let mut server = building("1");
        server.create(owner, &objects).await.unwrap();
        assert!(read(owner, &objects, "1").await.is_ok());
        assert!(read(stranger, &objects, "1").await.unwrap_err().is::<InstanceNotFound>());
        assert_eq!(InstanceList::get_all(stranger, &objects, None).await.unwrap().members().len(), 0);
        server.display_name.set("mine".to_owned());
        assert!(server.save(stranger, &objects, None, None, None).await.unwrap_err().is::<InstanceNotFound>());
        assert!(!mark_deleting(&test.db, stranger, "1").await);
    }

    async fn what_fails_in_the_middle_leaves_nothing(test: TestDb) {
        let objects = Objects::local(servers(test).await);
        let cx = &user(test, "p1");
        let context = cx.clone();
        let failed = test.db.write(move |tx| {
            let cx = context.clone();
            async move {
                instance::create_in(&tx, &cx, &mut building("1")).await?;
                instance_action::action_start_in(&tx, &cx, "1", "create").await?;
                let nobody = &mut InstanceFault::of("nobody", None, &Fault::new("m", "C", "text"));
                instance_fault::create_in(&tx, &cx, nobody).await
            }
        });
        assert!(matches!(failed.await, Err(ActionError::Db(_))), "a fault of nobody violates a foreign key");
        assert!(read(cx, &objects, "1").await.unwrap_err().is::<InstanceNotFound>());
        building("1").create(cx, &objects).await.unwrap();
    }

    async fn what_nova_wrote_of_an_instance_is_kept_and_read_back_the_same(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = &ways.cx;
        // What no table here holds, what is another's record, and what the store decides.
        let own = ["id", "updated_at", "tags", "services", "info_cache", "keypairs", "ec2_ids"];
        for (objects, file) in ways.both.iter().zip(["Instance_db.json", "Instance_db_minimal.json"]) {
            let wanted: Instance = golden(file);
            let mut server = wanted.clone();
            server.id = Instance::empty().id;
            server.uuid.set(file);
            server.create(cx, objects).await.unwrap();
            let attrs = ["metadata", "system_metadata", "info_cache", "flavor", "fault", "numa_topology",
                "pci_requests", "pci_devices", "migration_context", "vcpu_model", "security_groups",
                "device_metadata", "trusted_certs", "resources"];
            let recorded = data(&wanted, &[]);
            let has = |name: &&str| recorded["nova_object.data"].get(*name).is_some();
            let attrs: Vec<String> = attrs.into_iter().filter(has).map(str::to_owned).collect();
            let read = Instance::get_by_uuid(cx, objects, file, Some(&attrs), None).await.unwrap();
            let text = data(&wanted, &own).to_string().replace(wanted.uuid.get().unwrap().as_str(), file);
            let wanted: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(data(&read, &own), wanted, "{file}");
        }
    }

    async fn the_columns_of_json_are_as_nova_writes_them(test: TestDb) {
        let objects = Objects::local(servers(test).await);
        let cx = &RequestContext::admin(&test.env);
        let mut server = building("1");
        server.create(cx, &objects).await.unwrap();
        server.new_flavor.set(Some(golden::<Flavor>("Flavor.json")));
        server.save(cx, &objects, None, None, None).await.unwrap();
        let row = test.db.query(|tx| async move {
            Ok::<_, ActionError>(entity::instance_extra::Entity::find().one(&tx).await?.unwrap())
        });
        let flavor: serde_json::Value = serde_json::from_str(&row.await.unwrap().flavor.unwrap()).unwrap();
        assert_eq!(flavor["cur"]["nova_object.data"]["extra_specs"], json!({"hw:cpu_policy": "dedicated"}));
        assert_eq!(flavor["new"]["nova_object.name"], "Flavor");
        assert_eq!(flavor["old"], json!(null));
        assert!(flavor["cur"].get("nova_object.changes").is_none());
    }
}
