//! The tables.

use nova_neighbours::placement::{Claim, GroupRule, Placement, PlacementError};
use nova_objects_db::testing::TestDb;
use nova_placement::{EmbeddedPlacement, schema};

use sea_orm::EntityTrait;

use crate::fixture::{Fixture, one_vcpu};

nova_objects_db::database_tests! {
    async fn opening_again_finds_everything_as_it_was(test: TestDb) {
        let before = Fixture::open(&test.db).await;
        let host = before.host(2).await;
        let consumer = before.env.new_id();
        before.claim(consumer, &[host]).await.unwrap();

        let after = Fixture::open(&test.another().await).await;
        assert_eq!(after.taken(host).await, 1);
        let held = after.placement.held_by(&after.cx, consumer).await.unwrap();
        assert_eq!(held.unwrap().generation, 1);
    }

    async fn the_retired_of_long_ago_are_forgotten_and_others_are_not(test: TestDb) {
        let fixture = Fixture::open(&test.db).await;
        let host = fixture.host(2).await;
        let (holder, retired) = (fixture.env.new_id(), fixture.env.new_id());
        fixture.claim(holder, &[host]).await.unwrap();
        fixture.claim(retired, &[host]).await.unwrap();
        fixture.retire(retired).await;
        let an_hour = std::time::Duration::from_secs(3600);
        for (before, forgotten) in
            [(fixture.env.now().saturating_sub(an_hour), 0), (fixture.env.now().saturating_add(an_hour), 1)]
        {
            assert_eq!(fixture.placement.forget_retired(before).await.unwrap(), forgotten);
        }
        let held = fixture.placement.held_by(&fixture.cx, holder).await.unwrap();
        assert_eq!(held.unwrap().resources.len(), 1);
        assert_eq!(fixture.placement.held_by(&fixture.cx, retired).await.unwrap(), None);
    }

    async fn a_database_of_before_there_were_retirements_is_brought_up_to_date(test: TestDb) {
        test.db.migrate(&schema::migrations().through("m0001_create_tables")).await.unwrap();
        let consumer = test.db.env().new_id();
        let insert = test.db.write(move |tx| async move {
            let sql = format!(
                "INSERT INTO consumers (uuid, project_id, user_id, generation) VALUES ('{consumer}', 'p', 'u', 3)"
            );
            sea_orm::ConnectionTrait::execute_unprepared(&tx, &sql).await?;
            Ok::<_, nova_objects_db::DbError>(())
        });
        insert.await.unwrap();
        let fixture = Fixture::open(&test.db).await;
        let held = fixture.placement.held_by(&fixture.cx, consumer).await.unwrap().unwrap();
        assert_eq!((held.generation, held.retired), (3, false));
    }

    async fn a_database_of_before_there_were_groups_is_brought_up_to_date(test: TestDb) {
        test.db.migrate(&schema::migrations().through("m0002_retire_consumers")).await.unwrap();
        let consumer = test.db.env().new_id();
        let insert = test.db.write(move |tx| async move {
            let sql = format!(
                "INSERT INTO consumers (uuid, project_id, user_id, generation) VALUES ('{consumer}', 'p', 'u', 3)"
            );
            sea_orm::ConnectionTrait::execute_unprepared(&tx, &sql).await?;
            Ok::<_, nova_objects_db::DbError>(())
        });
        insert.await.unwrap();
        let fixture = Fixture::open(&test.db).await;
        let (host, group) = (fixture.host(1).await, fixture.group(GroupRule::AtMost(1)));
        let claim = Claim { group: Some(group), ..one_vcpu(consumer, Some(3), &[host]) };
        fixture.placement.claim(&fixture.cx, &claim).await.unwrap();
        assert!(fixture.members(group).await[&host].contains(&consumer));
    }

    async fn a_group_is_forgotten_with_the_last_of_its_members_and_counts_on_when_somebody_comes_again(test: TestDb) {
        let fixture = Fixture::open(&test.db).await;
        let (host, apart) = (fixture.host(9).await, fixture.group(GroupRule::AtMost(1)));
        let (first, kept) = (fixture.join(apart, host).await.unwrap(), fixture.group(GroupRule::Together));
        fixture.join(kept, host).await.unwrap();
        fixture.retire(first).await;
        let later = fixture.env.now().saturating_add(std::time::Duration::from_secs(3600));
        assert_eq!(fixture.placement.forget_retired(later).await.unwrap(), 1);
        let groups = test.db.query(|tx| async move {
            let all = nova_placement::entity::consumer_group::Entity::find().all(&tx).await?;
            Ok::<_, nova_objects_db::DbError>(all)
        });
        let groups: Vec<_> = groups.await.unwrap().into_iter().map(|group| group.uuid).collect();
        assert_eq!(groups, [kept.group.to_string()]);
        fixture.join(apart, host).await.unwrap();
        let refused = fixture.join(apart, host).await;
        assert!(matches!(refused, Err(PlacementError::GroupConflict { .. })), "{refused:?}");
    }

    async fn opened_by_many_at_once_the_tables_are_made_once(test: TestDb) {
        let another = test.another().await;
        let opened = [&test.db, &another, &test.db].map(EmbeddedPlacement::open);
        for placement in futures_util::future::join_all(opened).await {
            placement.unwrap();
        }
        test.db.check_schema(&schema::migrations()).await.unwrap();
    }

    async fn when_the_database_fails_so_does_placement(test: TestDb) {
        let placement = Fixture::open(&test.another_with(|options| {
            options.retry(nova_objects_db::RetryPolicy::with_max_retries(0))
        }).await).await;
        let host = placement.host(1).await;
        let drop = test.db.write(|tx| async move {
            sea_orm::ConnectionTrait::execute_unprepared(&tx, "DROP TABLE allocations").await?;
            Ok::<_, nova_objects_db::DbError>(())
        });
        drop.await.unwrap();
        let claim = placement.claim(placement.env.new_id(), &[host]).await;
        assert!(matches!(claim, Err(nova_neighbours::placement::PlacementError::Failed(_))), "{claim:?}");
    }
}
