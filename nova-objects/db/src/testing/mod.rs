//! A database of its own for every test, on each engine at hand.
//!
//! [`database_tests!`](crate::database_tests) makes of each claim one test per engine: on SQLite, in a temporary
//! directory, always; on PostgreSQL, in a database created for the test, when `NOVA_TEST_POSTGRES_URL` holds the
//! URL of a role that may create databases. Without the variable the test says by name that it skipped; with
//! `NOVA_TEST_STRICT=1` it fails instead.
//!
//! # Example
//! ```
//! use nova_objects_db::DbError;
//! use nova_objects_db::testing::TestDb;
//! use sea_orm::ConnectionTrait;
//!
//! nova_objects_db::database_tests! {
//!     async fn a_table_can_be_made(test: TestDb) {
//!         let made = test.db.write(|tx| async move {
//!             tx.execute_unprepared("CREATE TABLE widgets (name varchar(10))").await?;
//!             Ok::<_, DbError>(())
//!         });
//!         made.await.unwrap();
//!     }
//! }
//! # fn main() {}
//! ```

#[cfg(feature = "postgres")]
mod postgres;
mod skip;

use nova_core::Env;

use crate::db::Db;
use crate::options::{DbOptions, Durability};

/// One test's database.
#[derive(Debug)]
pub struct TestDb {
    /// The environment the database was connected with.
    pub env: Env,
    /// The database, empty.
    pub db: Db,
    url: String,
    keep: Keep,
}

/// What has to go at the end.
#[derive(Debug)]
enum Keep {
    Directory(#[allow(dead_code, reason = "its drop removes the directory")] tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Created),
}

impl TestDb {
    /// A new SQLite database.
    ///
    /// # Panics
    /// If the file cannot be made: in a test that is a failure.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", directory.path().join("test.db").display());
        Self::connected(url, Keep::Directory(directory)).await
    }

    /// A new PostgreSQL database; `None`, having said so, when there is no server to make it on.
    ///
    /// # Panics
    /// If the server refuses, or with `NOVA_TEST_STRICT=1` if there is none.
    pub async fn postgres(test: &str) -> Option<Self> {
        let admin = skip::unless_set("NOVA_TEST_POSTGRES_URL", "PostgreSQL", test)?;
        #[cfg(feature = "postgres")]
        {
            let created = postgres::create(&admin).await;
            let url = created.url.clone();
            Some(Self::connected(url, Keep::Postgres(created)).await)
        }
        #[cfg(not(feature = "postgres"))]
        {
            skip::without_feature("postgres", &admin, test);
            None
        }
    }

    /// The URL, for another process.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another set of connections to the same database, as another process would have.
    ///
    /// # Panics
    /// If the database cannot be reached.
    pub async fn another(&self) -> Db {
        Db::connect(&self.env, quick(&self.url)).await.expect("the test's own database")
    }

    /// Another set of connections, with `options` of the test's choosing; their URL is replaced.
    ///
    /// # Panics
    /// If the database cannot be reached.
    pub async fn another_with(&self, change: impl FnOnce(DbOptions) -> DbOptions) -> Db {
        Db::connect(&self.env, change(quick(&self.url))).await.expect("the test's own database")
    }

    /// Removes the database. A test that fails leaves a PostgreSQL database behind, on a server that is private.
    pub async fn close(self) {
        self.db.close().await;
        match self.keep {
            Keep::Directory(_) => {}
            #[cfg(feature = "postgres")]
            Keep::Postgres(created) => created.remove().await,
        }
    }

    async fn connected(url: String, keep: Keep) -> Self {
        let env = Env::system();
        let db = Db::connect(&env, quick(&url)).await.expect("the test's own database");
        Self { env, db, url, keep }
    }
}

/// Makes of each claim about a database one test per engine.
///
/// `async fn claim(test: TestDb) { … }` becomes the module `claim` with the tests `sqlite` and `postgres`. The body
/// gets `&TestDb`. See [the module](crate::testing). The calling crate needs tokio's `macros` and
/// `rt-multi-thread`.
#[macro_export]
macro_rules! database_tests {
    ($( $(#[$meta:meta])* async fn $name:ident($test:ident : $database:ty) $body:block )*) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn claim($test: &$database) $body

            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let test = $crate::testing::TestDb::sqlite().await;
                claim(&test).await;
                test.close().await;
            }

            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let name = ::std::concat!(::std::module_path!(), "::postgres");
                if let Some(test) = $crate::testing::TestDb::postgres(name).await {
                    claim(&test).await;
                    test.close().await;
                }
            }
        }
    )* };
}

/// Nobody needs a test's database after the machine died.
fn quick(url: &str) -> DbOptions {
    DbOptions::new(url).durability(Durability::Process)
}
