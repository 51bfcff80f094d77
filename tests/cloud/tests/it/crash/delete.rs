//! The death of a service while servers are deleted.

use nova_tests_cloud::Points;

use super::flow::{Flow, die_at, die_everywhere, die_while_deleting};
use super::{BOUNDARIES, CONDUCTOR, HOST, SCHEDULER, Victim};

super::claims! {
    a_deletion_survives_the_death_of_the_conductor_between_any_two_steps: Flow::Deletion, CONDUCTOR;
    a_deletion_survives_the_death_of_the_compute_between_any_two_steps: Flow::Deletion, HOST;
    a_deletion_that_is_cut_off_and_repeated_is_one_deletion: Flow::Deletion, Victim::Api;
    a_deletion_of_a_buried_server_that_is_cut_off_can_be_repeated: Flow::DeletionOfBuried, Victim::Api;
    a_deletion_of_a_buried_server_needs_no_conductor: Flow::DeletionOfBuried, CONDUCTOR;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_boot_survives_the_death_of_the_conductor() {
    die_while_deleting(Flow::DeletionDuring, CONDUCTOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_boot_survives_the_death_of_the_compute() {
    die_while_deleting(Flow::DeletionDuring, HOST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_boot_survives_the_death_of_the_scheduler() {
    die_while_deleting(Flow::DeletionDuring, SCHEDULER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_reschedule_survives_the_death_of_the_conductor() {
    die_while_deleting(Flow::DeletionDuringReschedule, CONDUCTOR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_a_burial_survives_the_death_of_the_conductor() {
    let mut world = Flow::Burial.world().start().await;
    for moment in Points::new().take_while(|moment| *moment < 20) {
        for n in Points::sparse(moment) {
            let boundary = BOUNDARIES[(n + moment) % BOUNDARIES.len()];
            // The same flow in a world without room.
            if !die_at(&mut world, Flow::DeletionDuring(moment), CONDUCTOR, n, boundary).await {
                break;
            }
        }
    }
    world.stop().await;
}
