//! Who may do what, permission by permission.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::StreamExt;
use nova_compute_api::policy::{Allow, Permission, Policy, RulePolicy, Target};
use nova_compute_api::{
    Action, ApiError, CreateFlavor, CreateGroup, FlavorFilter, FlavorsApi, GroupFilter, GroupPolicy,
    GroupsApi, Page, Reboot, RebuildServer, ServerFilter, ServersApi,
};
use nova_core::{Fault, RequestContext};
use uuid::Uuid;

use crate::cloud::Cloud;

#[test]
fn the_permissions_are_those_that_operators_know() {
    let lines = Permission::ALL
        .iter()
        .map(|permission| format!("\"{}\": \"{}\"\n", permission.name(), permission.default_rule().as_str()));
    assert_eq!(
        lines.collect::<String>(),
        include_str!("policy.yaml"),
        "if this is meant, change policy.yaml"
    );
}

/// Who asks about something of project `p1`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Reader,
    Member,
    /// A member of another project.
    Stranger,
    Admin,
}

/// For each permission somebody who has it, and somebody who has not.
const CASES: &[(Permission, Who, bool)] = &[
    (Permission::ListServers, Who::Reader, true),
    (Permission::ListServers, Who::Stranger, false),
    (Permission::ListServersOfAll, Who::Admin, true),
    (Permission::ListServersOfAll, Who::Member, false),
    (Permission::FilterServersByHost, Who::Admin, true),
    (Permission::FilterServersByHost, Who::Member, false),
    (Permission::ShowServer, Who::Reader, true),
    (Permission::ShowServer, Who::Stranger, false),
    (Permission::CreateServers, Who::Member, true),
    (Permission::CreateServers, Who::Reader, false),
    (Permission::ChooseNetworks, Who::Member, true),
    (Permission::ChooseNetworks, Who::Reader, false),
    (Permission::CreateWithoutDisk, Who::Admin, true),
    (Permission::CreateWithoutDisk, Who::Member, false),
    (Permission::DeleteServer, Who::Member, true),
    (Permission::DeleteServer, Who::Reader, false),
    (Permission::DeleteServer, Who::Stranger, false),
    (Permission::RebuildServer, Who::Member, true),
    (Permission::RebuildServer, Who::Reader, false),
    (Permission::StartServer, Who::Member, true),
    (Permission::StartServer, Who::Reader, false),
    (Permission::StopServer, Who::Admin, true),
    (Permission::StopServer, Who::Reader, false),
    (Permission::RebootServer, Who::Member, true),
    (Permission::RebootServer, Who::Reader, false),
    (Permission::PauseServer, Who::Member, true),
    (Permission::PauseServer, Who::Reader, false),
    (Permission::UnpauseServer, Who::Member, true),
    (Permission::UnpauseServer, Who::Reader, false),
    (Permission::SuspendServer, Who::Member, true),
    (Permission::SuspendServer, Who::Reader, false),
    (Permission::ResumeServer, Who::Member, true),
    (Permission::ResumeServer, Who::Reader, false),
    (Permission::ListGroups, Who::Reader, true),
    (Permission::ListGroups, Who::Stranger, false),
    (Permission::ListGroupsOfAll, Who::Admin, true),
    (Permission::ListGroupsOfAll, Who::Member, false),
    (Permission::ShowGroup, Who::Reader, true),
    (Permission::ShowGroup, Who::Stranger, false),
    (Permission::CreateGroup, Who::Member, true),
    (Permission::CreateGroup, Who::Reader, false),
    (Permission::DeleteGroup, Who::Member, true),
    (Permission::DeleteGroup, Who::Reader, false),
    (Permission::ListFlavors, Who::Stranger, true),
    (Permission::ShowFlavor, Who::Stranger, true),
    (Permission::CreateFlavor, Who::Admin, true),
    (Permission::CreateFlavor, Who::Member, false),
    (Permission::DeleteFlavor, Who::Admin, true),
    (Permission::DeleteFlavor, Who::Member, false),
];

