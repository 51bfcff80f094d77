//! What must hold however processes race.

use std::collections::BTreeMap;

use nova_neighbours::placement::Placement;
use nova_tests_chaos::{Order, Outcome, QUOTA};

use crate::arena::{Arena, race};

/// How often each race is run: `NOVA_TEST_LONG` says so.
#[expect(clippy::disallowed_methods, reason = "how long a test takes is not the product's configuration")]
fn rounds() -> usize {
    if std::env::var_os("NOVA_TEST_LONG").is_some() { 50 } else { 5 }
}

fn lost(class: &str, count: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(class.to_owned(), count)])
}

/// Two hundred requests of eight processes, for what is left on three hosts of different size.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_schedulers_and_two_hundred_requests_exactly_as_many_win_as_there_is_room_for() {
    let Some(arena) = Arena::open("races::eight_schedulers").await else { return };
    let rooms = [1, 2, 4];
    let mut hosts = Vec::new();
    for room in rooms {
        hosts.push(arena.host(&format!("host-{room}"), room).await);
    }
    let mut racers = arena.racers(8).await;
    for round in 0..rounds() {
        // All but the last slot are taken in every other round.
        let left = if round % 2 == 0 { 1 } else { 7 };
        for _ in left..7 {
            let taken = race(&mut racers[..1], &Order::Schedule { count: 1 }).await;
            assert_eq!(taken.won, 1, "round {round}");
        }
        let outcome = race(&mut racers, &Order::Schedule { count: 25 }).await;
        let expected = Outcome { won: left, lost: lost("NoValidHost", 200 - left) };
        assert_eq!(outcome, expected, "round {round}; {}", racers[7].complaints("NoValidHost"));
        let mut held = Vec::new();
        for host in &hosts {
            held.push(arena.placement.held_of(&arena.cx, *host).await.unwrap());
        }
        assert_eq!(held.iter().map(Vec::len).collect::<Vec<_>>(), rooms.map(|room| room as usize));
        for allocation in held.into_iter().flatten() {
            arena.placement.retire(&arena.cx, allocation.consumer).await.unwrap();
        }
    }
    let mut conflicts = 0;
    for racer in racers {
        conflicts += racer.finish().await.matches("another request was faster").count();
    }
    assert!(conflicts > 0, "nobody lost a host that was offered: that was no race");
    arena.close().await;
}

/// The first two servers of each project are there when the others are asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_creates_at_quota_minus_one_exactly_one_is_accepted() {
    let Some(arena) = Arena::open("races::quota").await else { return };
    let mut racers = arena.racers(4).await;
    for round in 0..rounds() {
        let project = format!("project-{round}");
        let order = |count| Order::Create { count, project: project.clone() };
        let first = race(&mut racers[..1], &order(QUOTA as usize - 1)).await;
        assert_eq!(first, Outcome { won: QUOTA as usize - 1, lost: BTreeMap::new() }, "round {round}");
        let outcome = race(&mut racers, &order(25)).await;
        let expected = Outcome { won: 1, lost: lost("TooManyInstances", 99) };
        assert_eq!(outcome, expected, "round {round}; {}", racers[3].complaints("TooManyInstances"));
    }
    for racer in racers {
        racer.finish().await;
    }
    arena.close().await;
}
