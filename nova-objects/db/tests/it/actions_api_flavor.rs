use std::collections::BTreeMap;

use nova_core::RequestContext;
use nova_objects::types::Json;
use nova_objects_catalog::exception::{
    FlavorAccessExists, FlavorAccessNotFound, FlavorExists, FlavorExtraSpecsNotFound, FlavorIdExists,
    FlavorNotFound, FlavorNotFoundByName, InvalidSortKey, MarkerNotFound,
};
use nova_objects_catalog::{Flavor, FlavorList};
use nova_objects_db::testing::TestDb;
use serde_json::json;

use crate::actions_support::{Ways, api, data, golden};

fn flavor(id: &str, memory_mb: i64) -> Flavor {
    let mut flavor = Flavor::empty();
    flavor.flavorid.set(id);
    flavor.name.set(Some(format!("m1.{id}")));
    flavor.memory_mb.set(memory_mb);
    flavor.vcpus.set(1);
    flavor.root_gb.set(1);
    flavor
}

fn ids(list: &FlavorList) -> Vec<&str> {
    list.members().iter().map(|one| one.flavorid.get().unwrap().as_str()).collect()
}

nova_objects_db::database_tests! {
    async fn a_flavor_is_made_found_changed_and_removed_with_all_that_hangs_on_it(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = &ways.cx;
        for objects in &ways.both {
            let mut small = flavor("small", 64);
            small.extra_specs.set([("hw:cpu_policy".to_owned(), "shared".to_owned())]);
            small.create(cx, objects).await.unwrap();
            assert_eq!((small.is_public.get(), small.rxtx_factor.get()), (Ok(&true), Ok(&Some(1.0))));
            let mut same_name = flavor("other", 1);
            same_name.name.set(small.name.get().unwrap().clone());
            assert!(same_name.create(cx, objects).await.unwrap_err().is::<FlavorExists>());
            assert!(flavor("small", 1).create(cx, objects).await.unwrap_err().is::<FlavorIdExists>());

            let more = BTreeMap::from([("hw:cpu_policy".to_owned(), "dedicated".to_owned()), ("x".to_owned(), "1".to_owned())]);
            small.save_extra_specs(cx, objects, Some(&more), None).await.unwrap();
            let found = Flavor::get_by_name(cx, objects, "m1.small").await.unwrap();
            assert_eq!((found.extra_specs.get(), found.extra_specs.get()), (Ok(&more), small.extra_specs.get()));
            let unknown = [String::from("y")];
            let refused = small.save_extra_specs(cx, objects, None, Some(&unknown)).await.unwrap_err();
            assert!(refused.is::<FlavorExtraSpecsNotFound>());

            small.destroy(cx, objects).await.unwrap();
            assert!(small.destroy(cx, objects).await.unwrap_err().is::<FlavorNotFound>());
            assert!(Flavor::get_by_name(cx, objects, "m1.small").await.unwrap_err().is::<FlavorNotFoundByName>());
        }
    }

    async fn a_private_flavor_is_for_its_projects(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        for (index, objects) in ways.both.iter().enumerate() {
            let id = format!("private{index}");
            let user = RequestContext::builder().user("u1").project("p1").build(&test.env);
            let mut private = flavor(&id, 64);
            private.is_public.set(false);
            private.create(&ways.cx, objects).await.unwrap();
            let hidden = Flavor::get_by_flavor_id(&user, objects, &id, None).await.unwrap_err();
            assert!(hidden.is::<FlavorNotFound>());
            assert!(FlavorList::get_all(&user, objects, None, None, None, None, None, None).await.unwrap().members().is_empty());

            private.add_access(&ways.cx, objects, "p1").await.unwrap();
            assert!(private.add_access(&ways.cx, objects, "p1").await.unwrap_err().is::<FlavorAccessExists>());
            let found = Flavor::get_by_flavor_id(&user, objects, &id, None).await.unwrap();
            assert_eq!(found.projects.get().unwrap(), &["p1"]);
            let public = Json(json!({"is_public": true}));
            let usable = FlavorList::get_all(&user, objects, None, Some(&public), None, None, None, None).await.unwrap();
            assert_eq!(ids(&usable), [id.as_str()], "what a project was given is as good as public to it");

            let (add, remove) = ([String::from("p2")], [String::from("p1")]);
            private.save_projects(&ways.cx, objects, Some(&add), Some(&remove)).await.unwrap();
            assert_eq!(private.projects.get().unwrap(), &["p2"]);
            assert!(private.remove_access(&ways.cx, objects, "p1").await.unwrap_err().is::<FlavorAccessNotFound>());
            assert!(Flavor::get_by_id(&user, objects, *private.id.get().unwrap()).await.is_err());
            private.destroy(&ways.cx, objects).await.unwrap();
        }
    }

    async fn flavors_are_listed_filtered_sorted_and_paged(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let (cx, objects) = (&ways.cx, &ways.both[1]);
        for (id, memory) in [("a", 512), ("b", 64), ("c", 2048)] {
            flavor(id, memory).create(cx, objects).await.unwrap();
        }
        let all = FlavorList::get_all(cx, objects, None, None, None, None, None, None).await.unwrap();
        assert_eq!(ids(&all), ["a", "b", "c"]);
        let big = Json(json!({"min_memory_mb": 512, "disabled": false}));
        let found = FlavorList::get_all(cx, objects, None, Some(&big), Some("memory_mb"), Some("desc"), None, None);
        assert_eq!(ids(&found.await.unwrap()), ["c", "a"]);
        let page = FlavorList::get_all(cx, objects, None, None, Some("memory_mb"), None, Some(1), Some("b"));
        assert_eq!(ids(&page.await.unwrap()), ["a"]);
        let lost = FlavorList::get_all(cx, objects, None, None, None, None, None, Some("z")).await.unwrap_err();
        assert!(lost.is::<MarkerNotFound>());
        let odd = FlavorList::get_all(cx, objects, None, None, Some("colour"), None, None, None).await.unwrap_err();
        assert!(odd.is::<InvalidSortKey>());
    }

    async fn novas_flavor_is_read_back_as_it_was_written(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let recorded = golden::<Flavor>("Flavor.json");
        let mut own = Flavor { id: Flavor::empty().id, ..recorded.clone() };
        own.create(&ways.cx, &ways.both[1]).await.unwrap();
        let found = Flavor::get_by_flavor_id(&ways.cx, &ways.both[1], "1", None).await.unwrap();
        let decided = ["id", "created_at", "updated_at"];
        assert_eq!(data(&found, &decided), data(&recorded, &decided));
    }
}
