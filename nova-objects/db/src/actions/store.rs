//! What the stores have in common: their transactions, and the way between columns and fields.

use std::sync::Arc;

use nova_core::fault::ValueError;
use nova_core::{Fault, Timestamp};
use nova_objects::types::{In, Out};
use nova_objects::{FieldType, ReadOnly};
use nova_objects_catalog::exception::ObjectActionError;
use sea_orm::prelude::DateTime;

use crate::db::Db;
use crate::error::{ActionError, DbError};
use crate::time::{from_column, to_column};
use crate::tx::Tx;

nova_core::faults! {
    module "oslo_db.exception";
    /// A unique key was violated where no fault class of Nova's says it.
    DBDuplicateEntry(500, "{message}") { message: String }
}

/// Runs `work` as one write transaction.
///
/// A unique key that another transaction took at the same moment is met a second time, by the look before the
/// insert, which knows the right fault for it.
pub(super) async fn change<A, T, Fut>(
    db: &Db,
    args: A,
    work: impl Fn(Tx, A) -> Fut + Send + Sync + 'static,
) -> Result<T, Fault>
where
    A: Clone + Send + Sync + 'static,
    T: Send + 'static,
    Fut: Future<Output = Result<T, ActionError>> + Send + 'static,
{
    let work = Arc::new(move |tx| work(tx, args.clone()));
    let again = Arc::clone(&work);
    let changed = match db.write(move |tx| work(tx)).await {
        Err(ActionError::Db(DbError::Duplicate { .. })) => db.write(move |tx| again(tx)).await,
        first => first,
    };
    changed.map_err(to_fault)
}

/// Runs reads that need no common state.
pub(super) async fn look<A, T, Fut>(
    db: &Db,
    args: A,
    work: impl Fn(Tx, A) -> Fut + Send + Sync + 'static,
) -> Result<T, Fault>
where
    A: Clone + Send + Sync + 'static,
    T: Send + 'static,
    Fut: Future<Output = Result<T, ActionError>> + Send + 'static,
{
    db.query(move |tx| work(tx, args.clone())).await.map_err(to_fault)
}

/// Runs reads that see one state of the database.
pub(super) async fn read<A, T, Fut>(
    db: &Db,
    args: A,
    work: impl Fn(Tx, A) -> Fut + Send + Sync + 'static,
) -> Result<T, Fault>
where
    A: Clone + Send + Sync + 'static,
    T: Send + 'static,
    Fut: Future<Output = Result<T, ActionError>> + Send + 'static,
{
    db.read(move |tx| work(tx, args.clone())).await.map_err(to_fault)
}

/// Runs `work(&tx, &cx, &mut object, …)` as one write transaction; the object is changed only when it is committed.
macro_rules! change_object {
    ($db:expr, $cx:ident, $object:ident => $work:path $(, $arg:expr)*) => {{
        let args = ($cx.clone(), $object.clone(), ($($arg,)*));
        let changed = $crate::actions::store::change($db, args, |tx, (cx, mut object, rest)| async move {
            let () = $crate::actions::store::change_object!(@call $work, tx, cx, object, rest $(, $arg)*);
            Ok(object)
        });
        *$object = changed.await?;
        Ok(())
    }};
    (@call $work:path, $tx:ident, $cx:ident, $object:ident, $rest:ident) => {{
        let () = $rest;
        $work(&$tx, &$cx, &mut $object).await?
    }};
    (@call $work:path, $tx:ident, $cx:ident, $object:ident, $rest:ident, $one:expr) => {
        $work(&$tx, &$cx, &mut $object, &$rest.0).await?
    };
    (@call $work:path, $tx:ident, $cx:ident, $object:ident, $rest:ident, $one:expr, $two:expr) => {
        $work(&$tx, &$cx, &mut $object, &$rest.0, &$rest.1).await?
    };
}
pub(super) use change_object;

fn to_fault(error: ActionError) -> Fault {
    match error {
        ActionError::Db(error @ DbError::Duplicate { .. }) => {
            DBDuplicateEntry { message: error.to_string() }.into()
        }
        error => error.into(),
    }
}

/// The refusal of an action on an object.
pub(super) fn refused(action: &str, reason: &str) -> ActionError {
    ActionError::fault(ObjectActionError { action: action.to_owned(), reason: reason.to_owned() })
}

/// A number for a column of 32 bits.
pub(super) fn narrow(value: i64) -> Result<i32, ActionError> {
    i32::try_from(value).map_err(|_| {
        ActionError::fault(ValueError { message: format!("{value} does not fit a column of 32 bits") })
    })
}

/// The id of an object that the store has.
pub(super) fn id_of(id: &ReadOnly<i64>) -> Result<i32, ActionError> {
    narrow(*id.get().map_err(Fault::from)?)
}

/// The JSON text of a field.
pub(super) fn to_json<T: FieldType>(what: &str, value: &T) -> Result<String, ActionError> {
    serde_json::to_string(&Out(value))
        .map_err(|error| Fault::internal(format_args!("writing {what}"), &error).into())
}

/// The field in a JSON text.
pub(super) fn from_json<T: FieldType>(what: &str, text: &str) -> Result<T, ActionError> {
    let read = serde_json::from_str::<In<T>>(text).map(|In(value)| value);
    read.map_err(|error| Fault::internal(format_args!("reading {what}"), &error).into())
}

/// The moment in a column.
pub(super) fn moment(column: Option<DateTime>) -> Option<Timestamp> {
    column.map(from_column)
}

/// Now, for a column.
pub(super) async fn now(tx: &Tx) -> Result<DateTime, ActionError> {
    Ok(to_column(tx.now().await?))
}
