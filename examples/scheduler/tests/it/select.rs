//! Which hosts are chosen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nova_core::config::ServiceOptions;
use nova_objects_catalog::{Destination, RequestSpec};
use nova_scheduler::testing::spec;
use nova_scheduler::{Filter, HostState, SchedulerManager};

use crate::fixture::{CELL, Cloud, names};

#[tokio::test(flavor = "multi_thread")]
async fn the_best_host_is_claimed_and_the_next_best_are_its_alternates() {
    let cloud = Cloud::new().await;
    let _small = cloud.host("small", 8, 2048, 100).await;
    let big = cloud.host("big", 8, 8192, 100).await;
    cloud.host("middle", 8, 4096, 100).await;
    cloud.host("tiny", 8, 256, 100).await;
    let instances = cloud.instances::<1>();
    let selected = cloud.scheduler(&[]).select(&cloud.cx, &spec(1, 512, 1), &instances, 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["big", "middle", "small"]]);
    assert_eq!(cloud.held(&instances).await, [Some(big)]);
    let host = &selected.hosts[0][0];
    assert_eq!(*host.cell_uuid.value().unwrap(), CELL);
    let claim =
        format!(r#"{{"allocations":{{"{big}":{{"resources":{{"DISK_GB":1,"MEMORY_MB":512,"VCPU":1}}}}}}}}"#);
    assert_eq!(host.allocation_request.present(), Some(&claim));
    let report = selected.report;
    assert_eq!((report.candidates, report.rounds[0].chosen.as_deref()), (3, Some("big")));
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_of_one_request_spread_because_each_takes_from_what_is_free() {
    let cloud = Cloud::new().await;
    for name in ["a", "b", "c"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    let instances = cloud.instances::<3>();
    let selected = cloud.scheduler(&[]).select(&cloud.cx, &spec(1, 512, 1), &instances, 2).await.unwrap();
    let mut hosts: Vec<String> = names(&selected.hosts).into_iter().flatten().collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["a", "b", "c"], "each its own host, and none left as an alternate");
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_of_one_request_fill_one_host_when_that_is_wanted() {
    let cloud = Cloud::new().await;
    for name in ["a", "b"] {
        cloud.host(name, 8, 2048, 100).await;
    }
    let weights =
        ["ram", "cpu", "disk"].map(|it| ("filter_scheduler", format!("{it}_weight_multiplier"), "-1"));
    let mut options: Vec<_> =
        weights.iter().map(|(group, name, value)| (*group, name.as_str(), *value)).collect();
    options.push(("filter_scheduler", "io_ops_weight_multiplier", "0"));
    let instances = cloud.instances::<3>();
    let selected =
        cloud.scheduler(&options).select(&cloud.cx, &spec(1, 512, 1), &instances, 1).await.unwrap();
    let hosts = names(&selected.hosts);
    assert!(hosts.iter().all(|host| *host == hosts[0] && host.len() == 2), "{hosts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_schedulers_and_one_place_exactly_one_wins_and_many_requests_never_oversell() {
    let cloud = Arc::new(Cloud::new().await);
    cloud.host("a", 6, 8192, 100).await;
    cloud.host("b", 4, 8192, 100).await;
    let schedulers = [Arc::new(cloud.scheduler(&[])), Arc::new(cloud.scheduler(&[]))];
    let env = cloud.env.clone();
    let requests = (0..12).map(|number| {
        let (cloud, scheduler) = (Arc::clone(&cloud), Arc::clone(&schedulers[number % 2]));
        let work = async move {
            let instances = cloud.instances::<1>();
            scheduler.select(&cloud.cx, &spec(1, 512, 1), &instances, 0).await.is_ok()
        };
        env.spawn(format!("request {number}"), work)
    });
    let mut placed = 0;
    for request in requests.collect::<Vec<_>>() {
        placed += usize::from(request.await.unwrap());
    }
    assert_eq!(placed, 10, "ten virtual CPUs, twelve requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_disabled_or_silent_is_filtered_and_the_report_says_by_what() {
    let cloud = Cloud::new().await;
    for name in ["disabled", "silent", "good"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    cloud.service("disabled", |service| service.disabled.load(true));
    let long_ago = cloud.env.now().saturating_sub(std::time::Duration::from_secs(61));
    cloud.service("silent", |service| service.last_seen_up.load(Some(long_ago)));
    let report = cloud.scheduler(&[]).explain(&cloud.cx, &spec(1, 512, 1)).await.unwrap();
    let step = &report.rounds[0].steps[0];
    assert_eq!((step.filter.as_ref(), step.start, step.end), ("ComputeFilter", 3, 1));
    let mut rejected = step.rejected.clone();
    rejected.sort_unstable();
    assert_eq!(rejected, ["disabled", "silent"]);
    assert_eq!(report.rounds[0].best[0].host, "good");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_names_a_host_gets_it_past_all_filters() {
    let cloud = Cloud::new().await;
    for name in ["a", "b"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    cloud.service("b", |service| service.disabled.load(true));
    let mut forced = spec(1, 512, 1);
    forced.force_hosts.set(vec!["b".to_owned()]);
    let instances = cloud.instances::<1>();
    let selected = cloud.scheduler(&[]).select(&cloud.cx, &forced, &instances, 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["b"]]);
    assert_eq!(selected.report.candidates, 1, "placement is asked about that host only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requested_destination_is_filtered_like_any_host() {
    let cloud = Cloud::new().await;
    for name in ["a", "b"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    let mut destination = Destination::empty();
    destination.host.set("a");
    let mut request = spec(1, 512, 1);
    request.requested_destination.set(destination);
    let scheduler = cloud.scheduler(&[("scheduler", "host_cache_time", "0")]);
    let selected = scheduler.select(&cloud.cx, &request, &cloud.instances::<1>(), 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["a"]]);
    cloud.service("a", |service| service.disabled.load(true));
    assert!(scheduler.select(&cloud.cx, &request, &cloud.instances::<1>(), 2).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_hosts_are_read_once_within_the_cache_time_and_each_time_without() {
    let cloud = Cloud::new().await;
    for name in ["a", "b"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    for (cache_time, reads) in [("60", 1), ("0", 3)] {
        let before = cloud.reads();
        let scheduler = cloud.scheduler(&[("scheduler", "host_cache_time", cache_time)]);
        for _ in 0..3 {
            scheduler.explain(&cloud.cx, &spec(1, 512, 1)).await.unwrap();
        }
        assert_eq!(cloud.reads() - before, reads, "host_cache_time {cache_time}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_a_host_is_left_out_and_counted() {
    let cloud = Cloud::new().await;
    cloud.host("a", 8, 8192, 100).await;
    let mut other = Cloud::new().await;
    other.placement = Arc::clone(&cloud.placement);
    other.host("stranger", 8, 8192, 100).await;
    let report = cloud.scheduler(&[]).explain(&cloud.cx, &spec(1, 512, 1)).await.unwrap();
    assert_eq!((report.candidates, report.unknown), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_others_filled_meanwhile_is_passed_over_once_and_not_tried_again() {
    let cloud = Cloud::new().await;
    cloud.host("best", 1, 8192, 100).await;
    cloud.host("other", 8, 4096, 100).await;
    cloud.freeze_candidates().await;
    let options = [("filter_scheduler", "cpu_weight_multiplier", "0")];
    cloud.scheduler(&options).select(&cloud.cx, &spec(1, 512, 1), &cloud.instances::<1>(), 0).await.unwrap();
    let selected = cloud
        .scheduler(&options)
        .select(&cloud.cx, &spec(1, 512, 1), &cloud.instances::<2>(), 1)
        .await
        .unwrap();
    assert_eq!(names(&selected.hosts), [["other"], ["other"]], "a full host is no alternate either");
    let full: Vec<&[String]> = selected.report.rounds.iter().map(|round| round.full.as_slice()).collect();
    assert_eq!(full, [&["best".to_owned()][..], &[]]);
}

/// Counts how often it is asked.
struct Counting(Arc<AtomicUsize>);

impl Filter for Counting {
    fn name(&self) -> &str {
        "Counting"
    }
    fn passes(&self, _: &HostState, _: &RequestSpec) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        true
    }
    fn once_per_request(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_filter_that_runs_once_per_request_is_asked_once_for_each_host() {
    let cloud = Cloud::new().await;
    for name in ["a", "b"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let config = cloud.config(&[("filter_scheduler", "enabled_filters", "Counting")]);
    let scheduler = SchedulerManager::builder(&cloud.env, &config, cloud.objects(), cloud.placement.clone())
        .filter(Counting(Arc::clone(&asked)))
        .build()
        .unwrap();
    scheduler.select(&cloud.cx, &spec(1, 512, 1), &cloud.instances::<3>(), 0).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn defaults_are_novas() {
    let config = nova_scheduler::register_options(nova_core::config::Config::builder()).load().unwrap();
    let scheduler = config.get::<nova_scheduler::SchedulerOptions>();
    assert_eq!((scheduler.max_attempts, scheduler.max_placement_results), (3, 1000));
    let filtering = config.get::<nova_scheduler::FilterSchedulerOptions>();
    assert_eq!((filtering.host_subset_size, filtering.shuffle_best_same_weighed_hosts), (1, false));
    assert_eq!(config.get::<ServiceOptions>().service_down_time.as_secs(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_is_checked_by_the_filters_of_images_on_a_full_host_and_claims_nothing() {
    let cloud = Cloud::new().await;
    cloud.host("full", 1, 1024, 10).await;
    let instances = cloud.instances::<1>();
    let mut request = spec(1, 512, 1);
    cloud.scheduler(&[]).select(&cloud.cx, &request, &instances, 0).await.unwrap();
    let held = cloud.held(&instances).await;

    let mut there = Destination::empty();
    there.host.set("full");
    request.requested_destination.set(Some(there));
    let hint = ("_nova_check_type".to_owned(), vec!["rebuild".to_owned()]);
    request.scheduler_hints.set(std::collections::BTreeMap::from([hint]));
    // Asks for more than the host has, which does not count.
    request.flavor.set(spec(64, 512, 1).flavor.into_value().unwrap());
    let selected = cloud.scheduler(&[]).select(&cloud.cx, &request, &instances, 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["full"]]);
    assert_eq!(cloud.held(&instances).await, held);

    let mut properties = nova_objects_catalog::ImageMetaProps::empty();
    properties.hw_architecture.set(nova_objects_catalog::Architecture::S390x);
    let mut image = nova_objects_catalog::ImageMeta::empty();
    image.properties.set(Box::new(properties));
    request.image.set(Some(image));
    let refused = cloud.scheduler(&[]).select(&cloud.cx, &request, &instances, 0).await.unwrap_err();
    assert!(refused.to_string().contains("ImagePropertiesFilter: (start: 1, end: 0)"), "{refused}");
    assert_eq!(cloud.held(&instances).await, held);
}
