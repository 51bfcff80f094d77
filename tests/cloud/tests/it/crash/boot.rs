//! The death of a service while servers boot.

use super::flow::{Flow, die_everywhere};
use super::{CONDUCTOR, HOST, NEXT_HOST, SCHEDULER, Victim};

super::claims! {
    a_boot_survives_the_death_of_the_conductor_between_any_two_steps: Flow::Boot, CONDUCTOR;
    a_boot_survives_the_death_of_the_compute_between_any_two_steps: Flow::Boot, HOST;
    a_boot_survives_the_death_of_the_scheduler_between_any_two_steps: Flow::Boot, SCHEDULER;
    a_boot_whose_request_is_cut_off_and_repeated_is_one_boot: Flow::Boot, Victim::Api;
    a_boot_of_several_survives_the_death_of_the_conductor: Flow::Several, CONDUCTOR;
    a_boot_of_several_survives_the_death_of_a_compute: Flow::Several, HOST;
    a_boot_of_several_survives_the_death_of_the_scheduler: Flow::Several, SCHEDULER;
    servers_that_are_kept_apart_survive_the_death_of_the_conductor: Flow::Apart, CONDUCTOR;
    servers_that_are_kept_apart_survive_the_death_of_a_compute: Flow::Apart, HOST;
    servers_that_are_kept_apart_survive_the_death_of_the_scheduler: Flow::Apart, SCHEDULER;
    a_reschedule_of_servers_that_are_kept_apart_survives_the_death_of_the_conductor: Flow::ApartRescheduled, CONDUCTOR;
    a_burial_survives_the_death_of_the_conductor: Flow::Burial, CONDUCTOR;
    a_burial_survives_the_death_of_the_scheduler: Flow::Burial, SCHEDULER;
    a_burial_of_several_survives_the_death_of_the_conductor: Flow::BurialOfSeveral, CONDUCTOR;
    a_reschedule_survives_the_death_of_the_conductor: Flow::Reschedule, CONDUCTOR;
    a_reschedule_survives_the_death_of_the_host_that_fails: Flow::Reschedule, HOST;
    a_reschedule_survives_the_death_of_the_host_it_goes_to: Flow::Reschedule, NEXT_HOST;
    exhaustion_survives_the_death_of_the_conductor: Flow::Exhaustion, CONDUCTOR;
    exhaustion_survives_the_death_of_a_host: Flow::Exhaustion, HOST;
}
