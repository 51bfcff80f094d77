//! Requests for servers.

use nova_compute_api::{ApiError, CreateFlavor, CreateServer, FlavorsApi, ServerStatus, ServersApi};
use nova_core::operation::secrets::OperationKey;
use nova_core::operation::{OperationFilter, OperationId, OperationRecord, OperationStore};
use nova_core::{BoxError, RequestContext};
use nova_objects_catalog::{BuildRequest, InstanceMapping, RequestSpec, TaskState, VmState};
use nova_objects_db::ActionError;
use nova_objects_db::actions::{build_request, instance_mapping, request_spec};
use nova_objects_db::operations::DbOperationStore;
use nova_rpcapi::operations::{BootArgs, SCHEDULE_AND_BUILD};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::cloud::Cloud;

async fn operations(cloud: &Cloud) -> Vec<OperationRecord> {
    let store = DbOperationStore::new(cloud.db.api());
    store.list(&cloud.admin(), &OperationFilter::default()).await.unwrap()
}

async fn rows(cloud: &Cloud, id: Uuid) -> (BuildRequest, RequestSpec, InstanceMapping) {
    let (cx, id) = (cloud.admin(), id.to_string());
    let read = cloud.db.api().read(move |tx| {
        let (cx, id) = (cx.clone(), id.clone());
        async move {
            let request = build_request::get_in(&tx, &cx, &id).await?;
            let spec = request_spec::get_in(&tx, &cx, &id).await?;
            Ok::<_, ActionError>((request, spec, instance_mapping::get_in(&tx, &cx, &id).await?))
        }
    });
    read.await.unwrap()
}

#[tokio::test]
async fn an_accepted_request_is_one_transaction_with_all_its_records_and_one_operation() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let before = cloud.writes();
    let request = cloud.request("web").counts(1, 3).metadata("role", "front").hint("rack", "r7");
    let created = cloud.api.create(&cx, request).await.unwrap();
    assert_eq!(cloud.writes() - before, 1);

    let names: Vec<_> = created.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["web-1", "web-2", "web-3"]);
    for server in &created.servers {
        let (request, spec, mapping) = rows(&cloud, server.id).await;
        let instance = request.instance.get().unwrap();
        assert_eq!(instance.vm_state().unwrap(), Some(VmState::Building));
        assert_eq!(instance.task_state().unwrap(), Some(TaskState::Scheduling));
        assert_eq!(instance.metadata.get().unwrap()["role"], "front");
        assert_eq!(request.block_device_mappings.get().unwrap().members().len(), 1);
        assert_eq!((spec.num_instances.get().unwrap(), spec.scheduler_hint("rack")), (&3, Some("r7")));
        assert_eq!((spec.vcpus().unwrap(), spec.memory_mb().unwrap(), spec.root_gb().unwrap()), (1, 512, 1));
        assert_eq!(mapping.project_id.get().unwrap(), "p1");
        assert_eq!(mapping.cell_mapping.present(), None);
    }

    let [operation] = operations(&cloud).await.try_into().unwrap();
    let args: BootArgs = serde_json::from_value(operation.args).unwrap();
    assert_eq!(args.instances, created.servers.iter().map(|server| server.id).collect::<Vec<_>>());
    assert_eq!((operation.target, operation.step.as_str()), (created.reservation_id, SCHEDULE_AND_BUILD));
    assert_eq!(cloud.hints.taken(), ["conductor"]);
}

#[tokio::test]
async fn a_created_server_is_there_at_once_as_it_was_answered() {
    let cloud = Cloud::new().await;
    let server = cloud.boot("p1", "web").await;
    assert_eq!((server.name.as_str(), server.status), ("web", ServerStatus::Build));
    let found = cloud.api.get(&cloud.member("p1"), server.id).await.unwrap();
    assert_eq!(
        (found.created_at, &found.flavor, found.image),
        (server.created_at, &server.flavor, Some(cloud.image))
    );
}

#[tokio::test]
async fn a_server_stays_the_same_when_it_moves_into_a_cell() {
    let cloud = Cloud::new().await;
    let accepted = cloud.boot("p1", "web").await;
    cloud
        .schedule(accepted.id, |instance| {
            instance.vm_state.set(VmState::Active);
            instance.task_state.set(None);
            instance.host.set("cmp1".to_owned());
        })
        .await;
    let running = cloud.api.get(&cloud.member("p1"), accepted.id).await.unwrap();
    assert_eq!((running.status, running.host.as_deref()), (ServerStatus::Active, Some("cmp1")));
    assert_eq!((&running.flavor, &running.metadata), (&accepted.flavor, &accepted.metadata));
    assert_eq!((running.created_at, running.reservation_id), (accepted.created_at, accepted.reservation_id));
}

