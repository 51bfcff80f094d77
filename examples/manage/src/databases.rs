//! What a cloud keeps, opened.

use std::path::{Path, PathBuf};

use nova_core::config::{Config, Secret};
use nova_core::{BoxError, Env};
use nova_objects::Objects;
use nova_objects_db::operations::DbOperationStore;
use nova_objects_db::{Db, DbOptions, NovaDb, NovaUrls};
use nova_placement::EmbeddedPlacement;

nova_core::config_group! {
    /// Where the data directory of an all-in-one is.
    pub struct ManageOptions in "DEFAULT" {
        /// The data directory of an all-in-one, whose SQLite files are used where no connection is given.
        pub data_dir: PathBuf = PathBuf::from("nova-data"),
    }
}

nova_core::config_group! {
    /// Nova's main database: the cell's.
    pub struct MainOptions in "database" {
        /// The URL of the cell's database, as SQLAlchemy or sqlx write it.
        pub connection: Option<Secret>,
    }
}

nova_core::config_group! {
    /// Nova's API database.
    pub struct ApiOptions in "api_database" {
        /// The URL of the API database.
        pub connection: Option<Secret>,
    }
}

nova_core::config_group! {
    /// The database of cell0.
    pub struct Cell0Options in "cell0_database" {
        /// The URL of the database of cell0; the cell's with `_cell0` at the end of its name if not given, as
        /// `nova-manage cell_v2 map_cell0` has it.
        pub connection: Option<Secret>,
    }
}

nova_core::config_group! {
    /// The database of placement.
    pub struct PlacementOptions in "placement_database" {
        /// The URL of placement's database.
        pub connection: Option<Secret>,
    }
}

/// Why the databases cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Some connections are given, and others that go with them are not.
    #[error("[{missing}] connection is not set, while others are")]
    Incomplete {
        /// The section without one.
        missing: &'static str,
    },
    /// There is nothing in the directory.
    #[error("there is no cloud in {0}: no nova_api.db")]
    NoCloud(PathBuf),
    /// A database cannot be connected to, or its schema is not that of this program.
    #[error("the {name} database cannot be used")]
    Database {
        /// Which.
        name: &'static str,
        /// Why.
        #[source]
        source: BoxError,
    },
}

/// The databases of one cloud. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Databases {
    /// Nova's.
    pub nova: NovaDb,
    /// Placement's.
    pub placement: EmbeddedPlacement,
}

impl Databases {
    /// Registers the options that say where the databases are.
    pub fn register_options(builder: nova_core::config::ConfigBuilder) -> nova_core::config::ConfigBuilder {
        builder
            .register::<ManageOptions>()
            .register::<MainOptions>()
            .register::<ApiOptions>()
            .register::<Cell0Options>()
            .register::<PlacementOptions>()
    }

