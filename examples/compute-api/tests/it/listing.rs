//! Lists of servers.

use nova_compute_api::{ApiError, CreateFlavor, FlavorsApi, Page, ServerFilter, ServerStatus, ServersApi};
use nova_core::RequestContext;
use nova_objects_catalog::{TaskState, VmState};
use uuid::Uuid;

use crate::cloud::Cloud;

async fn names(cloud: &Cloud, cx: &RequestContext, filter: ServerFilter) -> Vec<String> {
    let servers = cloud.api.list(cx, &filter, &Page::default()).await.unwrap();
    servers.into_iter().map(|server| server.name).collect()
}

#[tokio::test]
async fn servers_of_all_places_are_one_list_the_newest_first() {
    let cloud = Cloud::new().await;
    let [buried, running, _waiting] =
        [cloud.boot("p1", "a").await, cloud.boot("p1", "b").await, cloud.boot("p1", "c").await];
    cloud.boot("p2", "d").await;
    cloud.bury(buried.id).await;
    cloud.schedule(running.id, |instance| instance.vm_state.set(VmState::Active)).await;
    assert_eq!(names(&cloud, &cloud.member("p1"), ServerFilter::default()).await, ["c", "b", "a"]);
    assert_eq!(names(&cloud, &cloud.member("p2"), ServerFilter::default()).await, ["d"]);
    let everywhere = ServerFilter::everywhere();
    assert_eq!(names(&cloud, &cloud.admin(), everywhere.clone()).await, ["d", "c", "b", "a"]);
    let refused = cloud.api.list(&cloud.member("p1"), &everywhere, &Page::default()).await;
    assert!(matches!(refused, Err(ApiError::Forbidden { .. })), "{refused:?}");
    let of_p2 = ServerFilter { project: Some("p2".into()), ..ServerFilter::everywhere() };
    assert_eq!(names(&cloud, &cloud.admin(), of_p2).await, ["d"]);
}

#[tokio::test]
async fn pages_show_each_server_once_while_servers_move_into_the_cell() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let mut servers = Vec::new();
    for index in 0..7 {
        servers.push(cloud.boot("p1", &format!("s{index}")).await.id);
    }
    let (mut seen, mut page) = (Vec::<Uuid>::new(), Page::first(2));
    let mut waiting = servers.iter().copied();
    loop {
        let found = cloud.api.list(&cx, &ServerFilter::default(), &page).await.unwrap();
        let Some(last) = found.last() else { break };
        page = Page::first(2).after(last.id);
        seen.extend(found.iter().map(|server| server.id));
        if let Some(next) = waiting.next() {
            cloud.schedule(next, |_| {}).await; // the oldest moves, which was not shown yet
        }
    }
    servers.reverse();
    assert_eq!(seen, servers);
}

#[tokio::test]
async fn a_page_goes_on_after_a_server_that_was_deleted() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let (old, new) = (cloud.boot("p1", "old").await, cloud.boot("p1", "new").await);
    cloud.api.delete(&cx, new.id).await.unwrap();
    let page = Page::first(10).after(new.id);
    let found = cloud.api.list(&cx, &ServerFilter::default(), &page).await.unwrap();
    assert_eq!(found.iter().map(|server| server.id).collect::<Vec<_>>(), [old.id]);
}

#[tokio::test]
async fn a_marker_of_another_project_is_refused_and_a_page_of_none_is_empty() {
    let cloud = Cloud::new().await;
    let foreign = cloud.boot("p2", "x").await;
    let page = Page::first(10).after(foreign.id);
    let refused = cloud.api.list(&cloud.member("p1"), &ServerFilter::default(), &page).await;
    assert!(matches!(refused, Err(ApiError::Invalid { field, .. }) if field == "marker"));
    let none = cloud.api.list(&cloud.member("p2"), &ServerFilter::default(), &Page::first(0)).await;
    assert!(none.unwrap().is_empty());
}

