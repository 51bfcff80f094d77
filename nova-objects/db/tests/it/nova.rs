use nova_core::Env;
use nova_objects_db::entity::{instance, instance_extra, service};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{ConnectError, DbError, NovaDb, NovaUrls, schema, time};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

fn nova_compute(deleted: i32) -> service::ActiveModel {
    service::ActiveModel {
        host: Set(Some("h1".into())),
        binary: Set(Some("nova-compute".into())),
        topic: Set(Some("compute".into())),
        report_count: Set(0),
        deleted: Set(deleted),
        ..Default::default()
    }
}

nova_objects_db::database_tests! {
    async fn a_host_has_one_live_service_of_a_binary_and_any_number_of_deleted_ones(test: TestDb) {
        test.db.migrate(&schema::nova_main()).await.unwrap();
        let insert = |deleted| test.db.write(move |tx| async move {
            Ok::<_, DbError>(nova_compute(deleted).insert(&tx).await?.id)
        });
        let first = insert(0).await.unwrap();
        assert!(insert(0).await.unwrap_err().is_duplicate());
        let deleted = test.db.write(move |tx| async move {
            let gone = service::ActiveModel { id: Set(first), deleted: Set(first), ..Default::default() };
            Ok::<_, DbError>(gone.update(&tx).await.map(drop)?)
        });
        deleted.await.unwrap();
        assert!(insert(0).await.unwrap() > first);
    }

    async fn an_instance_is_read_as_it_was_written(test: TestDb) {
        test.db.migrate(&schema::nova_main()).await.unwrap();
        let now = time::to_column("2026-01-02T03:04:05.678901Z".parse().unwrap());
        let written = test.db.write(move |tx| async move {
            let row = instance::ActiveModel {
                uuid: Set("7b2c6f0e-33a1-4c39-9a5d-0c1f7a1f2a11".into()),
                created_at: Set(Some(now)),
                deleted: Set(0),
                access_ip_v4: Set(Some("10.0.0.1".into())),
                locked: Set(Some(true)),
                locked_by: Set(Some("admin".into())),
                compute_id: Set(Some(1 << 40)),
                user_data: Set(Some("x".repeat(70_000))),
                ..Default::default()
            };
            Ok::<_, DbError>(row.insert(&tx).await?)
        });
        let written = written.await.unwrap();
        let read = test.db.query(|tx| async move {
            Ok::<_, DbError>(instance::Entity::find().filter(instance::Column::Deleted.eq(0)).one(&tx).await?)
        });
        assert_eq!(read.await.unwrap().unwrap(), written);
        assert_eq!(written.created_at, Some(now));
    }

    async fn a_row_of_an_instance_that_is_not_there_is_refused(test: TestDb) {
        test.db.migrate(&schema::nova_main()).await.unwrap();
        let orphan = test.db.write(|tx| async move {
            let row = instance_extra::ActiveModel {
                instance_uuid: Set("nobody".into()),
                deleted: Set(0),
                ..Default::default()
            };
            Ok::<_, DbError>(row.insert(&tx).await.map(drop)?)
        });
        assert!(matches!(orphan.await, Err(DbError::Statement { .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_files_hold_novas_databases_and_two_roles_cannot_share_one() {
    let env = Env::system();
    let directory = tempfile::tempdir().unwrap();
    let urls = NovaUrls::in_directory(directory.path());
    let nova = NovaDb::connect(&env, urls.clone()).await.unwrap();
    nova.migrate().await.unwrap();
    nova.migrate().await.unwrap();
    nova.check_schema().await.unwrap();
    let before = nova.stats();
    nova.cell1()
        .write(|tx| async move { Ok::<_, DbError>(nova_compute(0).insert(&tx).await.map(drop)?) })
        .await
        .unwrap();
    assert_eq!(nova.stats().since(before).writes, 1);
    let shared = NovaUrls::new(urls.api, urls.cell1.clone(), urls.cell1);
    let refused = NovaDb::connect(&env, shared).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Shared { first: "cell0", second: "cell1" }), "{refused}");
}
