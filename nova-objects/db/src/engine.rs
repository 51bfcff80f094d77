//! Which database engine a URL names.

use std::fmt;

use sea_orm::DbBackend;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite: one file of this machine.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

impl Engine {
    /// The engine that `url` names by its scheme; a SQLAlchemy driver after a `+` is ignored.
    ///
    /// # Example
    /// ```
    /// use nova_objects_db::Engine;
    ///
    /// assert_eq!(Engine::of_url("mysql+pymysql://nova@db/nova"), Some(Engine::MySql));
    /// assert_eq!(Engine::of_url("oracle://db"), None);
    /// ```
    pub fn of_url(url: &str) -> Option<Self> {
        match scheme(url).split('+').next() {
            Some("sqlite") => Some(Self::Sqlite),
            Some("postgres" | "postgresql") => Some(Self::Postgres),
            Some("mysql" | "mariadb") => Some(Self::MySql),
            _ => None,
        }
    }

    /// The Cargo feature of this crate that compiles the engine in.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// Whether this build can talk to it.
    pub fn is_compiled(self) -> bool {
        match self {
            Self::Sqlite => cfg!(feature = "sqlite"),
            Self::Postgres => cfg!(feature = "postgres"),
            Self::MySql => cfg!(feature = "mysql"),
        }
    }

    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::MySql => DbBackend::MySql,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        })
    }
}

pub(crate) fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

/// `url` as the driver wants it: without SQLAlchemy's `+driver`, with the driver's own name for the engine.
pub(crate) fn driver_url(engine: Engine, url: &str) -> String {
    let rest = url.get(scheme(url).len()..).unwrap_or_default();
    match engine {
        Engine::Sqlite => format!("sqlite{rest}"),
        Engine::Postgres => format!("postgres{rest}"),
        Engine::MySql => format!("mysql{rest}"),
    }
}

/// `url` with its password, and any parameter value, replaced: what logs and errors may show.
pub(crate) fn redact(url: &str) -> String {
    let url = match url.split_once('?') {
        Some((before, _)) => format!("{before}?***"),
        None => url.to_owned(),
    };
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let Some((user, host)) = rest.rsplit_once('@') else { return url };
    match user.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_survives_redaction() {
        assert_eq!(redact("mysql+pymysql://nova:s3:c@ret@db/nova"), "mysql+pymysql://nova:***@db/nova");
        assert_eq!(redact("postgres://nova@db/nova?password=s3cret"), "postgres://nova@db/nova?***");
        assert_eq!(redact("sqlite:///var/lib/nova.db"), "sqlite:///var/lib/nova.db");
    }

    #[test]
    fn the_urls_of_a_nova_conf_are_understood_by_our_drivers() {
        assert_eq!(driver_url(Engine::MySql, "mysql+pymysql://n@db/nova"), "mysql://n@db/nova");
        assert_eq!(driver_url(Engine::Postgres, "postgresql+psycopg2://n@db/nova"), "postgres://n@db/nova");
        assert_eq!(driver_url(Engine::Sqlite, "sqlite:////var/lib/nova.db"), "sqlite:////var/lib/nova.db");
    }
}
