//! The store of what belongs to no cell.

use crate::db::Db;

/// The API database as a store of objects: mappings, build requests, request specs, flavors, server groups.
///
/// It implements the actions that the catalogue declares for them; each is one transaction. To make one transaction
/// of several, use the functions of the modules beside (`build_request::create_in`, …) in a [`Db::write`] of your own.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
/// use nova_objects::{Objects, Registry};
/// use nova_objects_catalog::{Flavor, FlavorList};
/// use nova_objects_db::NovaDb;
/// use nova_objects_db::actions::ApiStore;
///
/// fn flavors(nova: &NovaDb) -> Objects {
///     let store = Arc::new(ApiStore::new(nova.api()));
///     Objects::local(Registry::default().with::<Flavor>(store.clone()).with::<FlavorList>(store))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ApiStore(Db);

impl ApiStore {
    /// The objects in `db`, which has the tables of [`schema::nova_api`](crate::schema::nova_api).
    pub fn new(db: &Db) -> Self {
        Self(db.clone())
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0
    }
}
