//! Actions on servers.

use nova_compute_api::{Action, ApiError, Reboot, RebuildServer, Server, ServersApi};
use nova_core::RequestContext;
use nova_core::operation::{OperationFilter, OperationRecord, OperationStore};
use nova_objects_catalog::{TaskState, VmState};
use nova_objects_db::entity::{instance, instance_action};
use nova_objects_db::operations::DbOperationStore;
use nova_objects_db::{DbError, generations};
use nova_rpcapi::operations::{CHECK, PowerAction, PowerArgs, RebuildArgs, TEAR_DOWN};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::cloud::Cloud;

const SOFT: Action = Action::Reboot(Reboot::Soft);
const HARD: Action = Action::Reboot(Reboot::Hard);

/// Nova's table: the action, the vm states it goes with, the task states besides none, its own task state.
fn nova() -> Vec<(Action, Vec<&'static str>, Vec<&'static str>, &'static str)> {
    let busy = vec![
        "rebooting",
        "reboot_pending",
        "reboot_started",
        "resuming",
        "rebooting_hard",
        "unpausing",
        "pausing",
        "suspending",
    ];
    vec![
        (Action::Start, vec!["stopped"], vec![], "powering-on"),
        (Action::Stop, vec!["active", "error"], vec![], "powering-off"),
        (SOFT, vec!["active"], vec![], "rebooting"),
        (HARD, vec!["active", "stopped", "paused", "suspended", "error"], busy, "rebooting_hard"),
        (Action::Pause, vec!["active"], vec![], "pausing"),
        (Action::Unpause, vec!["paused"], vec![], "unpausing"),
        (Action::Suspend, vec!["active"], vec![], "suspending"),
        (Action::Resume, vec!["suspended"], vec![], "resuming"),
    ]
}

/// A server on host `cmp1` that has run.
async fn running(cloud: &Cloud) -> Server {
    let server = cloud.boot("p1", "web").await;
    let now = cloud.env.now();
    cloud
        .schedule(server.id, |instance| {
            instance.host.set("cmp1".to_owned());
            instance.vm_state.set(VmState::Active);
            instance.task_state.set(None);
            instance.launched_at.set(Some(now));
        })
        .await;
    cloud.hints.taken();
    server
}

async fn set(cloud: &Cloud, id: Uuid, vm_state: &'static str, task_state: Option<&'static str>) {
    use instance::{Column, Entity};
    let set = cloud.db.cell1().write(move |tx| async move {
        Entity::update_many()
            .col_expr(Column::VmState, Expr::val(vm_state))
            .col_expr(Column::TaskState, Expr::val(task_state))
            .filter(Column::Uuid.eq(id.to_string()))
            .exec(&tx)
            .await?;
        Ok::<_, DbError>(())
    });
    set.await.unwrap();
}

async fn task_state(cloud: &Cloud, cx: &RequestContext, id: Uuid) -> Option<TaskState> {
    cloud.api.get(cx, id).await.unwrap().task_state
}

async fn operations(cloud: &Cloud) -> Vec<OperationRecord> {
    let store = DbOperationStore::new(cloud.db.cell1());
    store.list(&cloud.admin(), &OperationFilter::default()).await.unwrap()
}