#[tokio::test]
async fn each_permission_has_who_may_and_who_may_not() -> Result<(), Fault> {
    let env = nova_core::Env::system();
    let policy = RulePolicy::nova();
    let target = Target { project: Some("p1".into()), user: Some("u".into()), ..Target::default() };
    for &(permission, who, expected) in CASES {
        let (project, role) = match who {
            Who::Reader => ("p1", "reader"),
            Who::Member => ("p1", "member"),
            Who::Stranger => ("p2", "member"),
            Who::Admin => ("operators", "admin"),
        };
        let builder = RequestContext::builder().user("u").project(project).role(role);
        let builder = if who == Who::Admin { builder.admin() } else { builder };
        let answer = policy.allows(&builder.build(&env), permission.name(), &target).await?;
        assert_eq!(answer, expected, "{permission:?} for a {who:?}");
    }
    for &permission in Permission::ALL {
        let has = |expected| CASES.iter().any(|&(own, _, allowed)| own == permission && allowed == expected);
        assert!(has(true), "{permission:?} has no case in which it is allowed");
        let open = permission.default_rule() == Allow::Anybody;
        assert!(has(false) != open, "{permission:?} has no case in which it is refused");
    }
    Ok(())
}

/// Refuses what has a certain name, and remembers what it was asked.
#[derive(Default)]
struct Recording {
    refused: Mutex<Option<&'static str>>,
    asked: Mutex<Vec<(String, Target)>>,
}

impl Recording {
    fn refuse(&self, permission: Permission) {
        *self.refused.lock().unwrap() = Some(permission.name());
    }
}

#[async_trait]
impl Policy for Recording {
    async fn allows(&self, _: &RequestContext, rule: &str, target: &Target) -> Result<bool, Fault> {
        self.asked.lock().unwrap().push((rule.to_owned(), target.clone()));
        Ok(*self.refused.lock().unwrap() != Some(rule))
    }
}

/// Does what needs the permission to the server `id`, or to the server group.
async fn attempt(
    cloud: &Cloud,
    cx: &RequestContext,
    permission: Permission,
    id: Uuid,
    group: Uuid,
) -> Result<(), ApiError> {
    let api = &cloud.api;
    let act = async |action| api.act(cx, id, action).await;
    match permission {
        Permission::ListServers => api.list(cx, &ServerFilter::default(), &Page::default()).await.map(drop),
        Permission::ListServersOfAll => {
            api.list(cx, &ServerFilter::everywhere(), &Page::default()).await.map(drop)
        }
        Permission::FilterServersByHost => {
            // Not refused, but without effect: see `a_host_is_a_filter_for_administrators`.
            let on = ServerFilter { host: Some("elsewhere".into()), ..ServerFilter::default() };
            let found = api.list(cx, &on, &Page::default()).await?;
            if found.is_empty() {
                Ok(())
            } else {
                Err(ApiError::Forbidden { rule: permission.name().into() })
            }
        }
        Permission::ShowServer => {
            api.watch(cx, id).next().await.unwrap()?;
            api.get(cx, id).await.map(drop)
        }
        Permission::CreateServers => api.create(cx, cloud.request("web")).await.map(drop),
        Permission::ChooseNetworks => {
            api.create(cx, cloud.request("web").networks([Uuid::nil()])).await.map(drop)
        }
        Permission::CreateWithoutDisk => {
            let request = nova_compute_api::CreateServer::new("web", "diskless", cloud.image);
            api.create(cx, request).await.map(drop)
        }
        Permission::DeleteServer => api.delete(cx, id).await,
        Permission::RebuildServer => api.rebuild(cx, id, RebuildServer::new(cloud.image)).await.map(drop),
        Permission::StartServer => act(Action::Start).await,
        Permission::StopServer => act(Action::Stop).await,
        Permission::RebootServer => act(Action::Reboot(Reboot::Hard)).await,
        Permission::PauseServer => act(Action::Pause).await,
        Permission::UnpauseServer => act(Action::Unpause).await,
        Permission::SuspendServer => act(Action::Suspend).await,
        Permission::ResumeServer => act(Action::Resume).await,
        Permission::ListGroups => api.list_groups(cx, &GroupFilter::default()).await.map(drop),
        Permission::ListGroupsOfAll => {
            let everywhere = GroupFilter { all_projects: true, ..GroupFilter::default() };
            // Not refused, but of the own project: see groups.rs.
            api.list_groups(cx, &everywhere).await?;
            Err(ApiError::Forbidden { rule: permission.name().into() })
        }
        Permission::ShowGroup => api.get_group(cx, group).await.map(drop),
        Permission::CreateGroup => {
            api.create_group(cx, CreateGroup::new("g", GroupPolicy::Affinity)).await.map(drop)
        }
        Permission::DeleteGroup => api.delete_group(cx, group).await,
        Permission::ListFlavors => {
            api.list_flavors(cx, &FlavorFilter::default(), &Page::default()).await.map(drop)
        }
        Permission::ShowFlavor => api.get_flavor(cx, "1").await.map(drop),
        Permission::CreateFlavor => {
            api.create_flavor(cx, CreateFlavor::new("f", 1, 1, 1).id("f")).await.map(drop)
        }
        Permission::DeleteFlavor => api.delete_flavor(cx, "f").await,
        other => panic!("{other:?} has no operation here"),
    }
}

