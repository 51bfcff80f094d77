//! Listings of instances.

use nova_core::RequestContext;
use nova_objects::Objects;
use nova_objects::types::Json;
use nova_objects_catalog::exception::{InvalidSortKey, MarkerNotFound, ObjectActionError};
use nova_objects_catalog::{InstanceList, TaskState, VmState};
use nova_objects_db::testing::TestDb;
use serde_json::{Value, json};

use crate::actions_instance::{building, servers, user};

/// Five servers: 0 to 3 on hosts h0 and h1, the last one is soft-deleted and on no host.
async fn fleet(test: &TestDb, cx: &RequestContext) -> Objects {
    let objects = Objects::local(servers(test).await);
    for at in 0..5 {
        let mut server = building(&at.to_string());
        server.display_name.set(["web-1", "web_2", "db%", "db.4", "old"][at].to_owned());
        server.host.set((at < 4).then(|| format!("h{}", at % 2)));
        server.node.set(Some("n".to_owned()));
        server.launch_index.set((at > 1).then_some(at as i64 % 2));
        server.vm_state.set([VmState::Active, VmState::SoftDeleted][at / 4]);
        server.metadata.set([("at".to_owned(), at.to_string())]);
        server.create(cx, &objects).await.unwrap();
    }
    objects
}

async fn uuids(cx: &RequestContext, objects: &Objects, filters: Value) -> Vec<String> {
    let filters = Json(filters);
    let found = InstanceList::get_by_filters(
        cx,
        objects,
        &filters,
        Some("created_at"),
        Some("asc"),
        None,
        None,
        None,
        None,
        None,
        None,
    );
    names(&found.await.unwrap())
}

fn names(list: &InstanceList) -> Vec<String> {
    list.members().iter().map(|server| server.uuid.get().unwrap().to_string()).collect()
}

nova_objects_db::database_tests! {
    async fn filters_are_novas(test: TestDb) {
        let cx = &RequestContext::admin(&test.env);
        let objects = &fleet(test, cx).await;
        for (filters, found) in [
            (json!({"deleted": false}), "0123"),
            (json!({"deleted": false, "soft_deleted": true}), "01234"),
            (json!({"deleted": true}), "4"),
            (json!({"host": "h1"}), "13"),
            (json!({"host": ["h0", null]}), "024"),
            (json!({"uuid": ["3", "1"], "unheard of": 1}), "13"),
            (json!({"uuid": []}), ""),
            (json!({"display_name": "web"}), "01"),
            (json!({"display_name": "db%"}), "2"),
            (json!({"display_name": "web_2"}), "1"),
            (json!({"vcpus": "2", "host": "h0"}), "02"),
            (json!({"task_state": null}), ""),
            (json!({"metadata": {"at": "2"}}), "2"),
            (json!({"metadata": [{"at": "2"}, {"at": "3"}]}), ""),
            (json!({"system_metadata": {"image_min_disk": "1"}, "host": "h1"}), "13"),
            (json!({"tags": ["x"]}), ""),
            (json!({"not-tags": ["x"], "host": "h1"}), "13"),
            (json!({"changes-since": "2999-01-01T00:00:00Z"}), ""),
        ] {
            assert_eq!(uuids(cx, objects, filters.clone()).await.concat(), found, "{filters}");
        }
    }

    async fn pages_join_to_the_whole_in_every_order_also_over_nulls(test: TestDb) {
        let cx = &RequestContext::admin(&test.env);
        let objects = &fleet(test, cx).await;
        for (keys, dirs) in [
            (vec!["launch_index"], vec!["asc"]),
            (vec!["launch_index", "display_name"], vec!["desc", "asc"]),
            (vec!["uuid"], vec!["desc"]),
            (vec![], vec![]),
        ] {
            let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            let (keys, dirs) = (owned(&keys), owned(&dirs));
            let page = async |limit: Option<i64>, marker: Option<String>| {
                let filters = Json(json!({}));
                let found = InstanceList::get_by_filters(
                    cx, objects, &filters, None, None, limit, marker.as_deref(), None, None,
                    Some(&keys), Some(&dirs),
                );
                names(&found.await.unwrap())
            };
            let whole = page(None, None).await;
            assert_eq!(whole.len(), 5);
            let mut joined = Vec::new();
            loop {
                let next = page(Some(2), joined.last().cloned()).await;
                if next.is_empty() {
                    break;
                }
                joined.extend(next);
            }
            assert_eq!(joined, whole, "{keys:?} {dirs:?}");
        }
    }

    async fn what_cannot_be_listed_is_refused_by_name(test: TestDb) {
        let cx = &RequestContext::admin(&test.env);
        let objects = &fleet(test, cx).await;
        let ask = |key: &'static str, marker: Option<&'static str>, attrs: Option<Vec<String>>| async move {
            let filters = Json(json!({}));
            InstanceList::get_by_filters(
                cx, objects, &filters, Some(key), None, None, marker, attrs.as_deref(), None, None, None,
            )
            .await
            .unwrap_err()
        };
        assert!(ask("beauty", None, None).await.is::<InvalidSortKey>());
        assert!(ask("id", Some("nobody"), None).await.is::<MarkerNotFound>());
        assert!(ask("id", None, Some(vec!["beauty".to_owned()])).await.is::<ObjectActionError>());
    }

    async fn hosts_know_their_instances_and_projects_what_they_use(test: TestDb) {
        let cx = &RequestContext::admin(&test.env);
        let objects = &fleet(test, cx).await;
        let attrs = ["metadata".to_owned(), "services".to_owned()];
        let on_host = InstanceList::get_by_host(cx, objects, "h1", Some(&attrs), None).await.unwrap();
        assert_eq!(names(&on_host), ["1", "3"]);
        assert_eq!(on_host.members()[1].metadata.get().unwrap()["at"], "3");
        assert_eq!(on_host.members()[1].services.get().unwrap().members().len(), 0);
        let node = InstanceList::get_by_host_and_node(cx, objects, "h1", "other", None).await.unwrap();
        assert_eq!(names(&node), Vec::<String>::new());
        assert_eq!(InstanceList::get_uuids_by_host_and_node(cx, objects, "h0", "n").await.unwrap(), ["0", "2"]);
        let hosts = ["h0".to_owned(), "h9".to_owned()];
        let by_host = InstanceList::get_uuids_by_hosts(cx, objects, &hosts).await.unwrap();
        assert_eq!((by_host["h0"].len(), by_host["h9"].len()), (2, 0));

        let counts = InstanceList::get_counts(cx, objects, "p1", Some("u2")).await.unwrap();
        assert_eq!(counts["project"]["instances"], 4, "a soft-deleted instance does not count");
        assert_eq!((counts["project"]["cores"], counts["project"]["ram"]), (8, 4 * 512));
        assert_eq!(counts["user"]["instances"], 0);
        assert_eq!(counts["user"]["cores"], 0);
    }

    async fn an_instance_rebooting_for_too_long_is_found(test: TestDb) {
        let cx = &user(test, "p1");
        let objects = &fleet(test, cx).await;
        let found = InstanceList::get_all(cx, objects, None).await.unwrap();
        let mut server = found.members()[0].clone();
        server.task_state.set(TaskState::Rebooting);
        server.save(cx, objects, None, None, None).await.unwrap();
        assert_eq!(InstanceList::get_hung_in_rebooting(cx, objects, 60, None).await.unwrap().members().len(), 0);
        assert_eq!(names(&InstanceList::get_hung_in_rebooting(cx, objects, 0, None).await.unwrap()), ["0"]);
    }
}
