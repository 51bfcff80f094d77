//! What each method costs the database.

use nova_neighbours::placement::{CandidateRequest, Placement};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbStats};

use crate::fixture::{Fixture, one_vcpu, vcpus};

async fn cost<T>(db: &Db, work: impl Future<Output = T>) -> (T, DbStats) {
    let before = db.stats();
    let result = work.await;
    let cost = db.stats().since(before);
    assert_eq!(cost.retries, 0, "nobody was in the way");
    (result, cost)
}

nova_objects_db::database_tests! {
    async fn a_claim_and_a_release_are_one_write_transaction_each(test: TestDb) {
        let fixture = Fixture::open(&test.db).await;
        let hosts = [fixture.host(4).await, fixture.host(4).await];
        let consumer = fixture.env.new_id();
        let (claimed, cost_of_claim) = cost(&test.db, fixture.claim(consumer, &hosts)).await;
        claimed.unwrap();
        assert_eq!((cost_of_claim.writes, cost_of_claim.reads, cost_of_claim.queries), (1, 0, 0));

        let moved = one_vcpu(consumer, Some(1), &hosts[..1]);
        let (claimed, cost_of_move) = cost(&test.db, fixture.placement.claim(&fixture.cx, &moved)).await;
        claimed.unwrap();
        assert_eq!((cost_of_move.writes, cost_of_move.reads, cost_of_move.queries), (1, 0, 0));

        let (released, cost_of_release) = cost(&test.db, fixture.release(consumer)).await;
        assert!(released);
        assert_eq!((cost_of_release.writes, cost_of_release.reads), (1, 0));

        for consumer in [consumer, fixture.env.new_id()] {
            let (held_something, cost_of_retirement) = cost(&test.db, fixture.retire(consumer)).await;
            assert!(!held_something);
            assert_eq!((cost_of_retirement.writes, cost_of_retirement.reads), (1, 0));
        }
    }

    async fn what_changes_nothing_writes_nothing(test: TestDb) {
        let fixture = Fixture::open(&test.db).await;
        let host = fixture.host(1).await;
        let consumer = fixture.env.new_id();

        let (released, nothing_held) = cost(&test.db, fixture.release(consumer)).await;
        assert!(!released);
        let retired = fixture.env.new_id();
        fixture.retire(retired).await;
        let (_, retired_already) = cost(&test.db, fixture.retire(retired)).await;
        let (set, unchanged) = cost(&test.db, fixture.set(host, 1, 1)).await;
        assert_eq!(set.unwrap(), 1);
        let name = host.to_string();
        let ensure = fixture.placement.ensure_provider(&fixture.cx, host, &name);
        let (provider, there_already) = cost(&test.db, ensure).await;
        assert_eq!(provider.unwrap().generation, 1);
        let (_, looked) = cost(&test.db, fixture.taken(host)).await;
        for stats in [nothing_held, retired_already, unchanged, there_already, looked] {
            assert_eq!((stats.writes, stats.rollbacks), (0, 0), "{stats:?}");
        }

        fixture.claim(consumer, &[host]).await.unwrap();
        let (refused, full) = cost(&test.db, fixture.claim(fixture.env.new_id(), &[host])).await;
        refused.unwrap_err();
        assert_eq!(full.writes, 0);
        let provider = fixture.placement.ensure_provider(&fixture.cx, host, &name).await.unwrap();
        assert_eq!(provider.generation, 2, "a refused claim is no change");
    }

    async fn looking_for_candidates_costs_the_same_for_many_hosts_as_for_one(test: TestDb) {
        let fixture = Fixture::open(&test.db).await;
        let request = CandidateRequest { resources: vcpus(1), ..CandidateRequest::default() };
        for hosts in [1, 20] {
            while fixture.placement.candidates(&fixture.cx, &request).await.unwrap().len() < hosts {
                fixture.host(1).await;
            }
            let look = fixture.placement.candidates(&fixture.cx, &request);
            let (found, cost) = cost(&test.db, look).await;
            assert_eq!(found.unwrap().len(), hosts);
            assert_eq!((cost.writes, cost.reads, cost.queries), (0, 1, 0));
        }
    }
}
