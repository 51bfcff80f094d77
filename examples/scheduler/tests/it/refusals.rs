//! What is answered when there is no host, and what is left behind: nothing.

use std::collections::BTreeMap;

use nova_core::Fault;
use nova_neighbours::placement::{Claim, Placement, PlacementError, class};
use nova_objects_catalog::exception::{AllocationUpdateFailed, InvalidInput, NoValidHost};
use nova_rpcapi::contract::SchedulerApi;
use nova_scheduler::testing::spec;
use nova_scheduler::{SchedulerManager, SelectError};

use crate::fixture::Cloud;

#[tokio::test(flavor = "multi_thread")]
async fn if_one_instance_finds_no_host_none_keeps_its_claim() {
    let cloud = Cloud::new().await;
    cloud.host("a", 1, 8192, 100).await;
    cloud.host("b", 1, 8192, 100).await;
    let instances = cloud.instances::<3>();
    let ids = instances.iter().map(ToString::to_string).collect();
    let scheduler = cloud.scheduler(&[]);
    let refused =
        scheduler.select_destinations(&cloud.cx, spec(1, 512, 1), ids, Some(true), Some(true)).await;
    let fault = refused.unwrap_err();
    assert_eq!(fault.message(), "No valid host was found. There are not enough hosts available.");
    assert!(fault.is::<NoValidHost>() && fault.is_safe());
    assert_eq!(cloud.held(&instances).await, [None, None, None]);
    let rounds = fault.data().kwargs["explain"]["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 3);
    assert_eq!(rounds[2]["full"].as_array().unwrap().len(), 2, "both were full for the third");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_holds_something_keeps_it_and_the_others_are_given_back() {
    let cloud = Cloud::new().await;
    let host = cloud.host("a", 8, 8192, 100).await;
    let instances = cloud.instances::<2>();
    let earlier = Claim {
        consumer: instances[1],
        consumer_generation: None,
        project_id: "p".to_owned(),
        user_id: "u".to_owned(),
        resources: BTreeMap::from([(host, BTreeMap::from([(class::VCPU.to_owned(), 1)]))]),
        group: None,
    };
    cloud.placement.claim(&cloud.cx, &earlier).await.unwrap();
    let refused = cloud.scheduler(&[]).select(&cloud.cx, &spec(1, 512, 1), &instances, 0).await.unwrap_err();
    assert!(matches!(refused, SelectError::Held { instance, .. } if instance == instances[1]), "{refused:?}");
    assert!(Fault::from(refused).is::<AllocationUpdateFailed>());
    assert_eq!(cloud.held(&instances).await, [None, Some(host)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_gave_everything_back_is_chosen_for_again_and_one_that_left_is_not() {
    let cloud = Cloud::new().await;
    let host = cloud.host("a", 8, 8192, 100).await;
    let instances = cloud.instances::<1>();
    for _ in 0..2 {
        cloud.scheduler(&[]).select(&cloud.cx, &spec(1, 512, 1), &instances, 0).await.unwrap();
        assert_eq!(cloud.held(&instances).await, [Some(host)]);
        let held = cloud.placement.held_by(&cloud.cx, instances[0]).await.unwrap().unwrap();
        cloud.placement.release(&cloud.cx, instances[0], held.generation).await.unwrap();
    }
    cloud.placement.retire(&cloud.cx, instances[0]).await.unwrap();
    let refused = cloud.scheduler(&[]).select(&cloud.cx, &spec(1, 512, 1), &instances, 0).await.unwrap_err();
    assert!(matches!(refused, SelectError::Placement(PlacementError::Retired(_))), "{refused:?}");
    assert_eq!(cloud.held(&instances).await, [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_answer_was_lost_is_left_to_whoever_asked_and_those_before_are_given_back() {
    let cloud = Cloud::new().await;
    let host = cloud.host("a", 8, 8192, 100).await;
    cloud.lose_answer(2);
    let instances = cloud.instances::<3>();
    let refused = cloud.scheduler(&[]).select(&cloud.cx, &spec(1, 512, 1), &instances, 0).await.unwrap_err();
    assert!(matches!(refused, SelectError::Placement(_)), "{refused:?}");
    // It might as well be the claim of another scheduler that was asked the same.
    assert_eq!(cloud.held(&instances).await, [None, Some(host), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_for_a_caller_that_has_gone() {
    let cloud = Cloud::new().await;
    cloud.host("a", 8, 8192, 100).await;
    let cx = cloud.cx.with_deadline(tokio::time::Instant::now());
    let instances = cloud.instances::<1>();
    let refused = cloud.scheduler(&[]).select(&cx, &spec(1, 512, 1), &instances, 0).await.unwrap_err();
    assert!(matches!(refused, SelectError::Deadline), "{refused:?}");
    assert_eq!(cloud.held(&instances).await, [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_a_refusal_names_the_filter_that_left_no_host() {
    let cloud = Cloud::new().await;
    cloud.host("a", 8, 8192, 100).await;
    let mut request = spec(1, 512, 1);
    let extra = [("capabilities:hypervisor_type".to_owned(), "Xen".to_owned())];
    request.flavor.nested_mut().unwrap().extra_specs.set(extra);
    let refused =
        cloud.scheduler(&[]).select(&cloud.cx, &request, &cloud.instances::<1>(), 0).await.unwrap_err();
    let SelectError::NoHost(report) = refused else { panic!("{refused:?}") };
    assert_eq!(report.killer(), Some("ComputeCapabilitiesFilter"));
    assert_eq!(
        report.to_string(),
        "Filter results: ['ComputeFilter: (start: 1, end: 1)', 'ComputeCapabilitiesFilter: (start: 1, end: 0)']"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_any_host_has_finds_none_before_any_filter() {
    let cloud = Cloud::new().await;
    cloud.host("a", 8, 8192, 100).await;
    let refused = cloud.scheduler(&[]).select(&cloud.cx, &spec(9, 512, 1), &cloud.instances::<1>(), 0).await;
    let SelectError::NoHost(report) = refused.unwrap_err() else { panic!("another error") };
    assert_eq!((report.candidates, report.killer()), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_instances_and_amounts_that_are_no_numbers_are_the_callers_mistake() {
    let cloud = Cloud::new().await;
    let scheduler = cloud.scheduler(&[]);
    let ids = vec!["i-0001".to_owned()];
    let fault = scheduler.select_destinations(&cloud.cx, spec(1, 1, 1), ids, None, None).await.unwrap_err();
    assert!(fault.is::<InvalidInput>() && fault.message().contains("i-0001"));
    let mut request = spec(1, 512, 1);
    let extra = [("resources:VCPU".to_owned(), "two".to_owned())];
    request.flavor.nested_mut().unwrap().extra_specs.set(extra);
    let fault = Fault::from(scheduler.explain(&cloud.cx, &request).await.unwrap_err());
    assert!(fault.is::<InvalidInput>() && fault.message().contains("resources:VCPU"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_filter_in_the_options_stops_the_start_and_says_what_was_meant() {
    let cloud = Cloud::new().await;
    let config =
        cloud.config(&[("filter_scheduler", "enabled_filters", "ComputeFilter,ImagePropertyFilter")]);
    let placement = cloud.placement.clone();
    let refused =
        SchedulerManager::builder(&cloud.env, &config, cloud.objects(), placement).build().unwrap_err();
    assert_eq!(
        refused.to_string(),
        r#"there is no filter "ImagePropertyFilter"; did you mean ImagePropertiesFilter?"#
    );
}
