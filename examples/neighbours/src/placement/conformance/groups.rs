//! Members of groups.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use uuid::Uuid;

use super::super::{Claim, GroupClaim, GroupMembers, GroupRule, PlacementError, Provider};
use super::{Suite, claim_of, vcpus};

impl Suite<'_> {
    pub(super) async fn members_of_a_group_are_where_they_hold_something(&self) {
        let (first, second) = (self.host(4, &[]).await, self.host(4, &[]).await);
        let anywhere = self.group(GroupRule::Anywhere);
        assert_eq!(self.members(anywhere).await, GroupMembers::new(), "nobody is in a new group");
        let (one, two, three) = (self.env.new_id(), self.env.new_id(), self.env.new_id());
        let mut generation = 0;
        for (consumer, host) in [(one, &first), (two, &first), (three, &second)] {
            let claimed = self.claim_in(consumer, None, host, Some(anywhere)).await;
            generation = claimed.expect("there is room");
        }
        let both = GroupMembers::from([
            (first.id, BTreeSet::from([one, two])),
            (second.id, BTreeSet::from([three])),
        ]);
        assert_eq!(self.members(anywhere).await, both);
        let refused = self.claim(three, Some(generation), [(second.id, vcpus(5))]).await;
        assert!(matches!(refused, Err(PlacementError::NotEnough { .. })), "{refused:?}");
        assert_eq!(self.members(anywhere).await, both, "a refused claim takes nobody out");

        self.release(one, 1).await.expect("it is at that generation");
        self.retire(two).await;
        let left = GroupMembers::from([(second.id, BTreeSet::from([three]))]);
        assert_eq!(self.members(anywhere).await, left, "who holds nothing is nowhere");
        self.claim(three, Some(generation), [(second.id, vcpus(1))]).await.expect("there is room");
        assert_eq!(self.members(anywhere).await, GroupMembers::new(), "a claim without a group leaves it");
        self.claim_in(one, Some(2), &first, Some(anywhere)).await.expect("there is room");
        let other = self.group(GroupRule::Anywhere);
        self.claim_in(one, Some(3), &first, Some(other)).await.expect("there is room");
        assert_eq!(self.members(anywhere).await, GroupMembers::new(), "a consumer is in one group");
        assert_eq!(self.members(other).await, GroupMembers::from([(first.id, BTreeSet::from([one]))]));
    }

    pub(super) async fn members_stay_apart_as_their_group_asks(&self) {
        for most in [1, 2] {
            let (first, second) = (self.host(8, &[]).await, self.host(8, &[]).await);
            let apart = self.group(GroupRule::AtMost(most));
            let mut on_first = Vec::new();
            for _ in 0..most {
                let consumer = self.env.new_id();
                self.claim_in(consumer, None, &first, Some(apart)).await.expect("fewer are there");
                on_first.push(consumer);
            }
            let (consumer, stranger) = (self.env.new_id(), self.env.new_id());
            match self.claim_in(consumer, None, &first, Some(apart)).await {
                Err(PlacementError::GroupConflict { group, consumer: who, provider }) => {
                    assert_eq!((group, who, provider), (apart.group, consumer, first.id));
                }
                other => panic!("so many are there already: {other:?}"),
            }
            assert_eq!(self.held_by(consumer).await, None, "nothing was claimed");
            for other in [None, Some(self.group(GroupRule::AtMost(1)))] {
                let claim = self.claim_in(stranger, self.generation_of(stranger).await, &first, other).await;
                claim.expect("a group is nothing to those that are not in it");
            }
            self.claim_in(consumer, None, &second, Some(apart)).await.expect("nobody is there");
            self.release(on_first[0], 1).await.expect("it is at that generation");
            self.claim_in(self.env.new_id(), None, &first, Some(apart)).await.expect("a place is free again");
        }
    }

    pub(super) async fn members_stay_together_as_their_group_asks(&self) {
        let (first, second) = (self.host(8, &[]).await, self.host(8, &[]).await);
        let together = self.group(GroupRule::Together);
        let (one, two, three) = (self.env.new_id(), self.env.new_id(), self.env.new_id());
        self.claim_in(one, None, &first, Some(together)).await.expect("the first may be anywhere");
        let refused = self.claim_in(two, None, &second, Some(together)).await;
        assert!(
            matches!(refused, Err(PlacementError::GroupConflict { provider, .. }) if provider == second.id),
            "{refused:?}"
        );
        self.claim_in(two, None, &first, Some(together)).await.expect("the other is there");
        self.retire(one).await;
        let refused = self.claim_in(three, None, &second, Some(together)).await;
        assert!(matches!(refused, Err(PlacementError::GroupConflict { .. })), "{refused:?}");
        self.retire(two).await;
        self.claim_in(three, None, &second, Some(together)).await.expect("nobody is anywhere any more");
    }

    pub(super) async fn a_member_that_moves_is_not_in_its_own_way(&self) {
        let (first, second) = (self.host(8, &[]).await, self.host(8, &[]).await);
        for rule in [GroupRule::AtMost(1), GroupRule::Together] {
            let (group, consumer) = (self.group(rule), self.env.new_id());
            for (generation, host) in [(None, &first), (Some(1), &first), (Some(2), &second)] {
                self.claim_in(consumer, generation, host, Some(group))
                    .await
                    .expect("it is alone in its group");
            }
        }
        let (apart, mover) = (self.group(GroupRule::AtMost(1)), self.env.new_id());
        self.claim_in(mover, None, &first, Some(apart)).await.expect("nobody is there");
        self.claim_in(self.env.new_id(), None, &second, Some(apart)).await.expect("nobody is there");
        let refused = self.claim_in(mover, Some(1), &second, Some(apart)).await;
        assert!(matches!(refused, Err(PlacementError::GroupConflict { .. })), "{refused:?}");
        let held = self.held_by(mover).await.expect("it holds something");
        assert_eq!((held.generation, held.resources), (1, BTreeMap::from([(first.id, vcpus(1))])));
    }

    pub(super) async fn of_many_members_at_once_as_many_win_as_there_are_providers(&self) {
        let hosts = [self.host(99, &[]).await, self.host(99, &[]).await, self.host(99, &[]).await];
        let apart = self.group(GroupRule::AtMost(1));
        let consumers: Vec<_> = (0..18).map(|_| self.env.new_id()).collect();
        let claims = consumers.iter().enumerate().map(|(n, &consumer)| {
            let host = &hosts[n % 3];
            async move { self.claim_in(consumer, None, host, Some(apart)).await }
        });
        let mut won = 0;
        for claim in join_all(claims).await {
            match claim {
                Ok(_) => won += 1,
                Err(PlacementError::GroupConflict { .. }) => {}
                Err(other) => panic!("a claim is won, or others are there: {other:?}"),
            }
        }
        assert_eq!(won, 3);
        let members = self.members(apart).await;
        assert_eq!(members.len(), 3);
        assert!(members.values().all(|members| members.len() == 1), "{members:?}");
    }

    /// A claim of one VCPU by a member of `group`.
    async fn claim_in(
        &self,
        consumer: Uuid,
        consumer_generation: Option<i64>,
        host: &Provider,
        group: Option<GroupClaim>,
    ) -> Result<i64, PlacementError> {
        let resources = BTreeMap::from([(host.id, vcpus(1))]);
        self.send(Claim { resources, group, ..claim_of(consumer, consumer_generation) }).await
    }

    fn group(&self, rule: GroupRule) -> GroupClaim {
        GroupClaim { group: self.env.new_id(), rule }
    }

    async fn members(&self, of: GroupClaim) -> GroupMembers {
        self.placement.members_of(&self.cx, of.group).await.expect("where a group is")
    }

    async fn generation_of(&self, consumer: Uuid) -> Option<i64> {
        self.held_by(consumer).await.map(|held| held.generation)
    }
}
