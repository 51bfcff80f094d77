use nova_core::RequestContext;
use nova_objects::VersionedObject;
use nova_objects::types::Json;
use nova_objects_catalog::exception::{
    BuildRequestNotFound, HostMappingNotFound, InstanceMappingNotFound, MarkerNotFound, ObjectActionError,
    RequestSpecNotFound,
};
use nova_objects_catalog::{
    BuildRequest, BuildRequestList, CellMapping, CellMappingList, HostMapping, HostMappingList, Instance,
    InstanceMapping, InstanceMappingList, RequestSpec, TagList,
};
use nova_objects_db::actions::{build_request, host_mapping, instance_mapping, request_spec};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{ActionError, entity};
use sea_orm::EntityTrait;
use serde_json::json;

use crate::actions_support::{Ways, api, data, golden};

fn server(uuid: &str, name: &str) -> BuildRequest {
    let mut instance = Instance::empty();
    instance.uuid.set(uuid);
    instance.display_name.set(Some(name.to_owned()));
    instance.project_id.set(Some("p1".to_owned()));
    let mut request = BuildRequest::empty();
    request.instance_uuid.set(uuid);
    request.project_id.set("p1");
    request.instance.set(instance);
    request.tags.set(TagList::of(Vec::new()));
    request
}

fn mapping(uuid: &str) -> InstanceMapping {
    let mut mapping = InstanceMapping::empty();
    mapping.instance_uuid.set(uuid);
    mapping.project_id.set("p1");
    mapping.user_id.set("u1");
    mapping
}

fn cell1() -> CellMapping {
    let mut cell = CellMapping::empty();
    cell.name.set(Some("cell1".to_owned()));
    cell.transport_url.set("rabbit://bus/");
    cell.database_connection.set("postgres://db/cell1");
    cell
}

