//! What belongs to instances: actions and events, faults, networks, disks.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{
    BDMNotFound, InstanceActionEventNotFound, InstanceActionNotFound, InstanceInfoCacheNotFound,
    MarkerNotFound, ObjectActionError, VolumeBDMIsMultiAttach, VolumeBDMNotFound,
};
use nova_objects_catalog::{
    BlockDeviceMapping, BlockDeviceMappingList, InstanceAction, InstanceActionEvent, InstanceActionEventList,
    InstanceActionList, InstanceFault, InstanceFaultList, InstanceInfoCache,
};
use nova_objects_db::ActionError;
use nova_objects_db::actions::instance_action;
use nova_objects_db::testing::TestDb;
use serde_json::json;

use crate::actions_instance::{building, read, servers, user};
use crate::actions_support::{Ways, data, golden};

nova_objects_db::database_tests! {
    async fn an_action_and_its_events_tell_how_it_went(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        for (objects, uuid) in ways.both.iter().zip(["1", "2"]) {
            let cx = &user(test, "p1");
            building(uuid).create(cx, objects).await.unwrap();
            let missing = InstanceActionEvent::event_start(cx, objects, uuid, "build", None, None).await;
            assert!(missing.unwrap_err().is::<InstanceActionNotFound>());

            let action = InstanceAction::action_start(cx, objects, uuid, "create", None).await.unwrap().unwrap();
            assert_eq!((action.action.present().unwrap().as_str(), action.finish_time.get()), ("create", Ok(&None)));
            let quiet = InstanceActionEvent::event_start(cx, objects, uuid, "build", Some(false), Some("h1"));
            assert_eq!(quiet.await.unwrap(), None);
            let failed = InstanceActionEvent::event_finish_with_failure(
                cx, objects, uuid, "build", Some("no disk"), Some("trace"), None,
            );
            let failed = failed.await.unwrap().unwrap();
            assert_eq!((failed.result.present().unwrap().as_str(), failed.host.present().unwrap().as_str()), ("Error", "h1"));
            assert_eq!(failed.details.present().unwrap(), "no disk");
            let closed = InstanceActionEvent::event_finish(cx, objects, uuid, "build", None).await.unwrap_err();
            assert!(closed.is::<InstanceActionEventNotFound>());
            InstanceActionEvent::event_start(cx, objects, uuid, "build", None, None).await.unwrap();
            let second = InstanceActionEvent::event_finish(cx, objects, uuid, "build", None).await.unwrap().unwrap();
            assert_eq!(second.result.present().unwrap(), "Success");

            let found = InstanceAction::get_by_request_id(cx, objects, uuid, cx.request_id()).await.unwrap().unwrap();
            assert_eq!(found.message.present().unwrap(), "Error");
            let finished = InstanceAction::action_finish(cx, objects, uuid, None).await.unwrap().unwrap();
            assert!(finished.finish_time.present().is_some());
            let events = InstanceActionEventList::get_by_action(cx, objects, *found.id.get().unwrap()).await.unwrap();
            let results: Vec<_> = events.members().iter().map(|event| event.result.present().unwrap().as_str()).collect();
            assert_eq!(results, ["Success", "Error"], "the latest is first");
        }
    }

    async fn a_service_that_acts_for_nobody_ends_the_steps_of_what_was_asked_last(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let objects = &ways.both[0];
        let cx = &user(test, "p1");
        building("1").create(cx, objects).await.unwrap();
        InstanceAction::action_start(cx, objects, "1", "create", None).await.unwrap();
        let service = &RequestContext::admin(&test.env);
        assert!(InstanceActionEvent::event_start(service, objects, "1", "init", None, None).await.unwrap().is_some());
        let other = &user(test, "p1");
        assert!(InstanceActionEvent::event_start(other, objects, "1", "init", None, None).await.is_err());
    }

    async fn in_a_transaction_a_step_of_nothing_is_no_error(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = user(test, "p1");
        building("1").create(&cx, &ways.both[0]).await.unwrap();
        let done = test.db.write(move |tx| {
            let cx = cx.clone();
            async move {
                instance_action::event_start_in(&tx, &cx, "1", "build", None).await?;
                instance_action::event_finish_in(&tx, &cx, "1", "build", Some("why")).await?;
                instance_action::action_finish_in(&tx, &cx, "1").await?;
                Ok::<_, ActionError>(())
            }
        });
        done.await.unwrap();
    }

    async fn actions_are_listed_in_pages_latest_first(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let objects = &ways.both[1];
        let requests: Vec<_> = (0..3).map(|_| user(test, "p1")).collect();
        building("1").create(&requests[0], objects).await.unwrap();
        for cx in &requests {
            InstanceAction::action_start(cx, objects, "1", "reboot", Some(false)).await.unwrap();
        }
        let cx = &ways.cx;
        let page = async |limit, marker: Option<&str>| {
            let found = InstanceActionList::get_by_instance_uuid(cx, objects, "1", limit, marker, None).await?;
            Ok::<_, Fault>(found.members().iter().map(|one| one.request_id.present().unwrap().clone()).collect::<Vec<_>>())
        };
        let ids: Vec<_> = requests.iter().rev().map(|cx| cx.request_id().to_owned()).collect();
        assert_eq!(page(Some(2), None).await.unwrap(), ids[..2]);
        assert_eq!(page(None, Some(&ids[1])).await.unwrap(), ids[2..]);
        assert!(page(None, Some("nobody")).await.unwrap_err().is::<MarkerNotFound>());
    }

    async fn the_latest_fault_of_an_instance_is_shown_with_it(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = &ways.cx;
        for (objects, uuid) in ways.both.iter().zip(["1", "2"]) {
            building(uuid).create(cx, objects).await.unwrap();
            assert_eq!(InstanceFault::get_latest_for_instance(cx, objects, uuid).await.unwrap(), None);
            for text in ["first", "last"] {
                let mut fault = InstanceFault::of(uuid, Some("h1"), &Fault::new("m", text, "text"));
                fault.create(cx, objects).await.unwrap();
                assert!(fault.id.is_set() && fault.create(cx, objects).await.is_err());
            }
            let shown = read(cx, objects, uuid).await.unwrap();
            assert_eq!(shown.fault.present().unwrap().message.present().unwrap(), "last");
            let both = [uuid.to_owned()];
            let all = InstanceFaultList::get_by_instance_uuids(cx, objects, &both).await.unwrap();
            let latest = InstanceFaultList::get_latest_by_instance_uuids(cx, objects, &both).await.unwrap();
            assert_eq!((all.members().len(), latest.members().len()), (2, 1));
        }
    }

    async fn an_info_cache_is_saved_by_the_last_writer_and_made_again_when_it_is_missing(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = &ways.cx;
        for (objects, uuid) in ways.both.iter().zip(["1", "2"]) {
            building(uuid).create(cx, objects).await.unwrap();
            let mut cache = InstanceInfoCache::get_by_instance_uuid(cx, objects, uuid).await.unwrap();
            let mut other = cache.clone();
            cache.set_interfaces(&[json!({"id": "a"})]).unwrap();
            cache.save(cx, objects, None).await.unwrap();
            assert!(cache.changes().is_empty());
            other.refresh(cx, objects).await.unwrap();
            assert_eq!(other.interfaces().unwrap()[0]["id"], "a");
            cache.delete(cx, objects).await.unwrap();
            let gone = InstanceInfoCache::get_by_instance_uuid(cx, objects, uuid).await.unwrap_err();
            assert!(gone.is::<InstanceInfoCacheNotFound>());
            InstanceInfoCache::of_instance(uuid).save(cx, objects, None).await.unwrap();
            assert!(InstanceInfoCache::get_by_instance_uuid(cx, objects, uuid).await.is_ok());
        }
    }

    async fn disks_are_kept_as_nova_wrote_them_and_found_by_instance_and_volume(test: TestDb) {
        let ways = Ways::to(test, servers(test).await).await;
        let cx = &ways.cx;
        let own = ["id", "uuid", "created_at", "updated_at", "instance_uuid", "instance"];
        for (objects, uuid) in ways.both.iter().zip(["1", "2"]) {
            building(uuid).create(cx, objects).await.unwrap();
            for file in ["BlockDeviceMapping.json", "BlockDeviceMapping_volume.json"] {
                let wanted: BlockDeviceMapping = golden(file);
                let mut disk = wanted.clone();
                disk.id = BlockDeviceMapping::empty().id;
                disk.uuid = BlockDeviceMapping::empty().uuid;
                disk.instance = BlockDeviceMapping::empty().instance;
                disk.instance_uuid.set(uuid);
                disk.create(cx, objects).await.unwrap();
                let (disk, wanted) = (data(&disk, &own), data(&wanted, &own));
                for (field, value) in wanted["nova_object.data"].as_object().unwrap() {
                    assert_eq!(&disk["nova_object.data"][field], value, "{file}: {field}");
                }
            }
            let disks = BlockDeviceMappingList::get_by_instance_uuid(cx, objects, uuid, None).await.unwrap();
            assert_eq!(disks.members().len(), 2);
        }
        let objects = &ways.both[0];
        let volume = golden::<BlockDeviceMapping>("BlockDeviceMapping_volume.json").volume_id.present().unwrap().clone();
        let many = BlockDeviceMapping::get_by_volume(cx, objects, &volume, None).await.unwrap_err();
        assert!(many.is::<VolumeBDMIsMultiAttach>());
        let with = ["instance".to_owned()];
        let found = BlockDeviceMapping::get_by_volume_and_instance(cx, objects, &volume, "1", Some(&with));
        let mut found = found.await.unwrap();
        assert_eq!(found.instance.present().unwrap().uuid.get().unwrap().as_str(), "1");
        found.device_name.set("/dev/vdz".to_owned());
        found.save(cx, objects).await.unwrap();
        let mut twin = BlockDeviceMapping::empty();
        twin.instance_uuid.set("1");
        twin.device_name.set("/dev/vdz".to_owned());
        twin.boot_index.set(7);
        twin.update_or_create(cx, objects).await.unwrap();
        assert_eq!((twin.id.get(), twin.volume_id.present()), (found.id.get(), Some(&volume)));
        found.destroy(cx, objects).await.unwrap();
        assert!(found.destroy(cx, objects).await.unwrap_err().is::<ObjectActionError>());
        assert!(twin.save(cx, objects).await.unwrap_err().is::<BDMNotFound>());
        let none = BlockDeviceMappingList::get_by_volume(cx, objects, "nobody", None).await.unwrap_err();
        assert!(none.is::<VolumeBDMNotFound>());
    }
}
