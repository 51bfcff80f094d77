//! Server groups, and servers that join them.

use std::num::NonZeroU32;
use std::sync::Arc;

use futures_util::future::{join, join_all};
use nova_compute_api::quota::{FixedQuota, Limits};
use nova_compute_api::{
    ApiError, CreateGroup, FlavorsApi, GroupFilter, GroupPolicy, GroupsApi, Kind, ServerGroup, ServersApi,
};
use nova_core::RequestContext;
use nova_objects_catalog::RequestSpec;
use nova_objects_db::ActionError;
use nova_objects_db::actions::request_spec;
use uuid::Uuid;

use crate::cloud::Cloud;

async fn make(cloud: &Cloud, project: &str, policy: GroupPolicy) -> ServerGroup {
    cloud.api.create_group(&cloud.member(project), CreateGroup::new("g", policy)).await.unwrap()
}

async fn members(cloud: &Cloud, id: Uuid) -> Vec<Uuid> {
    cloud.api.get_group(&cloud.admin(), id).await.unwrap().members
}

async fn spec(cloud: &Cloud, server: Uuid) -> RequestSpec {
    let cx = cloud.admin();
    let read = cloud.db.api().read(move |tx| {
        let cx = cx.clone();
        async move { request_spec::get_in(&tx, &cx, &server.to_string()).await }
    });
    read.await.map_err(|error: ActionError| error).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_what_was_asked_for_whatever_its_policy() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let two = NonZeroU32::new(2).unwrap();
    for policy in [
        GroupPolicy::Affinity,
        GroupPolicy::ANTI_AFFINITY,
        GroupPolicy::AntiAffinity { max_server_per_host: two },
        GroupPolicy::SoftAffinity,
        GroupPolicy::SoftAntiAffinity,
    ] {
        let made = make(&cloud, "p1", policy).await;
        assert_eq!((made.policy, made.project_id.as_str(), made.user_id.as_str()), (policy, "p1", "u"));
        assert_eq!(cloud.api.get_group(&cx, made.id).await.unwrap(), made);
        cloud.api.delete_group(&cx, made.id).await.unwrap();
        let gone = cloud.api.get_group(&cx, made.id).await.unwrap_err();
        assert!(matches!(gone, ApiError::NotFound { kind: Kind::Group, .. }), "{gone:?}");
    }
    let reader = RequestContext::builder().user("u").project("p1").role("reader").build(&cloud.env);
    let refused = cloud.api.create_group(&reader, CreateGroup::new("g", GroupPolicy::Affinity)).await;
    assert!(matches!(refused, Err(ApiError::Forbidden { .. })), "{refused:?}");
    for name in ["", " g", "g\n"] {
        let refused = cloud.api.create_group(&cx, CreateGroup::new(name, GroupPolicy::Affinity)).await;
        assert!(matches!(&refused, Err(ApiError::Invalid { field, .. }) if field == "name"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_sees_its_own_groups_and_an_administrator_all() {
    let cloud = Cloud::new().await;
    let (own, other) =
        (make(&cloud, "p1", GroupPolicy::Affinity).await, make(&cloud, "p2", GroupPolicy::Affinity).await);
    let cx = cloud.member("p1");
    for filter in [GroupFilter::default(), GroupFilter { all_projects: true, ..Default::default() }] {
        let seen = cloud.api.list_groups(&cx, &filter).await.unwrap();
        assert_eq!(seen, std::slice::from_ref(&own));
    }
    assert!(cloud.api.get_group(&cx, other.id).await.unwrap_err().is_not_found());
    assert!(cloud.api.delete_group(&cx, other.id).await.unwrap_err().is_not_found());
    let everywhere = GroupFilter { all_projects: true, ..Default::default() };
    assert_eq!(cloud.api.list_groups(&cloud.admin(), &everywhere).await.unwrap(), [own, other.clone()]);
    let second = GroupFilter { offset: 1, limit: Some(5), ..everywhere };
    assert_eq!(cloud.api.list_groups(&cloud.admin(), &second).await.unwrap(), [other]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_of_a_request_join_its_group_and_their_specs_say_so() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let two = GroupPolicy::AntiAffinity { max_server_per_host: NonZeroU32::new(2).unwrap() };
    let group = make(&cloud, "p1", two).await;
    let before = cloud.writes();
    let created = cloud.api.create(&cx, cloud.request("web").count(3).in_group(group.id)).await.unwrap();
    assert_eq!(cloud.writes() - before, 1, "one transaction");
    let ids: Vec<_> = created.servers.iter().map(|server| server.id).collect();
    assert_eq!(members(&cloud, group.id).await, ids);
    for id in ids {
        let spec = spec(&cloud, id).await;
        assert_eq!(spec.scheduler_hint("group"), Some(group.id.to_string().as_str()));
        let kept = spec.instance_group.present().expect("its group");
        assert_eq!(
            (kept.uuid.value().unwrap().as_str(), kept.group_policy()),
            (&*group.id.to_string(), Ok(two))
        );
        assert_eq!((kept.members.present(), kept.hosts.present()), (None, None), "who is where is not kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_group_that_is_not_there_or_another_projects_writes_nothing() {
    let cloud = Cloud::new().await;
    let (cx, other) = (cloud.member("p1"), make(&cloud, "p2", GroupPolicy::Affinity).await);
    let before = cloud.writes();
    for request in [
        cloud.request("a").in_group(cloud.env.new_id()),
        cloud.request("b").in_group(other.id),
        cloud.request("c").hint("group", "no uuid"),
        cloud.request("d").in_group(other.id).hint("group", other.id.to_string()),
    ] {
        let refused = cloud.api.create(&cx, request).await.unwrap_err();
        assert!(matches!(&refused, ApiError::Invalid { field, .. } if field == "hints.group"), "{refused:?}");
    }
    assert_eq!(cloud.writes(), before);
    assert!(members(&cloud, other.id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_deletion_of_the_group_and_a_request_to_join_it_one_comes_first_and_no_member_is_left_behind() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    for _ in 0..10 {
        let group = make(&cloud, "p1", GroupPolicy::Affinity).await;
        let create = cloud.api.create(&cx, cloud.request("late").in_group(group.id));
        let (created, deleted) = join(create, cloud.api.delete_group(&cx, group.id)).await;
        deleted.unwrap();
        if let Err(refused) = created {
            assert!(
                matches!(&refused, ApiError::Invalid { field, .. } if field == "hints.group"),
                "{refused:?}"
            );
        }
        let rows = cloud.db.api().query(|tx| async move {
            use sea_orm::{EntityTrait, PaginatorTrait};
            let members = nova_objects_db::entity::instance_group_member::Entity::find();
            Ok::<_, ActionError>(members.count(&tx).await?)
        });
        assert_eq!(rows.await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_found_a_host_leaves_its_group_when_it_is_deleted() {
    let cloud = Cloud::new().await;
    let (cx, group) = (cloud.member("p1"), make(&cloud, "p1", GroupPolicy::Affinity).await);
    let created = cloud.api.create(&cx, cloud.request("web").in_group(group.id)).await.unwrap();
    let id = created.servers[0].id;
    cloud.bury(id).await;
    assert_eq!(members(&cloud, group.id).await, [id]);
    cloud.api.delete(&cx, id).await.unwrap();
    assert!(members(&cloud, group.id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_for_groups_and_for_their_members_is_kept_and_says_so() {
    let limits = Limits { server_groups: Some(2), server_group_members: Some(3), ..Limits::default() };
    let cloud = Cloud::with(|builder| builder.quota(Arc::new(FixedQuota(limits)))).await;
    assert!(cloud.api.get_flavor(&cloud.admin(), "1").await.is_ok());
    let cx = cloud.member("p1");
    let requests = (0..8).map(|_| cloud.api.create_group(&cx, CreateGroup::new("g", GroupPolicy::Affinity)));
    let made: Vec<_> = join_all(requests).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(made.len(), 2);
    let over = cloud.api.create_group(&cx, CreateGroup::new("g", GroupPolicy::Affinity)).await.unwrap_err();
    let fault = nova_core::Fault::from(over);
    assert_eq!(fault.code(), 403);
    assert!(fault.message().contains("server_groups: Requested 1, but already used 2 of 2"), "{fault}");

    let join = |count| cloud.api.create(&cx, cloud.request("web").count(count).in_group(made[0].id));
    join(2).await.unwrap();
    let over = join(2).await.unwrap_err();
    assert!(
        matches!(&over, ApiError::OverQuota(over) if over.0[0].resource == "server_group_members"),
        "{over:?}"
    );
    assert_eq!(members(&cloud, made[0].id).await.len(), 2, "nothing was written");
    join(1).await.unwrap();
    cloud.api.create(&cx, cloud.request("web").count(3).in_group(made[1].id)).await.unwrap();
}