#[tokio::test]
async fn an_action_is_accepted_in_novas_states_and_refused_in_all_others_by_the_state() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let id = running(&cloud).await.id;
    let tasks: Vec<_> = TaskState::ALL.iter().map(|task| Some(task.as_str())).chain([None]).collect();
    for vm_state in VmState::ALL.iter().map(|state| state.as_str()) {
        for task in &tasks {
            set(&cloud, id, vm_state, *task).await;
            for (action, vm_states, busy, own) in nova() {
                let fits = vm_states.contains(&vm_state);
                let free = task.is_none_or(|task| busy.contains(&task));
                let what = format!("{action:?} in {vm_state} {task:?}");
                match cloud.api.act(&cx, id, action).await {
                    Ok(()) => {
                        assert!(fits && free, "{what} was accepted");
                        assert_eq!(task_state(&cloud, &cx, id).await.unwrap().as_str(), own, "{what}");
                        set(&cloud, id, vm_state, *task).await;
                    }
                    Err(ApiError::WrongState { attribute, state, .. }) => {
                        assert!(!(fits && free), "{what} was refused");
                        let expected =
                            if fits { ("task_state", *task) } else { ("vm_state", Some(vm_state)) };
                        assert_eq!((attribute, Some(state.as_str())), expected, "{what}");
                    }
                    Err(other) => panic!("{what}: {other}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn an_accepted_action_is_one_transaction_with_its_operation_action_and_generation() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let id = running(&cloud).await.id;
    let before = cloud.writes();
    cloud.api.act(&cx, id, Action::Pause).await.unwrap();
    assert_eq!(cloud.writes() - before, 1);

    let [operation] = operations(&cloud).await.try_into().unwrap();
    assert_eq!((operation.kind.as_str(), operation.queue.to_string().as_str()), ("power", "compute.cmp1"));
    let args: PowerArgs = serde_json::from_value(operation.args).unwrap();
    assert_eq!(args, PowerArgs { instance: id, action: PowerAction::Pause, generation: 1 });
    assert_eq!(cloud.hints.taken(), ["compute.cmp1"]);
    let actions = cloud
        .db
        .cell1()
        .query(|tx| async move { Ok::<_, DbError>(instance_action::Entity::find().all(&tx).await?) });
    let [action] = actions.await.unwrap().try_into().unwrap();
    assert_eq!(
        (action.action.as_deref(), action.request_id.as_deref()),
        (Some("pause"), Some(cx.request_id()))
    );
}

#[tokio::test]
async fn each_accepted_action_has_more_authority_than_the_one_before() {
    let cloud = Cloud::new().await;
    let id = running(&cloud).await.id;
    cloud.api.act(&cloud.member("p1"), id, SOFT).await.unwrap();
    cloud.api.act(&cloud.member("p1"), id, HARD).await.unwrap();
    let generation = |operation: OperationRecord| {
        let args: PowerArgs = serde_json::from_value(operation.args).unwrap();
        args.generation
    };
    assert_eq!(operations(&cloud).await.into_iter().map(generation).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn a_refused_action_writes_nothing_and_takes_no_generation() {
    let cloud = Cloud::new().await;
    let id = running(&cloud).await.id;
    cloud.api.act(&cloud.member("p1"), id, Action::Resume).await.unwrap_err();
    assert!(operations(&cloud).await.is_empty());
    let last = cloud
        .db
        .cell1()
        .query(move |tx| async move { generations::last_in(&tx, &id.to_string(), "cmp1").await });
    assert_eq!(last.await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_at_once_one_is_accepted_and_the_others_are_told_the_task() {
    let cloud = Cloud::new().await;
    let id = running(&cloud).await.id;
    let cx = cloud.member("p1");
    let asked = (0..8).map(|number| {
        let action = if number % 2 == 0 { Action::Stop } else { Action::Pause };
        cloud.api.act(&cx, id, action)
    });
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, ApiError::WrongState { attribute: "task_state", .. }), "{refused}");
    }
    assert_eq!(operations(&cloud).await.len(), 1);
}

#[tokio::test]
async fn a_locked_server_obeys_administrators_only() {
    let cloud = Cloud::new().await;
    let id = running(&cloud).await.id;
    cloud.change(id, |instance| instance.locked.set(true)).await;
    let refused = cloud.api.act(&cloud.member("p1"), id, Action::Stop).await.unwrap_err();
    assert!(matches!(refused, ApiError::Locked { .. }), "{refused}");
    cloud.api.act(&cloud.admin(), id, Action::Stop).await.unwrap();
}

#[tokio::test]
async fn a_server_that_has_no_host_or_never_ran_is_not_acted_on() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let unscheduled = cloud.boot("p1", "new").await.id;
    let refused = cloud.api.act(&cx, unscheduled, Action::Stop).await.unwrap_err();
    assert!(matches!(&refused, ApiError::WrongState { state, .. } if state == "building"), "{refused}");

    let buried = cloud.boot("p1", "buried").await.id;
    cloud.bury(buried).await;
    let refused = cloud.api.act(&cx, buried, HARD).await.unwrap_err();
    assert!(matches!(refused, ApiError::NotReady { .. }), "{refused}");

    let homeless = running(&cloud).await.id;
    cloud.change(homeless, |instance| instance.host.set(None)).await;
    let refused = cloud.api.act(&cx, homeless, HARD).await.unwrap_err();
    assert!(matches!(refused, ApiError::NotReady { .. }), "{refused}");

    let unlaunched = running(&cloud).await.id;
    cloud.change(unlaunched, |instance| instance.launched_at.set(None)).await;
    let refused = cloud.api.act(&cx, unlaunched, HARD).await.unwrap_err();
    assert!(matches!(refused, ApiError::NeverActive { .. }), "{refused}");
}

#[tokio::test]
async fn another_projects_server_is_not_found_and_a_reader_may_not_act() {
    let cloud = Cloud::new().await;
    let id = running(&cloud).await.id;
    assert!(cloud.api.act(&cloud.member("p2"), id, Action::Stop).await.unwrap_err().is_not_found());
    let reader = RequestContext::builder().user("u").project("p1").role("reader").build(&cloud.env);
    let refused = cloud.api.act(&reader, id, Action::Stop).await.unwrap_err();
    assert!(
        matches!(&refused, ApiError::Forbidden { rule } if rule == "os_compute_api:servers:stop"),
        "{refused}"
    );
    cloud.destroy(id).await;
    assert!(cloud.api.act(&cloud.member("p1"), id, Action::Stop).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_rebuild_is_accepted_when_active_stopped_or_in_error_with_no_task() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let id = running(&cloud).await.id;
    for vm_state in VmState::ALL.iter().map(|state| state.as_str()) {
        for task in [None, Some("rebuilding"), Some("pausing"), Some("deleting")] {
            set(&cloud, id, vm_state, task).await;
            let fits = ["active", "stopped", "error"].contains(&vm_state) && task.is_none();
            let answer = cloud.api.rebuild(&cx, id, RebuildServer::new(cloud.image)).await;
            assert_eq!(answer.is_ok(), fits, "{vm_state} {task:?}: {answer:?}");
            if let Err(refused) = answer {
                assert!(matches!(refused, ApiError::WrongState { .. }), "{refused}");
            }
        }
    }
}

#[tokio::test]
async fn an_accepted_rebuild_is_one_transaction_and_another_image_is_checked_first() {
    let cloud = Cloud::new().await;
    let id = running(&cloud).await.id;
    let before = cloud.writes();
    cloud.api.rebuild(&cloud.member("p1"), id, RebuildServer::new(cloud.image)).await.unwrap();
    assert_eq!(cloud.writes() - before, 1);
    set(&cloud, id, "stopped", None).await;
    let other = cloud.env.new_id();
    cloud.add_image(other, r#", "properties": {"os_type": "plan9"}"#);
    let server = cloud.api.rebuild(&cloud.member("p1"), id, RebuildServer::new(other)).await.unwrap();
    assert_eq!((server.image, server.task_state), (Some(other), Some(TaskState::Rebuilding)));

    let [same, changed] = operations(&cloud).await.try_into().unwrap();
    assert_eq!((same.step.as_str(), same.queue.to_string().as_str()), (TEAR_DOWN, "compute.cmp1"));
    assert_eq!((changed.step.as_str(), changed.queue.to_string().as_str()), (CHECK, "conductor"));
    let args = |record: OperationRecord| serde_json::from_value::<RebuildArgs>(record.args).unwrap();
    let (same, changed) = (args(same), args(changed));
    assert_eq!((same.generation, same.stopped, same.change.is_some()), (1, false, false));
    assert_eq!((changed.generation, changed.stopped), (3, true));
    assert_eq!(changed.change.unwrap().former.image_ref, cloud.image.to_string());
}

#[tokio::test]
async fn a_refused_rebuild_names_the_field_and_writes_nothing() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let id = running(&cloud).await.id;
    let large = cloud.env.new_id();
    cloud.add_image(large, r#", "min_disk": 500"#);
    let table = [
        (RebuildServer::new(cloud.env.new_id()), "image"),
        (RebuildServer::new(large), "flavor"),
        (RebuildServer::new(cloud.image).name(""), "name"),
        (RebuildServer::new(cloud.image).metadata([("k".to_owned(), "\0".to_owned())].into()), "metadata.k"),
    ];
    for (request, expected) in table {
        let refused = cloud.api.rebuild(&cx, id, request).await.unwrap_err();
        assert!(matches!(&refused, ApiError::Invalid { field, .. } if field == expected), "{refused}");
    }
    assert!(operations(&cloud).await.is_empty());
    assert_eq!(task_state(&cloud, &cx, id).await, None);
}
