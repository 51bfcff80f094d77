//! The service, asked over the bus.

use std::sync::Arc;
use std::time::Duration;

use nova_core::group::{MemoryGroup, ServiceGroup};
use nova_core::service::{ManagedService, Service};
use nova_objects_catalog::exception::NoValidHost;
use nova_rpc::Client;
use nova_rpc::transport::memory::MemoryBus;
use nova_rpcapi::contract::SchedulerApiClient;
use nova_scheduler::testing::spec;
use nova_scheduler::{SCHEDULER, SchedulerManager, SchedulerParts};

use crate::fixture::{Cloud, names};

/// A started service, its manager, and the bus and the group it is in.
struct Running {
    service: ManagedService,
    manager: Arc<SchedulerManager>,
    bus: MemoryBus,
    group: Arc<MemoryGroup>,
}

async fn start(cloud: &Cloud, options: &[(&str, &str, &str)]) -> Running {
    let (bus, group) = (MemoryBus::new(&cloud.env), Arc::new(MemoryGroup::new(&cloud.env)));
    let manager = Arc::new(cloud.scheduler(options));
    let parts = SchedulerParts {
        env: cloud.env.clone(),
        config: cloud.config(options),
        host: "controller".to_owned(),
        manager: Arc::clone(&manager),
        group: group.clone(),
    };
    let service = nova_scheduler::service(parts, &bus.connect(&cloud.env)).unwrap();
    service.start().await.unwrap();
    Running { service, manager, bus, group }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conductor_asks_over_the_bus_and_is_answered_hosts_with_alternates_or_no_valid_host() {
    let cloud = Cloud::new().await;
    for name in ["a", "b", "c", "d"] {
        cloud.host(name, 1, 8192, 100).await;
    }
    let Running { service, bus, group, .. } = start(&cloud, &[]).await;
    let members = group.members(&cloud.cx, SCHEDULER).await.unwrap();
    assert_eq!(members[0].identity.binary, "nova-scheduler");

    let client = SchedulerApiClient::new(&Client::new(&bus.connect(&cloud.env)));
    let ids = |count: usize| (0..count).map(|_| cloud.env.new_id().to_string()).collect::<Vec<_>>();
    let ask = async |ids: Vec<String>, alternates| {
        client.select_destinations(&cloud.cx, &spec(1, 512, 1), &ids, Some(true), Some(alternates)).await
    };
    let hosts = ask(ids(1), true).await.unwrap();
    assert_eq!(names(&hosts)[0].len(), 3, "max_attempts 3: a host and two alternates");
    let hosts = ask(ids(2), false).await.unwrap();
    assert!(hosts.iter().all(|hosts| hosts.len() == 1));
    let refused = ask(ids(2), true).await.unwrap_err();
    assert!(nova_core::Fault::from(refused).is::<NoValidHost>());
    service.stop(Duration::from_secs(5)).await;
}

/// How many hosts pass after one that beat for a minute has been silent for ten, with no request in between.
async fn hosts_left_after_silence(options: &[(&str, &str, &str)]) -> usize {
    let cloud = Cloud::new().await;
    cloud.host("a", 8, 8192, 100).await;
    cloud.freeze_candidates().await;
    let running = start(&cloud, options).await;
    tokio::time::pause();
    running.manager.explain(&cloud.cx, &spec(1, 512, 1)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    cloud.service("a", |service| service.report_count.load(7));
    tokio::time::sleep(Duration::from_secs(600)).await;
    let report = running.manager.explain(&cloud.cx, &spec(1, 512, 1)).await.unwrap();
    report.rounds[0].steps[0].end
}

#[tokio::test]
async fn a_service_that_fell_silent_while_nobody_asked_is_known_to_be_down() {
    assert_eq!(hosts_left_after_silence(&[]).await, 0);
}

#[tokio::test]
async fn without_periodic_tasks_its_last_heartbeats_count_from_the_request_that_sees_them() {
    assert_eq!(hosts_left_after_silence(&[("DEFAULT", "periodic_enable", "false")]).await, 1);
}