async fn cloud_with(policy: Arc<dyn Policy>) -> Cloud {
    let cloud = Cloud::with(|builder| builder.policy(policy)).await;
    let diskless = CreateFlavor::new("diskless", 1, 512, 0).id("diskless");
    cloud.api.create_flavor(&cloud.admin(), diskless).await.unwrap();
    cloud
}

#[tokio::test]
async fn each_operation_asks_for_its_permission_and_refused_changes_nothing() {
    let policy = Arc::new(Recording::default());
    let cloud = cloud_with(policy.clone()).await;
    let cx = cloud.member("p1");
    let id = cloud.boot("p1", "web").await.id;
    cloud.schedule(id, |instance| instance.host.set("cmp1".to_owned())).await;
    let group = CreateGroup::new("g", GroupPolicy::Affinity);
    let group = cloud.api.create_group(&cx, group).await.unwrap().id;
    cloud.hints.taken();
    let written = cloud.writes();
    for &permission in Permission::ALL {
        policy.refuse(permission);
        policy.asked.lock().unwrap().clear();
        let refused = attempt(&cloud, &cx, permission, id, group).await;
        let named =
            |error: &ApiError| matches!(error, ApiError::Forbidden { rule } if rule == permission.name());
        assert!(refused.as_ref().is_err_and(named), "{permission:?}: {refused:?}");
        let asked = policy.asked.lock().unwrap().clone();
        let (rule, target) = asked.last().unwrap();
        assert_eq!(rule, permission.name(), "asked last");
        assert_eq!(
            (target.project.as_deref(), target.user.as_deref()),
            (Some("p1"), Some("u")),
            "{permission:?}"
        );
    }
    assert_eq!((cloud.writes(), cloud.hints.taken().len()), (written, 0));
}

#[tokio::test]
async fn another_projects_server_is_not_found_whatever_the_policy_says() {
    let policy = Arc::new(Recording::default());
    let cloud = cloud_with(policy.clone()).await;
    let id = cloud.boot("p1", "web").await.id;
    let group = CreateGroup::new("g", GroupPolicy::Affinity);
    let group = cloud.api.create_group(&cloud.member("p1"), group).await.unwrap().id;
    for permission in [
        Permission::ShowServer,
        Permission::DeleteServer,
        Permission::StopServer,
        Permission::RebuildServer,
        Permission::ShowGroup,
        Permission::DeleteGroup,
    ] {
        policy.refuse(permission);
        let refused = attempt(&cloud, &cloud.member("p2"), permission, id, group).await.unwrap_err();
        assert!(refused.is_not_found(), "{permission:?}: {refused}");
    }
}

#[tokio::test]
async fn one_rule_is_replaced_and_the_others_are_novas() {
    let own = |cx: &RequestContext, target: &Target| cx.user_id() == target.user.as_deref();
    let policy = RulePolicy::nova().with(Permission::DeleteServer.name(), own);
    let cloud = cloud_with(Arc::new(policy)).await;
    let id = cloud.boot("p1", "web").await.id;
    let colleague = RequestContext::builder().user("v").project("p1").role("member").build(&cloud.env);
    let refused = cloud.api.delete(&colleague, id).await.unwrap_err();
    assert_eq!(
        Fault::from(refused).message(),
        "Policy doesn't allow os_compute_api:servers:delete to be performed."
    );
    assert!(cloud.api.get(&colleague, id).await.is_ok());
    assert!(cloud.api.delete(&cloud.member("p1"), id).await.is_ok());
}

#[tokio::test]
async fn what_has_no_rule_is_refused_and_a_policy_that_cannot_say_fails_the_request() {
    struct Silent;
    #[async_trait]
    impl Policy for Silent {
        async fn allows(&self, _: &RequestContext, _: &str, _: &Target) -> Result<bool, Fault> {
            Err(Fault::new("m", "Unreachable", "the policy server does not answer"))
        }
    }
    let cloud = Cloud::new().await;
    let none =
        RulePolicy::default().allows(&cloud.admin(), Permission::ShowServer.name(), &Target::default()).await;
    assert_eq!(none, Ok(false));
    let silent: &dyn Policy = &Silent;
    let failed = silent.enforce(&cloud.admin(), "x", &Target::default()).await;
    assert!(matches!(failed, Err(ApiError::Failed(_))), "{failed:?}");
}
