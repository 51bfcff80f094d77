//! PostgreSQL databases that live as long as a test.

use nova_core::Env;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

/// A database made for a test.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) url: String,
    admin: String,
    name: String,
}

/// Makes a database with a name of its own on the server of `admin`.
pub(super) async fn create(admin: &str) -> Created {
    let name = format!("nova_test_{}", Env::system().new_hex_id());
    run(admin, &format!("CREATE DATABASE {name}")).await;
    Created { url: with_database(admin, &name), admin: admin.to_owned(), name }
}

impl Created {
    pub(super) async fn remove(self) {
        run(&self.admin, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await;
    }
}

async fn run(admin: &str, sql: &str) {
    let mut options = ConnectOptions::new(admin);
    options.max_connections(1).sqlx_logging(false);
    let server: DatabaseConnection =
        Database::connect(options).await.expect("the PostgreSQL server of the tests");
    server.execute_unprepared(sql).await.expect("a role that may create and drop databases");
    server.close().await.expect("invariant: closing a pool does not fail");
}

/// `url` with the database `name`.
fn with_database(url: &str, name: &str) -> String {
    let (base, parameters) = url.split_once('?').map_or((url, None), |(base, rest)| (base, Some(rest)));
    let after_scheme = base.find("://").map_or(0, |at| at + 3);
    let end = base[after_scheme..].find('/').map_or(base.len(), |at| after_scheme + at);
    match parameters {
        Some(parameters) => format!("{}/{name}?{parameters}", &base[..end]),
        None => format!("{}/{name}", &base[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_changes() {
        assert_eq!(with_database("postgres://u:p@h:1/postgres?x=y", "t"), "postgres://u:p@h:1/t?x=y");
        assert_eq!(with_database("postgres://u@h", "t"), "postgres://u@h/t");
    }
}
