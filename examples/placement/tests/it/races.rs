//! Two sets of connections to one database, as two processes have.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use nova_neighbours::placement::{Claim, GroupRule, Placement, PlacementError};
use nova_objects_db::testing::TestDb;

use crate::fixture::{Fixture, one_vcpu};

async fn two(test: &TestDb) -> [Fixture; 2] {
    let another = test.another().await;
    let (first, second) = join(Fixture::open(&test.db), Fixture::open(&another)).await;
    [first, second]
}

/// How many were won; the others must have been refused for the reason that `lost` accepts.
fn won<T>(results: Vec<Result<T, PlacementError>>, lost: impl Fn(&PlacementError) -> bool) -> usize {
    let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    for error in &refused {
        assert!(lost(error), "{error:?}");
    }
    results.len() - refused.len()
}

nova_objects_db::database_tests! {
    async fn the_last_slots_are_won_exactly_once(test: TestDb) {
        let sides = two(test).await;
        let host = [sides[0].host(10).await];
        let consumers = sides[0].ids(60);
        let claims = consumers.iter().enumerate().map(|(n, &consumer)| sides[n % 2].claim(consumer, &host));
        let full = |error: &PlacementError| matches!(error, PlacementError::NotEnough { .. });
        assert_eq!(won(join_all(claims).await, full), 10);
        assert_eq!(sides[1].taken(host[0]).await, 10);
        assert!(sides[0].summary(host[0]).await.is_none(), "it is full");
    }

    async fn of_many_members_that_stay_apart_exactly_as_many_win_as_there_are_hosts(test: TestDb) {
        let sides = two(test).await;
        for round in 0..10 {
            let hosts = [sides[0].host(100).await, sides[0].host(100).await, sides[0].host(100).await];
            let apart = sides[0].group(GroupRule::AtMost(1));
            // Everybody wants the hosts in another order, and takes the next when one is refused, as schedulers do.
            let creates = (0..24).map(|n| {
                let (side, first) = (&sides[n % 2], n + round);
                async move {
                    let mut conflicts = 0;
                    for k in 0..3 {
                        match side.join(apart, hosts[(first + k) % 3]).await {
                            Ok(member) => return (Some(member), conflicts),
                            Err(PlacementError::GroupConflict { .. }) => conflicts += 1,
                            Err(error) => panic!("{error:?}"),
                        }
                    }
                    (None, conflicts)
                }
            });
            let created = join_all(creates).await;
            assert_eq!(created.iter().filter(|(member, _)| member.is_some()).count(), 3);
            assert!(created.iter().all(|(member, conflicts)| member.is_some() || *conflicts == 3));
            let members = sides[1].members(apart).await;
            assert_eq!(members.len(), 3);
            assert!(members.values().all(|there| there.len() == 1), "{members:?}");
            for host in hosts {
                assert_eq!(sides[0].taken(host).await, 1);
            }
        }
        if test.db.engine() != nova_objects_db::Engine::Sqlite {
            assert_eq!(test.db.stats().retries, 0, "no deadlock, and no conflict of snapshots");
        }
    }

    async fn members_that_stay_together_are_on_one_host_wherever_they_all_wanted_to_be(test: TestDb) {
        let sides = two(test).await;
        for _ in 0..10 {
            let hosts = [sides[0].host(100).await, sides[0].host(100).await];
            let together = sides[0].group(GroupRule::Together);
            let joins = (0..16).map(|n| sides[n % 2].join(together, hosts[n / 2 % 2]));
            let conflict = |error: &PlacementError| matches!(error, PlacementError::GroupConflict { .. });
            assert_eq!(won(join_all(joins).await, conflict), 8, "those that wanted the first one's host");
            assert_eq!(sides[1].members(together).await.len(), 1);
        }
    }

    async fn members_come_and_go_and_never_more_are_on_a_host_than_may_be(test: TestDb) {
        let sides = two(test).await;
        let hosts = [sides[0].host(100).await, sides[0].host(100).await];
        let apart = sides[0].group(GroupRule::AtMost(2));
        let lives = (0..24).map(|n| {
            let (side, host) = (&sides[n % 2], hosts[n / 2 % 2]);
            async move {
                let mut lived = 0;
                for _ in 0..6 {
                    let Ok(member) = side.join(apart, host).await else { continue };
                    lived += 1;
                    let members = side.members(apart).await;
                    assert!(members.values().all(|there| there.len() <= 2), "{members:?}");
                    match n % 3 {
                        0 => drop(side.retire(member).await),
                        _ => assert!(side.release(member).await),
                    }
                }
                lived
            }
        });
        let lived: usize = join_all(lives).await.into_iter().sum();
        assert!(lived >= 4, "{lived}");
        assert_eq!(sides[0].members(apart).await.len(), 0);
    }

    async fn of_two_moves_of_members_to_one_host_one_is_made(test: TestDb) {
        let sides = two(test).await;
        for _ in 0..10 {
            let hosts = [sides[0].host(9).await, sides[0].host(9).await, sides[0].host(9).await];
            let apart = sides[0].group(GroupRule::AtMost(1));
            let members = [sides[0].join(apart, hosts[0]).await.unwrap(), sides[0].join(apart, hosts[1]).await.unwrap()];
            let moves = members.iter().zip(&sides).map(|(&member, side)| async move {
                let claim = Claim { group: Some(apart), ..one_vcpu(member, Some(1), &hosts[2..]) };
                side.placement.claim(&side.cx, &claim).await
            });
            let conflict = |error: &PlacementError| matches!(error, PlacementError::GroupConflict { .. });
            assert_eq!(won(join_all(moves).await, conflict), 1);
            let mut counts = Vec::new();
            for host in hosts {
                counts.push(sides[1].taken(host).await);
            }
            counts[..2].sort_unstable();
            assert_eq!(counts, [0, 1, 1], "the other stays where it was");
        }
    }

    async fn of_two_claims_for_one_new_consumer_one_is_made(test: TestDb) {
        let sides = two(test).await;
        let hosts = [sides[0].host(100).await, sides[0].host(100).await];
        for consumer in sides[0].ids(20) {
            let claims = (0..4).map(|n| sides[n % 2].claim(consumer, &hosts[n % 2..][..1]));
            let taken = |error: &PlacementError| {
                matches!(error, PlacementError::ConsumerChanged { expected: None, current: Some(1), .. })
            };
            assert_eq!(won(join_all(claims).await, taken), 1);
        }
        assert_eq!(sides[0].taken(hosts[0]).await + sides[1].taken(hosts[1]).await, 20);
    }

    async fn of_two_moves_of_one_consumer_one_is_made(test: TestDb) {
        let sides = two(test).await;
        let hosts = [sides[0].host(1).await, sides[0].host(1).await, sides[0].host(1).await];
        let consumer = sides[0].env.new_id();
        sides[0].claim(consumer, &hosts[..1]).await.unwrap();
        let (to_second, to_third) =
            (one_vcpu(consumer, Some(1), &hosts[1..2]), one_vcpu(consumer, Some(1), &hosts[2..]));
        let results = join(
            sides[0].placement.claim(&sides[0].cx, &to_second),
            sides[1].placement.claim(&sides[1].cx, &to_third),
        );
        let (first, second) = results.await;
        let changed = |error: &PlacementError| {
            matches!(error, PlacementError::ConsumerChanged { expected: Some(1), current: Some(2), .. })
        };
        assert_eq!(won(vec![first, second], changed), 1);
        assert_eq!(sides[0].taken(hosts[0]).await, 0);
        assert_eq!(sides[0].taken(hosts[1]).await + sides[0].taken(hosts[2]).await, 1);
    }

    async fn what_is_released_meanwhile_is_given_away_once(test: TestDb) {
        let sides = two(test).await;
        let host = [sides[0].host(8).await];
        let (before, after) = (sides[0].ids(8), sides[0].ids(24));
        for &consumer in &before {
            sides[0].claim(consumer, &host).await.unwrap();
        }
        // Each consumer is released on both sides at once, while others claim.
        let releases = before.iter().flat_map(|&consumer| sides.iter().map(move |side| side.release(consumer)));
        let claims = after.iter().enumerate().map(|(n, &consumer)| sides[n % 2].claim(consumer, &host));
        let (released, claimed) = join(join_all(releases), join_all(claims)).await;
        assert_eq!(released.iter().filter(|released| **released).count(), 8, "each is released once");
        let full = |error: &PlacementError| matches!(error, PlacementError::NotEnough { .. });
        let won_meanwhile = won(claimed, full);
        assert!(won_meanwhile <= 8);
        assert_eq!(sides[0].taken(host[0]).await, won_meanwhile as u64);

        let rest = join_all(sides[0].ids(24).into_iter().map(|consumer| sides[1].claim(consumer, &host)));
        assert_eq!(won(rest.await, full), 8 - won_meanwhile, "what was left");
        assert_eq!(sides[1].taken(host[0]).await, 8);
    }

    async fn of_a_claim_and_a_retirement_at_once_nothing_is_left_held(test: TestDb) {
        let sides = two(test).await;
        let host = [sides[0].host(100).await];
        for consumer in sides[0].ids(30) {
            let retirements = join_all(sides.iter().map(|side| side.retire(consumer)));
            let (retired, claimed) = join(retirements, sides[1].claim(consumer, &host)).await;
            let gave_back = retired.into_iter().filter(|held_something| *held_something).count();
            assert_eq!(gave_back, usize::from(claimed.is_ok()), "{claimed:?}");
            let late = sides[0].claim(consumer, &host).await;
            assert!(matches!(late, Err(PlacementError::Retired(_))), "{late:?}");
        }
        assert_eq!(sides[0].taken(host[0]).await, 0);
    }

    async fn claims_of_several_hosts_in_any_order_do_not_wait_for_each_other(test: TestDb) {
        let sides = two(test).await;
        let hosts = [sides[0].host(100).await, sides[0].host(100).await, sides[0].host(100).await];
        let consumers = sides[0].ids(30);
        let claims = consumers.iter().enumerate().map(|(n, &consumer)| {
            let pair = [hosts[n % 3], hosts[(n + 1) % 3]];
            let side = &sides[n % 2];
            async move { side.claim(consumer, &pair).await }
        });
        assert_eq!(won(join_all(claims).await, |_| false), 30);
        assert_eq!(sides[0].taken(hosts[0]).await, 20);
        let released = join_all(consumers.iter().enumerate().map(|(n, &id)| sides[n % 2].release(id))).await;
        assert!(released.into_iter().all(|released| released));
        for host in hosts {
            assert_eq!(sides[1].taken(host).await, 0);
        }
        if test.db.engine() != nova_objects_db::Engine::Sqlite {
            assert_eq!(test.db.stats().retries, 0, "no deadlock, and no conflict of snapshots");
        }
    }

    async fn a_provider_that_two_make_at_once_is_one_and_has_one_name(test: TestDb) {
        let sides = two(test).await;
        for id in sides[0].ids(10) {
            let name = id.to_string();
            let made = join_all(sides.iter().map(|side| side.placement.ensure_provider(&side.cx, id, &name)));
            for provider in made.await {
                assert_eq!(provider.unwrap().id, id);
            }
        }
        let ids = sides[0].ids(2);
        let made = join_all(
            sides.iter().zip(&ids).map(|(side, &id)| side.placement.ensure_provider(&side.cx, id, "one-name")),
        );
        let taken = |error: &PlacementError| matches!(error, PlacementError::NameTaken { .. });
        assert_eq!(won(made.await, taken), 1);
    }

    async fn of_two_settings_at_one_generation_one_is_made(test: TestDb) {
        let sides = two(test).await;
        let host = sides[0].host(1).await;
        for generation in 1..10 {
            let amount = u64::try_from(generation).unwrap();
            let (first, second) = join(
                sides[0].set(host, generation, 10 + amount),
                sides[1].set(host, generation, 100 + amount),
            )
            .await;
            let lost = |error: &PlacementError| {
                matches!(error, PlacementError::ConcurrentUpdate { current, .. } if *current == generation + 1)
            };
            assert_eq!(won(vec![first, second], lost), 1);
        }
    }

    async fn an_inventory_does_not_go_from_under_a_claim_that_is_being_made(test: TestDb) {
        let sides = two(test).await;
        for _ in 0..10 {
            let host = sides[0].host(1).await;
            let (nothing, no_traits) = (Default::default(), BTreeSet::new());
            let take_away =
                sides[0].placement.set_provider(&sides[0].cx, host, 1, &nothing, &no_traits);
            let (taken_away, claimed) = join(take_away, sides[1].claim(sides[1].env.new_id(), &[host])).await;
            assert_ne!(taken_away.is_ok(), claimed.is_ok(), "{taken_away:?} {claimed:?}");
            assert_eq!(sides[0].taken(host).await, u64::from(claimed.is_ok()));
        }
    }
}