    /// The databases that `config` names: four connections, or the files in `data_dir`. Their schemas are checked and
    /// left as they are.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(env: &Env, config: &Config) -> Result<Self, OpenError> {
        let api = config.get::<ApiOptions>().connection.clone();
        let main = config.get::<MainOptions>().connection.clone();
        let cell0 = config.get::<Cell0Options>().connection.clone();
        let placement = config.get::<PlacementOptions>().connection.clone();
        if [&api, &main, &cell0, &placement].iter().all(|connection| connection.is_none()) {
            let directory = config.get::<ManageOptions>().data_dir.clone();
            if !directory.join("nova_api.db").exists() {
                return Err(OpenError::NoCloud(directory));
            }
            return Self::connect(env, NovaUrls::in_directory(&directory), in_directory(&directory), false)
                .await;
        }
        let given = |connection: Option<Secret>, missing| {
            let connection = connection.ok_or(OpenError::Incomplete { missing })?;
            Ok(connection.expose().to_owned())
        };
        let main = given(main, "database")?;
        let cell0 = cell0.map_or_else(|| cell0_of(&main), |cell0| cell0.expose().to_owned());
        let urls = NovaUrls::new(given(api, "api_database")?, cell0, main);
        let placement = DbOptions::new(given(placement, "placement_database")?);
        Self::connect(env, urls, placement, false).await
    }

    /// The files in the data directory of an all-in-one, made if they are not there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn in_directory(env: &Env, directory: &Path) -> Result<Self, OpenError> {
        Self::connect(env, NovaUrls::in_directory(directory), in_directory(directory), true).await
    }

    async fn connect(
        env: &Env,
        urls: NovaUrls,
        placement: DbOptions,
        migrate: bool,
    ) -> Result<Self, OpenError> {
        let unusable = |name| move |source| OpenError::Database { name, source };
        let nova = NovaDb::connect(env, urls).await.map_err(|error| unusable("nova")(error.into()))?;
        let ready = if migrate { nova.migrate().await } else { nova.check_schema().await };
        ready.map_err(|error| unusable("nova")(error.into()))?;
        let db = Db::connect(env, placement.named("placement")).await;
        let db = db.map_err(|error| unusable("placement")(error.into()))?;
        if !migrate {
            let checked = db.check_schema(&nova_placement::schema::migrations()).await;
            checked.map_err(|error| unusable("placement")(error.into()))?;
        }
        let placement = EmbeddedPlacement::open(&db).await;
        let placement = placement.map_err(|error| unusable("placement")(error.into()))?;
        Ok(Self { nova, placement })
    }

    /// The objects in Nova's databases.
    pub fn objects(&self) -> Objects {
        Objects::local(self.nova.registry())
    }

    /// The operations, by the database they are in: boots in the API database, all others in the cell's.
    pub(crate) fn operations(&self) -> [(&'static str, DbOperationStore); 2] {
        [("api", DbOperationStore::new(self.nova.api())), ("cell1", DbOperationStore::new(self.nova.cell1()))]
    }
}

fn in_directory(directory: &Path) -> DbOptions {
    DbOptions::new(format!("sqlite://{}", directory.join("placement.db").display()))
}

/// The URL of the database beside `main` whose name ends in `_cell0`.
fn cell0_of(main: &str) -> String {
    let (url, query) = main.split_once('?').map_or((main, None), |(url, query)| (url, Some(query)));
    let url = format!("{}_cell0", url.trim_end_matches('/'));
    query.map_or(url.clone(), |query| format!("{url}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell0_is_beside_the_cell_as_nova_manage_has_it() {
        for (main, cell0) in [
            ("mysql+pymysql://nova:pw@db/nova", "mysql+pymysql://nova:pw@db/nova_cell0"),
            ("postgresql://db/nova?sslmode=require", "postgresql://db/nova_cell0?sslmode=require"),
        ] {
            assert_eq!(cell0_of(main), cell0);
        }
    }

    #[tokio::test]
    async fn a_connection_that_is_missing_among_others_is_named_and_no_secret_is_said() {
        let env = Env::system();
        let config = Databases::register_options(Config::builder())
            .set("database", "connection", "postgresql://nova:sesame@db/nova")
            .load()
            .unwrap();
        let error = Databases::open(&env, &config).await.unwrap_err();
        assert_eq!(error.to_string(), "[api_database] connection is not set, while others are");
        assert!(!format!("{error:?}").contains("sesame"));
    }

    #[tokio::test]
    async fn a_directory_without_a_cloud_is_left_without_one() {
        let (env, directory) = (Env::system(), tempfile::tempdir().unwrap());
        let data_dir = directory.path().display().to_string();
        let builder = Databases::register_options(Config::builder());
        let config = builder.set("DEFAULT", "data_dir", data_dir.as_str()).load().unwrap();
        let error = Databases::open(&env, &config).await.unwrap_err();
        assert!(matches!(error, OpenError::NoCloud(_)), "{error:?}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
