//! Nova's databases: the API database, cell0 and one cell.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use nova_core::Env;
use nova_objects_catalog::CellMapping;

use crate::db::Db;
use crate::error::ConnectError;
use crate::migrate::{MigrateError, MigrationSet};
use crate::options::DbOptions;
use crate::stats::DbStats;
use crate::{operations, quota, schema};

/// Where each of Nova's databases is.
///
/// They are three: cell0 and cell1 have the same tables, so one database cannot be both.
///
/// # Example
/// ```
/// use nova_objects_db::NovaUrls;
///
/// let urls = NovaUrls::in_directory("/var/lib/nova");
/// assert_eq!(urls.cell0.url, "sqlite:///var/lib/nova/nova_cell0.db");
/// ```
#[derive(Clone, Debug)]
pub struct NovaUrls {
    /// Mappings, request specs, build requests, flavors.
    pub api: DbOptions,
    /// The cell of servers that never found a host.
    pub cell0: DbOptions,
    /// The cell.
    pub cell1: DbOptions,
}

impl NovaUrls {
    /// Three databases anywhere.
    pub fn new(api: impl Into<DbOptions>, cell0: impl Into<DbOptions>, cell1: impl Into<DbOptions>) -> Self {
        Self {
            api: api.into().named("api"),
            cell0: cell0.into().named("cell0"),
            cell1: cell1.into().named("cell1"),
        }
    }

    /// Three SQLite files in a directory: `nova_api.db`, `nova_cell0.db`, `nova_cell1.db`.
    pub fn in_directory(directory: impl AsRef<Path>) -> Self {
        let url =
            |role: &str| format!("sqlite://{}", directory.as_ref().join(format!("nova_{role}.db")).display());
        Self::new(url("api"), url("cell0"), url("cell1"))
    }
}

/// Nova's databases, connected.
///
/// One cell beside cell0. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NovaDb {
    api: Db,
    cell0: Db,
    cell1: Db,
    cells: Arc<OnceLock<Cells>>,
}

/// How the API database names the two cells.
#[derive(Debug)]
struct Cells {
    cell0: CellMapping,
    cell1: CellMapping,
}

impl NovaDb {
    /// Connects to all three.
    ///
    /// # Errors
    /// [`ConnectError::Shared`] if two roles have the same URL; the others as for [`Db::connect`].
    pub async fn connect(env: &Env, urls: NovaUrls) -> Result<Self, ConnectError> {
        for (first, a, second, b) in [
            ("api", &urls.api, "cell0", &urls.cell0),
            ("api", &urls.api, "cell1", &urls.cell1),
            ("cell0", &urls.cell0, "cell1", &urls.cell1),
        ] {
            if a.url == b.url {
                return Err(ConnectError::Shared { first, second });
            }
        }
        let api = Db::connect(env, urls.api).await?;
        let cell0 = Db::connect(env, urls.cell0).await?;
        let cell1 = Db::connect(env, urls.cell1).await?;
        Ok(Self { api, cell0, cell1, cells: Arc::default() })
    }

