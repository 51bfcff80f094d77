//! The death of a service while a server is acted on.

use std::time::Duration;

use nova_compute_api::{Action, Reboot, ServerStatus};
use nova_tests_cloud::{Boundary, Points, World};
use uuid::Uuid;

use super::{BOUNDARIES, CONDUCTOR, Death, HOST, Victim};
use crate::act::effects;

/// One action on a server, from a state to a state.
#[derive(Clone, Copy, Debug)]
struct Turn {
    action: Action,
    to: ServerStatus,
    /// What the hypervisor does.
    effect: &'static str,
}

const fn turn(action: Action, to: ServerStatus, effect: &'static str) -> Turn {
    Turn { action, to, effect }
}

const OFF_AND_ON: [Turn; 3] = [
    turn(Action::Stop, ServerStatus::Shutoff, "powered_off"),
    turn(Action::Start, ServerStatus::Active, "powered_on"),
    turn(Action::Reboot(Reboot::Soft), ServerStatus::Active, "rebooted"),
];

const HELD_AND_ON: [Turn; 6] = [
    turn(Action::Pause, ServerStatus::Paused, "paused"),
    turn(Action::Unpause, ServerStatus::Active, "unpaused"),
    turn(Action::Suspend, ServerStatus::Suspended, "suspended"),
    turn(Action::Resume, ServerStatus::Active, "resumed"),
    turn(Action::Suspend, ServerStatus::Suspended, "suspended"),
    turn(Action::Reboot(Reboot::Hard), ServerStatus::Active, "rebooted"),
];

/// Does `turn` while `victim` dies at the `n`-th piece of database work; says whether there was so much.
async fn die_at(world: &mut World, id: Uuid, turn: Turn, victim: Victim, n: usize, at: Boundary) -> bool {
    let before = effects(world, id).len();
    let death = Death::plan(world, victim, n, at);
    death.ask(async || accepted(world, id, turn).await).await;
    let died_in_time = tokio::select! {
        biased;
        () = death.died.notified() => true,
        _ = world.rest(id) => false,
    };
    let reached = !world.gate.take_unused() || died_in_time;
    if let (true, Victim::Service(name)) = (reached, victim) {
        world.restart(name).await;
    }
    let what = format!("{turn:?}, {victim:?} {at:?} {n}");
    assert_eq!(world.rest(id).await.expect("nobody deleted it").status, turn.to, "{what}");
    while world.gate.is_late() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clean_after(&what).await;
    assert_eq!(effects(world, id).split_off(before), [turn.effect], "{what}");
    reached
}

/// Asks for the action; a user whose request was cut off after it was accepted is told so by the state.
async fn accepted(world: &World, id: Uuid, turn: Turn) {
    if let Err(refused) = world.act(id, turn.action).await {
        let server = world.get(id).await.expect("nobody deleted it");
        let going_on = server.task_state.is_some() || server.status == turn.to;
        assert!(going_on, "{turn:?}: {refused}");
    }
}

/// Walks through the turns again and again, each time with a later death, until no turn has so much work.
async fn die_everywhere(turns: &[Turn], victim: Victim) {
    let mut world = World::builder().hosts(&[2]).start().await;
    let id = world.running("walker").await;
    for n in Points::spaced() {
        let mut reached = false;
        for (number, turn) in turns.iter().enumerate() {
            let at = BOUNDARIES[(n + number) % BOUNDARIES.len()];
            reached |= die_at(&mut world, id, *turn, victim, n, at).await;
        }
        if !reached {
            break;
        }
    }
    world.delete(id).await;
    assert!(world.rest(id).await.is_none());
    world.clean_after("a walk").await;
    world.stop().await;
}

macro_rules! claims {
    ($($name:ident: $turns:expr, $victim:expr;)*) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            die_everywhere(&$turns, $victim).await;
        }
    )* };
}

claims! {
    stop_start_and_soft_reboot_survive_the_death_of_the_compute_between_any_two_steps: OFF_AND_ON, HOST;
    stop_start_and_soft_reboot_survive_the_death_of_the_conductor_between_any_two_steps: OFF_AND_ON, CONDUCTOR;
    stop_start_and_soft_reboot_whose_requests_are_cut_off_and_repeated_happen_once: OFF_AND_ON, Victim::Api;
    pause_suspend_and_their_ends_survive_the_death_of_the_compute_between_any_two_steps: HELD_AND_ON, HOST;
    pause_suspend_and_their_ends_survive_the_death_of_the_conductor_between_any_two_steps: HELD_AND_ON, CONDUCTOR;
}
