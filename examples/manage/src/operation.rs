//! Operations: what is under way, and what can be done about it.

use nova_core::operation::{
    Operation, OperationFilter, OperationId, OperationRecord, OperationStore, StepEnd,
};
use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects_db::operations::AdminError;
use nova_rpcapi::operations::{Boot, Build, Delete};
use serde::Serialize;

use crate::Databases;

nova_core::faults! {
    module "nova_sdk.manage";
    /// What an operation that an operator cancelled ends with.
    CalledOff(409, safe, "The request was called off by an operator.") {}
}

/// An operation and where it is written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The database: `api` or `cell1`.
    pub database: &'static str,
    /// Whether it has secret arguments. They are not shown, not even sealed.
    pub has_secrets: bool,
    /// The rest.
    #[serde(flatten)]
    pub record: OperationRecord,
}

impl Entry {
    fn new(database: &'static str, mut record: OperationRecord) -> Self {
        let has_secrets = record.secrets.take().is_some();
        Self { database, has_secrets, record }
    }
}

/// The operations of both databases that pass `filter`, oldest first; its limit is that of each.
///
/// # Errors
/// The databases'. Cancel safe.
pub async fn list(
    databases: &Databases,
    cx: &RequestContext,
    filter: &OperationFilter,
) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    for (database, store) in databases.operations() {
        let records = store.list(cx, filter).await?;
        entries.extend(records.into_iter().map(|record| Entry::new(database, record)));
    }
    entries.sort_by_key(|entry| (entry.record.created_at, entry.record.id));
    Ok(entries)
}

/// One operation.
///
/// # Errors
/// [`AdminError::NotFound`]; the databases'. Cancel safe.
pub async fn show(databases: &Databases, cx: &RequestContext, id: OperationId) -> Result<Entry, Fault> {
    for (database, store) in databases.operations() {
        if let Some(record) = store.get(cx, id).await? {
            return Ok(Entry::new(database, record));
        }
    }
    Err(AdminError::NotFound(id).into())
}

/// Lets the next attempt begin now instead of after its pause. See
/// [`retry_now`](nova_objects_db::operations::DbOperationStore::retry_now).
///
/// # Errors
/// See [`AdminError`].
pub async fn retry(databases: &Databases, id: OperationId) -> Result<Entry, AdminError> {
    let mut missing = AdminError::NotFound(id);
    for (database, store) in databases.operations() {
        match store.retry_now(id).await {
            Err(error @ AdminError::NotFound(_)) => missing = error,
            retried => return Ok(Entry::new(database, retried?)),
        }
    }
    Err(missing)
}

/// Calls an operation off: what it did is undone. Of Nova's operations a boot can be called off, which leaves its servers
/// in error with [`CalledOff`]; a build cannot, because a deletion of its server does that and more; and a deletion that
/// was accepted is not taken back.
///
/// # Errors
/// See [`AdminError`].
pub async fn cancel(databases: &Databases, id: OperationId) -> Result<Entry, AdminError> {
    let mut missing = AdminError::NotFound(id);
    for (database, store) in databases.operations() {
        match store.cancel(id, way_back).await {
            Err(error @ AdminError::NotFound(_)) => missing = error,
            cancelled => return Ok(Entry::new(database, cancelled?)),
        }
    }
    Err(missing)
}

fn way_back(record: &OperationRecord) -> Option<StepEnd> {
    let why = Fault::from(CalledOff {}).into_data();
    match record.kind.as_str() {
        Boot::KIND => record.way_back::<Boot>(&why),
        Build::KIND => record.way_back::<Build>(&why),
        Delete::KIND => record.way_back::<Delete>(&why),
        _ => None,
    }
}

/// Forgets the operations that ended before `before`, and says how many.
///
/// # Errors
/// The databases'.
pub async fn purge(databases: &Databases, before: Timestamp) -> Result<u64, Fault> {
    let mut forgotten = 0;
    for (_, store) in databases.operations() {
        forgotten += store.forget_ended(before).await?;
    }
    Ok(forgotten)
}