#[tokio::test]
async fn a_server_without_a_host_is_in_error_and_says_why() {
    let cloud = Cloud::new().await;
    let server = cloud.boot("p1", "web").await;
    cloud.bury(server.id).await;
    let found = cloud.api.get(&cloud.member("p1"), server.id).await.unwrap();
    assert_eq!(found.status, ServerStatus::Error);
    let fault = found.fault.unwrap();
    assert_eq!(fault.code, 500);
    assert!(fault.message.contains("No valid host"), "{}", fault.message);
}

#[tokio::test]
async fn another_projects_server_is_not_found_and_an_administrator_sees_all() {
    let cloud = Cloud::new().await;
    let server = cloud.boot("p1", "web").await;
    let stranger = cloud.member("p2");
    for scheduled in [false, true] {
        if scheduled {
            cloud.schedule(server.id, |_| {}).await;
        }
        assert!(cloud.api.get(&stranger, server.id).await.unwrap_err().is_not_found());
        assert!(cloud.api.delete(&stranger, server.id).await.unwrap_err().is_not_found());
        assert_eq!(cloud.api.get(&cloud.admin(), server.id).await.unwrap().id, server.id);
    }
}

#[tokio::test]
async fn a_refused_request_writes_nothing_and_names_the_field() -> Result<(), BoxError> {
    let cloud = Cloud::with(|builder| builder.max_servers_per_request(5)).await;
    cloud.api.create_flavor(&cloud.admin(), CreateFlavor::new("hidden", 1, 512, 1).id("h").private()).await?;
    let (queued, greedy) = (cloud.env.new_id(), cloud.env.new_id());
    cloud.add_image(queued, r#", "status": "queued""#);
    cloud.add_image(greedy, r#", "min_ram": 1024"#);
    let cx = cloud.member("p1");
    let before = cloud.writes();
    let table: [(CreateServer, &str); 7] = [
        (CreateServer::new("web", "no-such", cloud.image), "flavor"),
        (CreateServer::new("web", "h", cloud.image), "flavor"),
        (CreateServer::new("web", "1", cloud.env.new_id()), "image"),
        (CreateServer::new("web", "1", queued), "image"),
        (CreateServer::new("web", "1", greedy), "flavor"),
        (cloud.request("we\u{0}b"), "name"),
        (cloud.request("web").admin_password("s3cret"), "admin_password"),
    ];
    for (request, expected) in table {
        match cloud.api.create(&cx, request.clone()).await {
            Err(ApiError::Invalid { field, .. }) => assert_eq!(field, expected, "{request:?}"),
            other => panic!("{request:?}: {other:?}"),
        }
    }
    let many = cloud.api.create(&cx, cloud.request("web").count(6)).await;
    assert!(matches!(many, Err(ApiError::TooManyRequested { field: "max_count", asked: 6, allowed: 5 })));
    let reader = RequestContext::builder().user("u").project("p1").role("reader").build(&cloud.env);
    let refused = cloud.api.create(&reader, cloud.request("web")).await;
    assert!(matches!(refused, Err(ApiError::Forbidden { .. })));
    assert_eq!((cloud.writes(), cloud.hints.taken().len()), (before, 0));
    Ok(())
}

#[tokio::test]
async fn a_request_repeated_with_its_key_is_accepted_once() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let key = OperationId(cloud.env.new_id());
    let request = || cloud.request("web").count(2).key(key);
    let first = cloud.api.create(&cx, request()).await.unwrap();
    let before = cloud.writes();
    let again = cloud.api.create(&cx, request()).await.unwrap();
    assert_eq!(cloud.writes(), before);
    assert_eq!(again.reservation_id, first.reservation_id);
    let ids = |created: &nova_compute_api::Created| created.servers.iter().map(|s| s.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&first));

    let stranger = cloud.api.create(&cloud.member("p2"), request()).await;
    assert!(matches!(stranger, Err(ApiError::Invalid { field, .. }) if field == "key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_many_times_at_once_makes_one_request() {
    let cloud = Cloud::new().await;
    let cx = cloud.member("p1");
    let key = OperationId(cloud.env.new_id());
    let requests = (0..8).map(|_| cloud.api.create(&cx, cloud.request("web").key(key)));
    for created in futures_util::future::join_all(requests).await {
        assert_eq!(created.unwrap().servers.len(), 1);
    }
    assert_eq!(operations(&cloud).await.len(), 1);
}

#[tokio::test]
async fn a_password_is_answered_once_and_never_stored_in_the_clear() {
    let cloud = Cloud::with(|builder| builder.key(OperationKey::new(&[7; 32]))).await;
    let cx = cloud.member("p1");
    let made = cloud.api.create(&cx, cloud.request("web")).await.unwrap().admin_password.unwrap();
    assert_eq!(made.expose_secret().len(), 16);
    let given = cloud.api.create(&cx, cloud.request("web").admin_password("correct-horse")).await.unwrap();
    assert_eq!(given.admin_password.unwrap().expose_secret(), "correct-horse");
    for record in operations(&cloud).await {
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains("correct-horse") && !text.contains(made.expose_secret()));
        assert!(record.secrets.is_some());
    }
}
