//! The store of a cell.

use crate::db::Db;

/// A cell's database as the store of the objects that live in a cell.
///
/// Cheap to clone. It implements the catalogue's traits of actions for them; see [the module](crate::actions).
#[derive(Clone, Debug)]
pub struct CellStore(pub(super) Db);

impl CellStore {
    /// The store in `db`, which has a cell's tables.
    pub fn new(db: &Db) -> Self {
        Self(db.clone())
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0
    }
}
