use std::collections::BTreeMap;

use nova_core::RequestContext;
use nova_objects::VersionedObject;
use nova_objects_catalog::exception::{InstanceGroupIdExists, InstanceGroupNotFound, ObjectActionError};
use nova_objects_catalog::{GroupPolicy, InstanceGroup, InstanceGroupList};
use nova_objects_db::ActionError;
use nova_objects_db::actions::instance_group;
use nova_objects_db::testing::TestDb;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::actions_support::{Ways, api, data, golden};

fn group(name: &str, policy: GroupPolicy) -> InstanceGroup {
    let mut group = InstanceGroup::empty();
    group.name.set(name.to_owned());
    group.project_id.set("p1".to_owned());
    group.user_id.set("u1".to_owned());
    group.set_group_policy(policy);
    group
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// How many rows the three tables have.
async fn rows(test: &TestDb) -> Vec<i64> {
    let counted = test.db.query(|tx| async move {
        let mut counts = Vec::new();
        for table in ["instance_groups", "instance_group_policy", "instance_group_member"] {
            let sql = format!("SELECT count(*) AS n FROM {table}");
            let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await?;
            counts.push(row.unwrap().try_get("", "n")?);
        }
        Ok::<_, ActionError>(counts)
    });
    counted.await.unwrap()
}

nova_objects_db::database_tests! {
    async fn a_server_group_is_made_found_joined_and_removed_with_all_that_hangs_on_it(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let cx = &ways.cx;
        let apart = GroupPolicy::AntiAffinity { max_server_per_host: 2.try_into().unwrap() };
        for (index, objects) in ways.both.iter().enumerate() {
            let name = format!("web{index}");
            let mut web = group(&name, apart);
            web.create(cx, objects).await.unwrap();
            assert_eq!((web.members.present().unwrap().len(), web.has_changes()), (0, false));
            let uuid = web.uuid.get().unwrap().to_string();
            assert!(web.create(cx, objects).await.unwrap_err().is::<ObjectActionError>());
            let mut same = group("other", apart);
            same.uuid.set(uuid.as_str());
            assert!(same.create(cx, objects).await.unwrap_err().is::<InstanceGroupIdExists>());

            let (first, second) = (format!("a{index}"), format!("b{index}"));
            let one = [first.clone()];
            assert_eq!(InstanceGroup::add_members(cx, objects, &uuid, &one).await.unwrap(), one);
            let both = [second.clone(), first.clone()];
            let members = InstanceGroup::add_members(cx, objects, &uuid, &both).await.unwrap();
            assert_eq!(members, [first.clone(), second.clone()], "who is in it already stays so");
            let found = InstanceGroup::get_by_uuid(cx, objects, &uuid).await.unwrap();
            assert_eq!((found.members.present(), found.group_policy()), (Some(&members), Ok(apart)));
            assert_eq!(InstanceGroup::get_by_name(cx, objects, &name).await.unwrap(), found);
            assert_eq!(InstanceGroup::get_by_instance_uuid(cx, objects, &second).await.unwrap(), found);

            let (cx_, gone) = (cx.clone(), first.clone());
            let leave = test.db.write(move |tx| {
                let (cx, gone) = (cx_.clone(), gone.clone());
                async move { instance_group::leave_in(&tx, &cx, &gone).await }
            });
            assert!(leave.await.unwrap());
            let found = InstanceGroup::get_by_uuid(cx, objects, &uuid).await.unwrap();
            assert_eq!(found.members.present(), Some(&vec![second]));
            let lost = InstanceGroup::get_by_instance_uuid(cx, objects, &first).await.unwrap_err();
            assert!(lost.is::<InstanceGroupNotFound>());

            web.destroy(cx, objects).await.unwrap();
            assert_eq!(rows(test).await, [0, 0, 0]);
            assert!(web.destroy(cx, objects).await.unwrap_err().is::<InstanceGroupNotFound>());
            let late = InstanceGroup::add_members(cx, objects, &uuid, &both).await.unwrap_err();
            assert!(late.is::<InstanceGroupNotFound>(), "nobody joins a group that is gone");
        }
    }

    async fn groups_are_listed_by_age_and_counted_by_project_and_user(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let (cx, objects) = (&ways.cx, &ways.both[1]);
        for name in ["c", "a", "b"] {
            let mut one = group(name, GroupPolicy::Affinity);
            if name == "b" {
                one.project_id.set("p2".to_owned());
            }
            one.members.set(texts(&[name]));
            one.create(cx, objects).await.unwrap();
            assert_eq!(one.members.present(), Some(&texts(&[name])));
        }
        let names = |list: InstanceGroupList| -> Vec<String> {
            list.members().iter().map(|group| group.name.present().unwrap().clone()).collect()
        };
        assert_eq!(names(InstanceGroupList::get_all(cx, objects).await.unwrap()), ["c", "a", "b"]);
        let own = InstanceGroupList::get_by_project_id(cx, objects, "p1").await.unwrap();
        assert_eq!(own.members()[1].members.present(), Some(&texts(&["a"])));
        assert_eq!(names(own), ["c", "a"]);
        let counts = InstanceGroupList::get_counts(cx, objects, "p1", Some("u2")).await.unwrap();
        assert_eq!(json!(counts), json!({"project": {"server_groups": 2}, "user": {"server_groups": 0}}));
        let user = RequestContext::builder().user("u1").project("p2").build(&test.env);
        let hidden = InstanceGroup::get_by_name(&user, objects, "a").await.unwrap_err();
        assert!(hidden.is::<InstanceGroupNotFound>(), "a name of another project is no name");
    }

    async fn novas_server_group_is_read_back_as_it_was_written(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let recorded = golden::<InstanceGroup>("InstanceGroup.json");
        let mut own = InstanceGroup { id: InstanceGroup::empty().id, ..recorded.clone() };
        own.create(&ways.cx, &ways.both[1]).await.unwrap();
        let uuid = recorded.uuid.get().unwrap().as_str();
        let found = InstanceGroup::get_by_uuid(&ways.cx, &ways.both[1], uuid).await.unwrap();
        let decided = ["id", "hosts", "created_at", "updated_at", "deleted", "deleted_at"];
        assert_eq!(data(&found, &decided), data(&recorded, &decided));
    }

    async fn rules_are_kept_as_nova_keeps_them(test: TestDb) {
        let ways = Ways::to(test, api(test).await).await;
        let two = GroupPolicy::AntiAffinity { max_server_per_host: 2.try_into().unwrap() };
        for (policy, rules) in
            [(two, Some(r#"{"max_server_per_host":"2"}"#)), (GroupPolicy::ANTI_AFFINITY, None)]
        {
            let mut made = group("g", policy);
            made.create(&ways.cx, &ways.both[0]).await.unwrap();
            let id = *made.id.get().unwrap();
            let row = test.db.query(move |tx| async move {
                use nova_objects_db::entity::instance_group_policy::{Column, Entity};
                use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
                Ok::<_, ActionError>(Entity::find().filter(Column::GroupId.eq(id)).one(&tx).await?.unwrap())
            });
            assert_eq!(row.await.unwrap().rules.as_deref(), rules);
            let rules: BTreeMap<_, _> = made.rules.get().unwrap().clone();
            assert_eq!(rules.len(), usize::from(policy == two));
        }
    }
}
