use nova_core::Env;
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbOptions};

use crate::counter;

/// Names the database to the other process: this very test program, told to run only [`child`].
const CHILD_URL: &str = "NOVA_TEST_CHILD_URL";
const INCREMENTS: i32 = 50;

/// Not a claim of its own: what the processes of the test below run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods)]
async fn child() {
    let Ok(url) = std::env::var(CHILD_URL) else { return };
    let db = Db::connect(&Env::system(), counter::patient(DbOptions::new(url))).await.unwrap();
    for _ in 0..INCREMENTS {
        db.write(|tx| async move { counter::increment(&tx).await }).await.unwrap();
    }
}

nova_objects_db::database_tests! {
    async fn processes_share_one_database_without_losing_an_update(test: TestDb) {
        counter::create(test).await;
        let program = std::env::current_exe().unwrap();
        let start = || {
            tokio::process::Command::new(&program)
                .args(["--exact", "processes::child"])
                .env(CHILD_URL, test.url())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        };
        let mut children = [start(), start()];
        let db = test.another_with(counter::patient).await;
        for _ in 0..INCREMENTS {
            db.write(|tx| async move { counter::increment(&tx).await }).await.unwrap();
        }
        for child in &mut children {
            assert!(child.wait().await.unwrap().success());
        }
        assert_eq!(counter::value(&test.db).await, 3 * INCREMENTS);
    }
}