    /// Makes or updates all tables, Nova's and ours. Safe to call from several processes at once.
    ///
    /// # Errors
    /// [`MigrateError`], of the first database that fails.
    #[doc(alias = "nova-manage db sync")]
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        for (db, set) in self.sets() {
            db.migrate(&set).await?;
        }
        let cells = cells::ensure(&self.api).await?;
        self.cells.get_or_init(|| cells);
        Ok(())
    }

    /// Checks that all tables are those of this code.
    ///
    /// # Errors
    /// [`MigrateError`], of the first database that does not fit.
    pub async fn check_schema(&self) -> Result<(), MigrateError> {
        for (db, set) in self.sets() {
            db.check_schema(&set).await?;
        }
        let cells = cells::ensure(&self.api).await?;
        self.cells.get_or_init(|| cells);
        Ok(())
    }

    /// How the API database names cell0.
    ///
    /// # Panics
    /// Before [`migrate`](Self::migrate) or [`check_schema`](Self::check_schema) came to its end.
    pub fn cell0_mapping(&self) -> &CellMapping {
        &self.cells().cell0
    }

    /// How the API database names the cell.
    ///
    /// # Panics
    /// Before [`migrate`](Self::migrate) or [`check_schema`](Self::check_schema) came to its end.
    pub fn cell1_mapping(&self) -> &CellMapping {
        &self.cells().cell1
    }

    fn cells(&self) -> &Cells {
        self.cells.get().expect("NovaDb::migrate or check_schema comes before anything else")
    }

    /// The API database.
    pub fn api(&self) -> &Db {
        &self.api
    }

    /// The cell of servers that never found a host.
    pub fn cell0(&self) -> &Db {
        &self.cell0
    }

    /// The cell.
    pub fn cell1(&self) -> &Db {
        &self.cell1
    }

    /// What all three have been asked to do so far.
    pub fn stats(&self) -> DbStats {
        self.api.stats() + self.cell0.stats() + self.cell1.stats()
    }

    fn sets(&self) -> [(&Db, MigrationSet); 7] {
        [
            (&self.api, schema::nova_api()),
            (&self.api, operations::migrations()),
            (&self.api, quota::migrations()),
            (&self.cell0, schema::nova_main()),
            (&self.cell0, operations::migrations()),
            (&self.cell1, schema::nova_main()),
            (&self.cell1, operations::migrations()),
        ]
    }
}

/// The rows that name the cells.
mod cells {
    use nova_core::RequestContext;
    use nova_objects_catalog::{CELL0_UUID, CellMapping};

    use super::Cells;
    use crate::actions::cell_mapping;
    use crate::db::Db;
    use crate::error::{ActionError, DbError};

    /// Both rows, made if they are not there. Another process that makes them at the same time makes the same.
    pub(super) async fn ensure(api: &Db) -> Result<Cells, DbError> {
        match try_ensure(api).await {
            Err(DbError::Duplicate { .. }) => try_ensure(api).await,
            ensured => ensured,
        }
    }

    async fn try_ensure(api: &Db) -> Result<Cells, DbError> {
        let cx = RequestContext::admin(api.env());
        let env = api.env().clone();
        let ensured = api.write(move |tx| {
            let (cx, cell1_uuid) = (cx.clone(), env.new_id().to_string());
            async move {
                let (zeros, others): (Vec<_>, Vec<_>) =
                    cell_mapping::list_in(&tx, &cx).await?.into_iter().partition(CellMapping::is_cell0);
                let cell0 = match zeros.into_iter().next() {
                    Some(cell0) => cell0,
                    None => create(&tx, &cx, CELL0_UUID, "cell0").await?,
                };
                let cell1 = match others.into_iter().next() {
                    Some(cell1) => cell1,
                    None => create(&tx, &cx, &cell1_uuid, "cell1").await?,
                };
                Ok::<_, ActionError>(Cells { cell0, cell1 })
            }
        });
        ensured.await.map_err(|error| match error {
            ActionError::Db(error) => error,
            ActionError::Fault(fault) => {
                DbError::Statement { source: sea_orm::DbErr::Custom(fault.to_string()) }
            }
        })
    }

    /// The row names no connection: whoever reads it here has one, and a URL may hold a password.
    async fn create(
        tx: &crate::Tx,
        cx: &RequestContext,
        uuid: &str,
        name: &str,
    ) -> Result<CellMapping, ActionError> {
        let mut cell = CellMapping::empty();
        cell.uuid.set(uuid);
        cell.name.set(Some(name.to_owned()));
        cell.transport_url.set("none:///");
        cell.database_connection.set("none:///");
        cell.disabled.set(false);
        cell_mapping::create_in(tx, cx, &mut cell).await?;
        Ok(cell)
    }
}
