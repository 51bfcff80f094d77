//! Compare and swap: change a row only if it still is what the caller thinks.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, Value};

use crate::error::DbError;
use crate::tx::Tx;

/// A change of one row that happens only if given columns have expected values.
///
/// One `UPDATE … WHERE key AND expected`: of any number of racing writers with the same expectation exactly one
/// wins, on every engine and isolation level. The others learn what is there now.
///
/// # Example: claim a task state
/// ```no_run
/// use nova_objects_db::entity::instance::{Column, Entity};
/// use nova_objects_db::{CompareAndSwap, Db, SwapError};
///
/// async fn start_deleting(db: &Db, uuid: String) -> Result<(), SwapError<Entity>> {
///     db.write(move |tx| {
///         let swap = CompareAndSwap::<Entity>::of(Column::Uuid, uuid.clone())
///             .expect(Column::TaskState, None::<String>)
///             .expect_any(Column::VmState, ["active", "stopped"])
///             .set(Column::TaskState, "deleting");
///         async move { swap.run(&tx).await }
///     })
///     .await
/// }
/// ```
#[derive(Debug)]
#[doc(alias = "update_on_match")]
pub struct CompareAndSwap<E: EntityTrait> {
    key: Condition,
    expected: Condition,
    changes: Vec<(E::Column, Value)>,
}

/// Why a [`CompareAndSwap`] did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SwapError<E: EntityTrait> {
    /// The row is not what was expected.
    #[error("the record is not as expected")]
    Conflict {
        /// What it is now; `None` if there is no such row.
        current: Option<Box<E::Model>>,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl<E: EntityTrait> From<DbErr> for SwapError<E> {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl<E: EntityTrait> CompareAndSwap<E> {
    /// A change of the row whose `column` is `value`. The column should be unique.
    pub fn of(column: E::Column, value: impl Into<Value>) -> Self {
        let key = Condition::all().add(column.eq(value.into()));
        Self { key, expected: Condition::all(), changes: Vec::new() }
    }

    /// Also identifies the row by this.
    pub fn and(mut self, column: E::Column, value: impl Into<Value>) -> Self {
        self.key = self.key.add(is(column, value.into()));
        self
    }

    /// Only if `column` is `value`; `None` means null.
    pub fn expect(mut self, column: E::Column, value: impl Into<Value>) -> Self {
        self.expected = self.expected.add(is(column, value.into()));
        self
    }

    /// Only if `column` is one of `values`; each `None` means null. With no values, never.
    pub fn expect_any<V: Into<Value>>(
        mut self,
        column: E::Column,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let alternatives: Vec<_> = values.into_iter().map(|value| is(column, value.into())).collect();
        self.expected = match alternatives.is_empty() {
            true => self.expected.add(Expr::val(1).eq(0)),
            false => self.expected.add(alternatives.into_iter().fold(Condition::any(), Condition::add)),
        };
        self
    }

    /// Then `column` becomes `value`.
    pub fn set(mut self, column: E::Column, value: impl Into<Value>) -> Self {
        self.changes.push((column, value.into()));
        self
    }

    /// Makes the change.
    ///
    /// # Errors
    /// [`SwapError::Conflict`] with the row as it is now; [`SwapError::Db`].
    ///
    /// # Panics
    /// If nothing is [`set`](Self::set).
    pub async fn run(self, tx: &Tx) -> Result<(), SwapError<E>> {
        assert!(!self.changes.is_empty(), "a compare-and-swap without a change");
        let mut update = E::update_many().filter(self.key.clone()).filter(self.expected);
        for (column, value) in self.changes {
            update = update.col_expr(column, column.save_as(Expr::val(value)));
        }
        if update.exec(tx).await?.rows_affected > 0 {
            return Ok(());
        }
        // Locked, so that MySQL shows the row as the update saw it and not as the snapshot has it.
        let current = E::find().filter(self.key).lock_exclusive().one(tx).await?;
        Err(SwapError::Conflict { current: current.map(Box::new) })
    }
}

fn is<C: ColumnTrait>(column: C, value: Value) -> Expr {
    if value == value.as_null() { column.is_null() } else { column.eq(value) }
}