#[tokio::test]
async fn filters_find_servers_in_cells_as_well_as_before() {
    let cloud = Cloud::new().await;
    let (cx, admin) = (cloud.member("p1"), cloud.admin());
    cloud.api.create_flavor(&admin, CreateFlavor::new("big", 2, 1024, 2).id("2")).await.unwrap();
    let web = cloud.boot("p1", "Web_1").await;
    let db = cloud.boot("p1", "db").await;
    let big = nova_compute_api::CreateServer::new("big", "2", cloud.image);
    let big = cloud.api.create(&cx, big).await.unwrap();
    let filters = || {
        let name = |name: &str| ServerFilter { name: Some(name.into()), ..ServerFilter::default() };
        let flavor = |id: &str| ServerFilter { flavor: Some(id.into()), ..ServerFilter::default() };
        [
            (name("web_"), vec!["Web_1"]),
            (name("WEB"), vec!["Web_1"]),
            (name("%"), vec![]),
            (name("b"), vec!["big", "db", "Web_1"]),
            (flavor("2"), vec!["big"]),
            (flavor("no-such"), vec![]),
            (ServerFilter { image: Some(Uuid::from_u128(9)), ..ServerFilter::default() }, vec![]),
            (
                ServerFilter { image: Some(cloud.image), ..ServerFilter::default() },
                vec!["big", "db", "Web_1"],
            ),
            (ServerFilter { user: Some("nobody".into()), ..ServerFilter::default() }, vec![]),
            (ServerFilter::of_request(&*big.reservation_id), vec!["big"]),
        ]
    };
    for (filter, expected) in filters() {
        assert_eq!(names(&cloud, &cx, filter.clone()).await, expected, "before: {filter:?}");
    }
    for id in [web.id, db.id, big.servers[0].id] {
        cloud.schedule(id, |_| {}).await;
    }
    for (filter, expected) in filters() {
        assert_eq!(names(&cloud, &cx, filter.clone()).await, expected, "in the cell: {filter:?}");
    }
}

#[tokio::test]
async fn a_filter_by_status_means_vm_state_and_task_state_together() {
    let cloud = Cloud::new().await;
    let states = [
        ("active", VmState::Active, None),
        ("rebooting", VmState::Active, Some(TaskState::Rebooting)),
        ("stopped", VmState::Stopped, None),
        ("failed", VmState::Error, None),
    ];
    for (name, vm_state, task_state) in states {
        let server = cloud.boot("p1", name).await;
        cloud
            .schedule(server.id, |instance| {
                instance.vm_state.set(vm_state);
                instance.task_state.set(task_state.map(|task| task.as_str().to_owned()));
            })
            .await;
    }
    cloud.boot("p1", "waiting").await;
    let of = |status| ServerFilter { status: Some(status), ..ServerFilter::default() };
    let table = [
        (ServerStatus::Active, vec!["active"]),
        (ServerStatus::Reboot, vec!["rebooting"]),
        (ServerStatus::Shutoff, vec!["stopped"]),
        (ServerStatus::Error, vec!["failed"]),
        (ServerStatus::Build, vec!["waiting"]),
        (ServerStatus::Deleted, vec![]),
        (ServerStatus::Unknown, vec![]),
    ];
    for (status, expected) in table {
        assert_eq!(names(&cloud, &cloud.member("p1"), of(status)).await, expected, "{status}");
    }
}

#[tokio::test]
async fn a_host_is_a_filter_for_administrators() {
    let cloud = Cloud::new().await;
    let server = cloud.boot("p1", "a").await;
    cloud.schedule(server.id, |instance| instance.host.set("cmp1".to_owned())).await;
    let on = |host: &str| ServerFilter { host: Some(host.into()), ..ServerFilter::everywhere() };
    assert_eq!(names(&cloud, &cloud.admin(), on("cmp1")).await, ["a"]);
    assert_eq!(names(&cloud, &cloud.admin(), on("cmp2")).await, [""; 0]);
    let ignored = ServerFilter { all_projects: false, ..on("cmp2") };
    assert_eq!(names(&cloud, &cloud.member("p1"), ignored).await, ["a"]);
}
