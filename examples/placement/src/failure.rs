//! Why a transaction of placement has no result.

use nova_core::Fault;
use nova_neighbours::placement::PlacementError;
use nova_objects_db::DbError;
use sea_orm::DbErr;

/// What the closure of a transaction fails with: it refuses, or the database does.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Refused(#[from] PlacementError),
}

impl Failure {
    /// Whether somebody else inserted the row first.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_duplicate())
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<Failure> for PlacementError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Db(error) => Self::Failed(Fault::from(error)),
            Failure::Refused(error) => error,
        }
    }
}
