//! Members of server groups: where they go, and that no two requests break a policy together.

use std::sync::Arc;

use nova_neighbours::placement::{GroupMembers, Placement};
use nova_objects_catalog::{GroupPolicy, InstanceGroup, RequestSpec};
use nova_scheduler::testing::{group_of, spec};
use nova_scheduler::{SelectError, Selected};
use uuid::Uuid;

use crate::fixture::{Cloud, names};

/// A request for an instance of a new group.
fn asking(cloud: &Cloud, policy: GroupPolicy) -> RequestSpec {
    let mut group: InstanceGroup = group_of(policy, &[]);
    group.uuid.load(cloud.env.new_id());
    let mut request = spec(1, 512, 1);
    request.instance_group.set(Some(group));
    request
}

/// Where the members of the request's group are.
async fn members(cloud: &Cloud, request: &RequestSpec) -> GroupMembers {
    let group = request.instance_group.present().unwrap().uuid.value().unwrap().parse().unwrap();
    cloud.placement.members_of(&cloud.cx, group).await.unwrap()
}

async fn select<const N: usize>(
    cloud: &Cloud,
    request: &RequestSpec,
    alternates: usize,
) -> Result<Selected, SelectError> {
    cloud.scheduler(&[]).select(&cloud.cx, request, &cloud.instances::<N>(), alternates).await
}

