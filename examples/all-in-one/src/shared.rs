//! What the services of a cloud share: the bus, the databases, the neighbours.

use std::sync::Arc;

use nova_core::operation::secrets::OperationKey;
use nova_core::{BoxError, Env};
use nova_neighbours::image::{DirectoryImages, Images};
use nova_neighbours::placement::Placement;
use nova_objects_db::{Db, DbOptions, NovaDb, NovaUrls};
use nova_placement::EmbeddedPlacement;
use nova_rpc::transport::memory::{MemoryBus, MemoryTransport};

use crate::settings::Settings;

/// The bus, the databases and the neighbours of one cloud. Cheap to clone.
#[derive(Clone)]
pub struct Shared {
    /// What the services talk over.
    pub bus: MemoryBus,
    /// Nova's databases.
    pub db: NovaDb,
    /// The database of placement.
    pub placement_db: Db,
    /// Who has how much.
    pub placement: Arc<dyn Placement>,
    /// The images.
    pub images: Arc<dyn Images>,
    /// The key of operations' secrets.
    pub key: OperationKey,
}

impl Shared {
    /// Opens what is in the data directory of `settings`, making what is not there. Transactions run in tasks of `env`.
    ///
    /// # Errors
    /// A database, a directory or the key cannot be opened or made.
    pub async fn open(env: &Env, settings: &Settings) -> Result<Self, BoxError> {
        let directory = &*settings.data_dir;
        std::fs::create_dir_all(directory)?;
        let mut urls = NovaUrls::in_directory(directory);
        for options in [&mut urls.api, &mut urls.cell0, &mut urls.cell1] {
            options.gate = Arc::clone(&settings.gate);
            options.durability = settings.durability;
        }
        let db = NovaDb::connect(env, urls).await?;
        db.migrate().await?;
        let url = format!("sqlite://{}", directory.join("placement.db").display());
        let mut options = DbOptions::new(url).named("placement");
        options.gate = Arc::clone(&settings.gate);
        options.durability = settings.durability;
        let placement_db = Db::connect(env, options).await?;
        let placement = EmbeddedPlacement::open(&placement_db).await?;
        Ok(Self {
            bus: MemoryBus::new(env),
            db,
            placement_db,
            placement: Arc::new(placement),
            images: Arc::new(DirectoryImages::open(directory.join("images"))),
            key: crate::seed::operation_key(env, &directory.join("operations.key"))?,
        })
    }

    /// A connection of `node` to the bus.
    pub fn connect(&self, node: &str, env: &Env) -> Arc<MemoryTransport> {
        self.bus.connect_as(node, env)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("db", &self.db).finish_non_exhaustive()
    }
}