nova_objects_db::database_tests! {
    async fn a_build_request_lives_until_exactly_one_destroys_it(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = &ways.cx;
        for (index, objects) in ways.both.iter().enumerate() {
            let uuid = format!("i{index}");
            let mut request = server(&uuid, "web");
            request.create(cx, objects).await.unwrap();
            assert!(request.id.is_set() && request.created_at.present().is_some());
            assert!(request.create(cx, objects).await.unwrap_err().is::<ObjectActionError>());
            let mut found = BuildRequest::get_by_instance_uuid(cx, objects, &uuid).await.unwrap();
            let instance = found.instance.get().unwrap();
            assert_eq!(instance.display_name.present().map(String::as_str), Some("web"));
            assert_eq!(instance.changes(), ["display_name", "project_id", "uuid"], "what its record is to be made of");
            assert_eq!((instance.deleted.get(), instance.tags.is_set()), (Ok(&false), true));
            found.instance.nested_mut().unwrap().display_name.set(Some("db".to_owned()));
            found.save(cx, objects).await.unwrap();
            let again = BuildRequest::get_by_instance_uuid(cx, objects, &uuid).await.unwrap();
            assert_eq!(again.instance.get().unwrap().display_name.present().map(String::as_str), Some("db"));
            found.destroy(cx, objects).await.unwrap();
            assert!(request.destroy(cx, objects).await.unwrap_err().is::<BuildRequestNotFound>());
            assert!(found.save(cx, objects).await.unwrap_err().is::<BuildRequestNotFound>());
        }
    }

    async fn build_requests_are_stored_as_primitives_that_nova_reads(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        server("i1", "web").create(&ways.cx, &ways.both[1]).await.unwrap();
        let row = test.db.query(|tx| async move {
            Ok::<_, ActionError>(entity::build_request::Entity::find().one(&tx).await?.unwrap())
        });
        let row = row.await.unwrap();
        let stored: serde_json::Value = serde_json::from_str(row.instance.as_deref().unwrap()).unwrap();
        assert_eq!((&stored["nova_object.name"], &stored["nova_object.namespace"]), (&json!("Instance"), &json!("nova")));
        assert_eq!(stored["nova_object.data"]["uuid"], json!("i1"));
        assert_eq!(stored["nova_object.changes"], json!(["display_name", "project_id", "uuid"]));
        let tags: serde_json::Value = serde_json::from_str(row.tags.as_deref().unwrap()).unwrap();
        assert_eq!(tags["nova_object.name"], json!("TagList"));
    }

    async fn a_user_sees_the_build_requests_of_the_project_filtered_and_paged(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let objects = &ways.both[1];
        for (uuid, name) in [("i1", "web-b"), ("i2", "web-a"), ("i3", "db")] {
            server(uuid, name).create(&ways.cx, objects).await.unwrap();
        }
        let user = |project: &str| RequestContext::builder().user("u1").project(project).build(&test.env);
        assert_eq!(BuildRequestList::get_all(&user("p1"), objects).await.unwrap().members().len(), 3);
        assert!(BuildRequestList::get_all(&user("p2"), objects).await.unwrap().members().is_empty());
        let by = [String::from("display_name")];
        let page = |marker: Option<&'static str>| {
            let filters = Json(json!({"display_name": "web", "deleted": false}));
            let (cx, by) = (user("p1"), by.clone());
            async move {
                let found = BuildRequestList::get_by_filters(&cx, objects, &filters, Some(1), marker, Some(&by), None);
                found.await.map(|found| {
                    found.members().iter().map(|one| one.instance_uuid.get().unwrap().to_string()).collect::<Vec<_>>()
                })
            }
        };
        assert_eq!(page(None).await.unwrap(), ["i2"]);
        assert_eq!(page(Some("i2")).await.unwrap(), ["i1"]);
        assert!(page(Some("i1")).await.unwrap().is_empty());
        assert!(page(Some("nobody")).await.unwrap_err().is::<MarkerNotFound>());
    }

    async fn what_a_boot_writes_is_one_transaction(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = ways.cx.clone();
        let before = test.db.stats();
        let boot = |fail: bool| {
            let cx = cx.clone();
            test.db.write(move |tx| {
                let cx = cx.clone();
                async move {
                    build_request::create_in(&tx, &cx, &mut server("i1", "web")).await?;
                    let mut spec = RequestSpec::empty();
                    spec.instance_uuid.set("i1");
                    request_spec::create_in(&tx, &cx, &mut spec).await?;
                    instance_mapping::create_in(&tx, &cx, &mut mapping("i1")).await?;
                    match fail {
                        true => Err(ActionError::fault(BuildRequestNotFound { uuid: "i1".into() })),
                        false => Ok(()),
                    }
                }
            })
        };
        assert!(boot(true).await.is_err());
        let objects = &ways.both[0];
        assert!(RequestSpec::get_by_instance_uuid(&cx, objects, "i1").await.unwrap_err().is::<RequestSpecNotFound>());
        boot(false).await.unwrap();
        assert_eq!(test.db.stats().since(before).writes, 1, "commits");
        assert!(InstanceMapping::get_by_instance_uuid(&cx, objects, "i1").await.unwrap().cell_mapping.get().unwrap().is_none());
    }

    async fn novas_request_spec_is_kept_without_what_belongs_to_one_attempt(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = &ways.cx;
        for objects in &ways.both {
            let expected = golden::<RequestSpec>("RequestSpec_db.json");
            let mut spec = RequestSpec { id: RequestSpec::empty().id, ..expected.clone() };
            spec.create(cx, objects).await.unwrap();
            let uuid = spec.instance_uuid.get().unwrap().to_string();
            let found = RequestSpec::get_by_instance_uuid(cx, objects, &uuid).await.unwrap();
            assert!(!found.has_changes());
            let unstored = ["id", "requested_destination", "requested_resources"];
            assert_eq!(data(&found, &unstored), data(&expected, &unstored));

            let full = golden::<RequestSpec>("RequestSpec_full.json");
            let mut full = RequestSpec { id: found.id.clone(), ..full };
            full.save(cx, objects).await.unwrap();
            assert!(full.network_metadata.is_set() && full.ignore_hosts.present().is_some(), "this attempt goes on");
            let mut kept = RequestSpec::get_by_instance_uuid(cx, objects, &uuid).await.unwrap();
            assert!(!kept.network_metadata.is_set());
            assert_eq!((kept.ignore_hosts.get(), kept.retry.present()), (Ok(&None), None));
            assert_eq!(kept.availability_zone.present().map(String::as_str), Some("az1"));
            kept.destroy(cx, objects).await.unwrap();
            assert!(kept.destroy(cx, objects).await.unwrap_err().is::<RequestSpecNotFound>());
            assert!(kept.save(cx, objects).await.unwrap_err().is::<RequestSpecNotFound>());
        }
    }

    async fn the_members_of_a_server_group_are_not_kept_with_the_spec(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        golden::<RequestSpec>("RequestSpec_full.json").create(&ways.cx, &ways.both[1]).await.unwrap();
        let row = test.db.query(|tx| async move {
            Ok::<_, ActionError>(entity::request_spec::Entity::find().one(&tx).await?.unwrap())
        });
        let row = row.await.unwrap();
        assert_eq!(row.instance_uuid, "ba9894f1-5eb3-4a22-9492-ea56e7e5cadb");
        let stored: serde_json::Value = serde_json::from_str(&row.spec).unwrap();
        let group = &stored["nova_object.data"]["instance_group"]["nova_object.data"];
        assert_eq!((&group["members"], &group["hosts"], &group["name"]), (&json!(null), &json!(null), &json!("g")));
        assert_eq!(stored["nova_object.data"].get("network_metadata"), None);
    }

    async fn an_instance_is_mapped_counted_queued_for_delete_and_unmapped(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = &ways.cx;
        let mut cell = cell1();
        cell.create(cx, &ways.both[1]).await.unwrap();
        for (index, objects) in ways.both.iter().enumerate() {
            let (first, second) = (format!("a{index}"), format!("b{index}"));
            let mut one = mapping(&first);
            one.create(cx, objects).await.unwrap();
            mapping(&second).create(cx, objects).await.unwrap();
            one.cell_mapping.set(Some(cell.clone()));
            one.save(cx, objects).await.unwrap();
            let mut found = InstanceMapping::get_by_instance_uuid(cx, objects, &first).await.unwrap();
            assert_eq!(found.cell_mapping.present().unwrap().name.present().map(String::as_str), Some("cell1"));
            let here = InstanceMappingList::get_by_cell_id(cx, objects, *cell.id.get().unwrap()).await.unwrap();
            assert_eq!(here.members().len(), 1);
            let counts = InstanceMappingList::get_counts(cx, objects, "p1", Some("u1")).await.unwrap();
            assert_eq!(json!(counts), json!({"project": {"instances": 2}, "user": {"instances": 2}}));

            let (cx, uuid, to) = (cx.clone(), second.clone(), cell.clone());
            let moved = test.db.write(move |tx| {
                let (cx, uuid, to) = (cx.clone(), uuid.clone(), to.clone());
                async move {
                    instance_mapping::map_in(&tx, &cx, &uuid, &to, false).await?;
                    assert!(!instance_mapping::queue_for_delete_in(&tx, &cx, "nobody").await?);
                    assert!(instance_mapping::queue_for_delete_in(&tx, &cx, &uuid).await?);
                    let counts = instance_mapping::count_in(&tx, &cx, "p1", None).await?;
                    let nobody = instance_mapping::map_in(&tx, &cx, "nobody", &to, false).await.unwrap_err();
                    assert!(nova_core::Fault::from(nobody).is::<InstanceMappingNotFound>());
                    Ok::<_, ActionError>(counts)
                }
            });
            assert_eq!(moved.await.unwrap(), 1);
            let cx = &ways.cx;
            let both = [first.clone(), second, "nobody".to_owned()];
            let found_both = InstanceMappingList::get_by_instance_uuids(cx, objects, &both).await.unwrap();
            assert_eq!(found_both.members().len(), 2);
            for mut mapping in found_both.members().to_vec() {
                mapping.destroy(cx, objects).await.unwrap();
            }
            assert!(found.destroy(cx, objects).await.unwrap_err().is::<InstanceMappingNotFound>());
            assert!(found.save(cx, objects).await.unwrap_err().is::<InstanceMappingNotFound>());
        }
    }

    async fn a_host_is_in_one_cell(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = &ways.cx;
        let mut cell = cell1();
        cell.create(cx, &ways.both[0]).await.unwrap();
        for (index, objects) in ways.both.iter().enumerate() {
            let host = format!("h{index}");
            let mut mapping = HostMapping::empty();
            mapping.host.set(host.as_str());
            mapping.cell_mapping.set(cell.clone());
            let mut second = mapping.clone();
            mapping.create(cx, objects).await.unwrap();
            let refused = second.create(cx, objects).await.unwrap_err();
            assert_eq!((refused.module(), refused.class()), ("oslo_db.exception", "DBDuplicateEntry"));
            let ensured = {
                let (cx, host, cell) = (cx.clone(), host.clone(), cell.clone());
                test.db.write(move |tx| {
                    let (cx, host, cell) = (cx.clone(), host.clone(), cell.clone());
                    async move { host_mapping::ensure_in(&tx, &cx, &host, &cell).await }
                })
            };
            assert_eq!(ensured.await.unwrap().id.get(), mapping.id.get());
            let found = HostMapping::get_by_host(cx, objects, &host).await.unwrap();
            assert_eq!(data(&found, &[]), data(&mapping, &[]));
            assert_eq!(HostMappingList::get_by_cell_id(cx, objects, *cell.id.get().unwrap()).await.unwrap().members().len(), 1);
            mapping.destroy(cx, objects).await.unwrap();
            assert!(HostMapping::get_by_host(cx, objects, &host).await.unwrap_err().is::<HostMappingNotFound>());
        }
    }

    async fn novas_mappings_are_read_back_as_they_were_written(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let (cx, objects) = (&ways.cx, &ways.both[1]);
        let recorded = golden::<CellMapping>("CellMapping.json");
        let mut cell = CellMapping::empty();
        cell.uuid.set(recorded.uuid.get().unwrap().clone());
        cell.name.set(recorded.name.get().unwrap().clone());
        cell.transport_url.set(recorded.transport_url.get().unwrap().clone());
        cell.database_connection.set(recorded.database_connection.get().unwrap().clone());
        cell.create(cx, objects).await.unwrap();
        let own = ["id", "created_at", "updated_at", "cell_mapping"];
        let uuid = cell.uuid.get().unwrap().to_string();
        let found = CellMapping::get_by_uuid(cx, objects, &uuid).await.unwrap();
        assert_eq!(data(&found, &own), data(&recorded, &own));
        assert_eq!(CellMappingList::get_by_disabled(cx, objects, false).await.unwrap().members().len(), 1);
        assert!(CellMappingList::get_by_disabled(cx, objects, true).await.unwrap().members().is_empty());

        let recorded = golden::<InstanceMapping>("InstanceMapping.json");
        let mut mapping = InstanceMapping::empty();
        mapping.instance_uuid.set(recorded.instance_uuid.get().unwrap().clone());
        mapping.project_id.set(recorded.project_id.get().unwrap().clone());
        mapping.user_id.set(recorded.user_id.get().unwrap().clone());
        mapping.cell_mapping.set(Some(cell.clone()));
        mapping.create(cx, objects).await.unwrap();
        let found = InstanceMapping::get_by_instance_uuid(cx, objects, mapping.instance_uuid.get().unwrap().as_str());
        let found = found.await.unwrap();
        assert_eq!(data(&found, &own), data(&recorded, &own));
        assert_eq!(data(found.cell_mapping.present().unwrap(), &[]), data(&cell, &[]));

        cell.disabled.set(true);
        cell.save(cx, objects).await.unwrap();
        assert_eq!(CellMappingList::get_by_disabled(cx, objects, true).await.unwrap().members().len(), 1);
    }
}
