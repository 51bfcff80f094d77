use nova_objects_db::migrate::MigrateError;
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, Engine, MigrationSet, operations, schema};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::prelude::{MigrationName, MigrationTrait, SchemaManager, async_trait};

struct Sql(&'static str, &'static str);

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.1).await.map(drop)
    }
}

fn widgets(later: &[(&'static str, &'static str)]) -> MigrationSet {
    let first =
        MigrationSet::new("widgets").migration(Sql("m0001", "CREATE TABLE widgets (name varchar(10))"));
    later.iter().fold(first, |set, (name, sql)| set.migration(Sql(name, sql)))
}

async fn execute(db: &Db, sql: &'static str) {
    db.write(move |tx| async move { Ok::<_, DbError>(tx.execute_unprepared(sql).await.map(drop)?) })
        .await
        .unwrap();
}

async fn has(db: &Db, table: &'static str) -> bool {
    let found = db.query(move |tx| async move {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        Ok::<_, DbError>(
            tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await.map(drop)?,
        )
    });
    found.await.is_ok()
}

nova_objects_db::database_tests! {
    async fn the_sets_of_a_cell_are_applied_once_and_then_there_is_nothing_to_do(test: TestDb) {
        for set in [schema::nova_main(), operations::migrations()] {
            assert!(matches!(test.db.check_schema(&set).await, Err(MigrateError::Behind { .. })));
            let first = test.db.migrate(&set).await.unwrap();
            assert_eq!((first.applied.len(), first.already, first.adopted), (1, 0, false), "{set:?}");
            let again = test.db.migrate(&set).await.unwrap();
            assert_eq!((again.applied.len(), again.already), (0, 1), "{set:?}");
            test.db.check_schema(&set).await.unwrap();
        }
    }

    async fn the_api_database_has_its_own_sets(test: TestDb) {
        for (set, migrations) in [(schema::nova_api(), 2), (operations::migrations(), 1)] {
            assert_eq!(test.db.migrate(&set).await.unwrap().applied.len(), migrations);
            test.db.check_schema(&set).await.unwrap();
        }
    }

    async fn processes_that_start_together_migrate_once(test: TestDb) {
        let mut tasks = Vec::new();
        for _ in 0..4 {
            let db = test.another().await;
            let migrate = async move { db.migrate(&schema::nova_main()).await };
            tasks.push(test.env.spawn("migrate", migrate));
        }
        let mut applied = 0;
        for task in tasks {
            applied += task.await.unwrap().unwrap().applied.len();
        }
        assert_eq!(applied, 1);
    }

    async fn a_schema_newer_than_the_code_is_refused_and_not_touched(test: TestDb) {
        test.db.migrate(&widgets(&[("m0002", "CREATE TABLE gadgets (name varchar(10))")])).await.unwrap();
        for refused in [test.db.migrate(&widgets(&[])).await.map(drop), test.db.check_schema(&widgets(&[])).await] {
            let error = refused.unwrap_err();
            assert!(matches!(&error, MigrateError::Newer { unknown, .. } if unknown == &["m0002"]), "{error}");
        }
    }

    async fn a_set_grows_at_its_end_and_only_there(test: TestDb) {
        test.db.migrate(&widgets(&[])).await.unwrap();
        let grown = widgets(&[("m0002", "ALTER TABLE widgets ADD COLUMN size integer")]);
        assert_eq!(test.db.migrate(&grown).await.unwrap().applied, ["m0002"]);
        let other = MigrationSet::new("widgets").migration(Sql("m0002", "")).migration(Sql("m0001", ""));
        assert!(matches!(test.db.migrate(&other).await, Err(MigrateError::Diverged { .. })));
    }

    async fn a_failing_migration_leaves_everything_as_it_was(test: TestDb) {
        let broken = widgets(&[("m0002", "CREATE TABLE gadgets (name varchar(10))"), ("m0003", "NONSENSE")]);
        assert!(matches!(test.db.migrate(&broken).await, Err(MigrateError::Db(_))));
        assert!(!has(&test.db, "widgets").await && !has(&test.db, "gadgets").await);
        test.db.migrate(&widgets(&[])).await.unwrap();
    }

    async fn a_schema_that_nova_made_is_adopted_unaltered(test: TestDb) {
        test.db.migrate(&schema::nova_main()).await.unwrap();
        execute(&test.db, "DROP TABLE nova_main_migrations").await;
        execute(&test.db, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)").await;
        let adopted = test.db.migrate(&schema::nova_main()).await.unwrap();
        assert!(adopted.adopted && adopted.applied.is_empty());
        test.db.check_schema(&schema::nova_main()).await.unwrap();
        assert!(!test.db.migrate(&schema::nova_main()).await.unwrap().adopted);
    }

    async fn a_schema_that_nova_made_is_never_altered_by_a_later_migration_either(test: TestDb) {
        test.db.migrate(&schema::nova_api()).await.unwrap();
        execute(&test.db, "DELETE FROM nova_api_migrations WHERE position > 0").await;
        execute(&test.db, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)").await;
        let adopted = test.db.migrate(&schema::nova_api()).await.unwrap();
        assert!(adopted.adopted && adopted.applied.is_empty(), "the tables are there: to make them would fail");
        test.db.check_schema(&schema::nova_api()).await.unwrap();
    }

    async fn a_schema_of_novas_that_lacks_a_column_is_refused(test: TestDb) {
        test.db.migrate(&schema::nova_api()).await.unwrap();
        execute(&test.db, "DROP TABLE nova_api_migrations").await;
        execute(&test.db, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)").await;
        execute(&test.db, "ALTER TABLE flavors DROP COLUMN description").await;
        let error = test.db.migrate(&schema::nova_api()).await.unwrap_err();
        assert!(error.to_string().contains("flavors has no column description"), "{error}");
        if test.db.engine() == Engine::Postgres {
            execute(&test.db, "ALTER TABLE flavors ADD COLUMN description inet").await;
            let error = test.db.migrate(&schema::nova_api()).await.unwrap_err();
            assert!(error.to_string().contains("inet"), "{error}");
        }
    }
}