/// Three hosts, the first of which is always the best.
async fn three(cloud: &Cloud) -> [Uuid; 3] {
    [
        cloud.host("best", 64, 65536, 100).await,
        cloud.host("good", 64, 8192, 100).await,
        cloud.host("poor", 64, 4096, 100).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_stay_apart_go_to_the_next_best_host_each_time_until_there_is_none() {
    let cloud = Cloud::new().await;
    three(&cloud).await;
    let request = asking(&cloud, GroupPolicy::ANTI_AFFINITY);
    for host in ["best", "good", "poor"] {
        assert_eq!(names(&select::<1>(&cloud, &request, 0).await.unwrap().hosts), [[host]]);
    }
    let refused = select::<1>(&cloud, &request, 0).await.unwrap_err();
    let SelectError::NoHost(report) = refused else { panic!("{refused:?}") };
    assert_eq!(report.killer(), Some("ServerGroupAntiAffinityFilter"));
    let mut others = asking(&cloud, GroupPolicy::ANTI_AFFINITY);
    assert_eq!(names(&select::<1>(&cloud, &others, 0).await.unwrap().hosts), [["best"]]);
    others.instance_group.set(None);
    assert_eq!(names(&select::<1>(&cloud, &others, 0).await.unwrap().hosts), [["best"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_instances_of_one_request_stay_apart_or_together_within_it() {
    let cloud = Cloud::new().await;
    let [best, _, _] = three(&cloud).await;
    let apart = asking(&cloud, GroupPolicy::ANTI_AFFINITY);
    let mut hosts = names(&select::<3>(&cloud, &apart, 2).await.unwrap().hosts);
    hosts.sort();
    assert_eq!(hosts, [["best"], ["good"], ["poor"]], "none is an alternate of another");
    let four = asking(&cloud, GroupPolicy::ANTI_AFFINITY);
    assert!(matches!(select::<4>(&cloud, &four, 0).await, Err(SelectError::NoHost(_))));
    assert_eq!(members(&cloud, &four).await, GroupMembers::new(), "what was claimed in vain is given back");

    let two = GroupPolicy::AntiAffinity { max_server_per_host: 2.try_into().unwrap() };
    let pairs = asking(&cloud, two);
    let mut hosts = names(&select::<6>(&cloud, &pairs, 0).await.unwrap().hosts);
    hosts.sort();
    assert_eq!(hosts, [["best"], ["best"], ["good"], ["good"], ["poor"], ["poor"]]);

    let together = asking(&cloud, GroupPolicy::Affinity);
    // Each instance makes the best host a worse one, and still they stay.
    let selected = select::<8>(&cloud, &together, 1).await.unwrap();
    assert!(names(&selected.hosts).iter().all(|hosts| hosts[0] == "best"), "{:?}", names(&selected.hosts));
    assert_eq!(members(&cloud, &together).await[&best].len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_stay_together_follow_the_first_and_if_its_host_is_full_there_is_none() {
    let cloud = Cloud::new().await;
    cloud.host("small", 2, 65536, 100).await;
    let options = [("filter_scheduler", "cpu_weight_multiplier", "0")];
    let request = asking(&cloud, GroupPolicy::Affinity);
    select::<1>(&cloud, &request, 0).await.unwrap();
    cloud.host("big", 64, 1 << 20, 1000).await;
    let selected =
        cloud.scheduler(&options).select(&cloud.cx, &request, &cloud.instances::<1>(), 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["small"]], "and no alternate");
    assert_eq!(selected.report.candidates, 1, "placement is asked about that host only");
    let refused = select::<1>(&cloud, &request, 0).await;
    assert!(matches!(refused, Err(SelectError::NoHost(_))), "{refused:?}");
    let free = asking(&cloud, GroupPolicy::Affinity);
    assert_eq!(names(&select::<1>(&cloud, &free, 0).await.unwrap().hosts), [["big"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn soft_policies_prefer_and_never_refuse() {
    let cloud = Cloud::new().await;
    for name in ["a", "b"] {
        cloud.host(name, 8, 8192, 100).await;
    }
    // Only the group decides.
    let names_of = ["ServerGroupSoftAffinityWeigher", "ServerGroupSoftAntiAffinityWeigher"].join(",");
    let options = [("filter_scheduler", "weight_classes", names_of.as_str())];
    for (policy, together) in [(GroupPolicy::SoftAffinity, true), (GroupPolicy::SoftAntiAffinity, false)] {
        let request = asking(&cloud, policy);
        let scheduler = cloud.scheduler(&options);
        for _ in 0..3 {
            scheduler.select(&cloud.cx, &request, &cloud.instances::<1>(), 0).await.unwrap();
        }
        let mut counts: Vec<_> = members(&cloud, &request).await.values().map(|there| there.len()).collect();
        counts.sort_unstable();
        let expected: &[usize] = if together { &[3] } else { &[1, 2] };
        assert_eq!(counts, expected, "{policy:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_that_looked_too_early_is_refused_by_the_claim_and_looks_again() {
    let cloud = Cloud::new().await;
    let hosts = three(&cloud).await;
    let apart = asking(&cloud, GroupPolicy::ANTI_AFFINITY);
    select::<1>(&cloud, &apart, 0).await.unwrap();
    cloud.look_too_early();
    let selected = select::<1>(&cloud, &apart, 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["good", "poor"]], "what is barred is no alternate either");
    let round = &selected.report.rounds[0];
    assert_eq!((round.conflicts.as_slice(), round.full.len()), (&["best".to_owned()][..], 0));
    assert_eq!(selected.report.rounds.len(), 1, "looking again is the same round");

    // The first of the group is where nobody would go first.
    let mut together = asking(&cloud, GroupPolicy::Affinity);
    together.force_hosts.set(vec!["poor".to_owned()]);
    select::<1>(&cloud, &together, 0).await.unwrap();
    together.force_hosts.set(None);
    cloud.look_too_early();
    let selected = select::<1>(&cloud, &together, 2).await.unwrap();
    assert_eq!(names(&selected.hosts), [["poor"]]);
    assert_eq!(
        selected.report.rounds[0].conflicts,
        ["best"],
        "one refusal is enough to know where the group is"
    );
    assert_eq!(members(&cloud, &together).await[&hosts[2]].len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_forced_host_nor_filters_that_are_left_out_break_a_policy() {
    let cloud = Cloud::new().await;
    three(&cloud).await;
    let mut request = asking(&cloud, GroupPolicy::ANTI_AFFINITY);
    select::<1>(&cloud, &request, 0).await.unwrap();
    let options = [("filter_scheduler", "enabled_filters", "ComputeFilter")];
    let unfiltered = cloud.scheduler(&options);
    let selected = unfiltered.select(&cloud.cx, &request, &cloud.instances::<1>(), 0).await.unwrap();
    assert_eq!(names(&selected.hosts), [["good"]]);
    request.force_hosts.set(vec!["best".to_owned()]);
    let refused = select::<1>(&cloud, &request, 0).await.unwrap_err();
    let SelectError::NoHost(report) = refused else { panic!("{refused:?}") };
    assert_eq!(report.rounds[0].conflicts, ["best"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_to_two_schedulers_as_many_win_as_there_are_hosts() {
    let cloud = Arc::new(Cloud::new().await);
    for name in ["a", "b", "c", "d"] {
        cloud.host(name, 64, 65536, 100).await;
    }
    let request = Arc::new(asking(&cloud, GroupPolicy::ANTI_AFFINITY));
    let schedulers = [Arc::new(cloud.scheduler(&[])), Arc::new(cloud.scheduler(&[]))];
    let env = cloud.env.clone();
    let requests = (0..16).map(|number| {
        let (cloud, scheduler) = (Arc::clone(&cloud), Arc::clone(&schedulers[number % 2]));
        let request = Arc::clone(&request);
        let work = async move {
            let instances = cloud.instances::<1>();
            match scheduler.select(&cloud.cx, &request, &instances, 2).await {
                Ok(selected) => Some(selected.report.rounds[0].conflicts.len()),
                Err(SelectError::NoHost(_)) => None,
                Err(error) => panic!("{error:?}"),
            }
        };
        env.spawn(format!("request {number}"), work)
    });
    let mut won = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        won.extend(request.await.unwrap());
    }
    assert_eq!(won.len(), 4, "four hosts, sixteen requests");
    let members = members(&cloud, &request).await;
    assert!(members.len() == 4 && members.values().all(|there| there.len() == 1), "{members:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_policy_nobody_knows_is_refused_and_nothing_is_claimed() {
    let cloud = Cloud::new().await;
    let hosts = three(&cloud).await;
    let mut request = asking(&cloud, GroupPolicy::Affinity);
    if let Ok(Some(group)) = request.instance_group.nested_mut() {
        group.policy.load(Some("legacy".to_owned()));
    }
    let refused = select::<1>(&cloud, &request, 0).await.unwrap_err();
    assert!(matches!(refused, SelectError::Unsupported { .. }), "{refused:?}");
    let fault = nova_core::Fault::from(refused);
    assert!(fault.message().contains("server groups without a uuid, or with an unknown policy"), "{fault}");
    for host in hosts {
        assert!(cloud.placement.held_of(&cloud.cx, host).await.unwrap().is_empty());
    }
}
